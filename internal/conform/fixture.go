package conform

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/statuslist"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
)

// baseFixture is the part of a catalogue that describes the token that recipes start from.
type baseFixture struct {
	Issuer   string            `json:"issuer"`
	Audience string            `json:"audience"`
	Leeway   int               `json:"leeway_s"`
	Header   object            `json:"default_header"`
	Claims   object            `json:"default_claims"`
	Policy   string            `json:"policy"`
	Keys     map[string]string `json:"keys"`
	APIKeys  map[string]string `json:"api_keys"`
}

// Texts in the default header and claims that are replaced in each token.
const (
	textMethod = "<method>"
	textFresh  = "<fresh>"
)

func (b baseFixture) check() error {
	if b.Issuer == "" || b.Audience == "" || len(b.Header) == 0 || len(b.Claims) == 0 {
		return errors.New("issuer, audience, default_header and default_claims must not be empty")
	}
	if b.Leeway != 0 {
		return fmt.Errorf("leeway_s is %d; verifiers here allow none", b.Leeway)
	}
	return checkValues(b.Header, b.Claims)
}

// Fixture is what credentials are made with: the keys by role, and the names that the
// verifier is configured with.
type Fixture struct {
	// Method is what is examined.
	Method bench.Method
	// Issuer and Audience are those that the verifier demands.
	Issuer, Audience string
	// Field carries the credential, after the Scheme, or as the Cookie of that name. If
	// both are empty, the field holds the credential alone.
	Field, Scheme, Cookie string
	// Path is the target of requests.
	Path string

	// credentialKind is what the catalogue calls the credentials; see [method.Family].
	credentialKind string
	alg            string // of tokens; "" for others
	base           baseFixture
	keys           map[string]*key // by role
	// credentials are API keys by role. Stored digests are those of the victim's key.
	credentials map[string]string
	// issuer minted the credentials. It provides what the server must know of them.
	issuer method.Issuer
	// proofs complete what is sent; nil if credentials do not depend on their request.
	proofs *proofs
	// fixChecksum corrects a credential's checksum; nil if credentials have none.
	fixChecksum func(string) string
	methodCases []*Case // the method's own cases
	declared    map[string]float64
	random      *rand.Rand
}

// minter makes the credentials of one sub-case.
type minter struct {
	*Fixture
	now time.Time
	// cred and bad are the valid and the invalid credential for a request's placeholders.
	cred, bad string
	lastSent  string // what a sequence sent last
	// decoyURL is the URL of the decoy that replaces the recipe's own address, "" to keep the
	// recipe's.
	decoyURL string
}

// victimKID is the key id of the victim's key in recipes. unservedURL is their address of keys
// on the network; nothing listens there.
const (
	victimKID   = "victim-1"
	unservedURL = "http://127.0.0.1:9/"
)

// localise puts the names of this run into a text: the key id by which somebody else's
// server knows the victim's key, and the address of the decoy.
func (m *minter) localise(text string) string {
	if m.decoyURL != "" {
		text = strings.ReplaceAll(text, unservedURL, m.decoyURL)
	}
	if victim := m.keys[roleVictim]; victim != nil && victim.kid != victimKID {
		text = strings.ReplaceAll(text, victimKID, victim.kid)
	}
	return text
}

// fresh returns a name that no other credential has.
func (f *Fixture) fresh() string {
	return fmt.Sprintf("%016x%016x", f.random.Uint64(), f.random.Uint64())
}

// queryName is the usual name of a query parameter for such a credential (RFC 6750 §2.3
// for bearer tokens).
func (f *Fixture) queryName() string {
	if f.Scheme == "" {
		return "api_key"
	}
	return "access_token"
}

// roleKey returns a key by its role.
func (f *Fixture) roleKey(role string) (*key, error) {
	if k := f.keys[role]; k != nil {
		return k, nil
	}
	return nil, inapplicable(fmt.Sprintf("there is no %s key", role))
}

// material is what a built-in verifier of tokens is made with: the victim's key, or the
// URL of a key set; and the URL of a feed of revocations, if there is one.
func (f *Fixture) material(victim *key, at method.Places) ([]byte, error) {
	v := document.Verification{
		Method: f.Method.ID, Field: f.Field, Scheme: f.Scheme,
		Issuer: f.Issuer, Audience: f.Audience, KeySet: at.KeySet, Feed: at.Feed, Channel: at.Channel,
	}
	if at.StatusList != "" {
		v.StatusList = &document.StatusList{URI: f.statusList(), URL: at.StatusList}
	}
	if at.KeySet == "" {
		public, err := victim.verification(f.alg)
		if err != nil {
			return nil, err
		}
		v.Keys = []jose.JWK{public}
	}
	return v.Encode()
}

// statusList is what forged tokens call their issuer's status list. All stand at its one
// place, which is good.
func (f *Fixture) statusList() string { return f.Issuer + "/statuslists/1" }

// listed is what such a token says of it (draft-ietf-oauth-status-list-21 §6.2).
func (f *Fixture) listed() object {
	return object{{"status_list", object{{"idx", 0}, {"uri", f.statusList()}}}}
}

// issues is what the issuer's process makes a realm from for forged tokens.
func (f *Fixture) issues(needs method.Needs) (s issuing.Spec, err error) {
	if needs.Feed {
		s.Feed = &issuing.Feed{}
	}
	if needs.StatusList {
		s.StatusList = &statuslist.Spec{URI: f.statusList(), Good: 1, TTL: time.Hour}
		s.StatusList.Key, err = f.keys[roleVictim].signing(f.alg)
	}
	return s, err
}

// keySet is the key set of some keys.
func (f *Fixture) keySet(keys ...*key) ([]byte, error) {
	var public []jose.JWK
	for _, k := range keys {
		one, err := k.verification(f.alg)
		if err != nil {
			return nil, err
		}
		public = append(public, one)
	}
	return jose.EncodeKeySet(public...)
}
