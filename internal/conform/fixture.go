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
	"authbench/internal/method"
)

// baseFixture is what a catalogue says of the tokens that its recipes start from.
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

// Texts of the default header and claims that stand for what is minted.
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

// Fixture is what credentials are made with: the keys in their roles and the names
// that the verifier is configured with.
type Fixture struct {
	// Method is what is examined.
	Method bench.Method
	// Issuer and Audience are those that the verifier demands.
	Issuer, Audience string
	// Field and Scheme carry the credential; a field without a scheme holds it
	// alone, or as the Cookie of a name.
	Field, Scheme, Cookie string
	// Path is the target of requests.
	Path string

	// applies is what the catalogue calls the credentials, see [method.Family].
	applies string
	alg     string // of tokens; "" for others
	base    baseFixture
	keys    map[string]*key // by role
	// credentials are API keys by their role. Digests are of the victim's.
	credentials map[string]string
	// issuer minted them: it knows what the server must know of them.
	issuer method.Issuer
	// mend makes a credential's checksum right; nil if it has none.
	mend     func(string) string
	own      []*Case // those that the method brings
	declared map[string]float64
	random   *rand.Rand
}

// minting makes the credentials of one sub-case.
type minting struct {
	*Fixture
	now time.Time
	// cred and bad are the credentials that a request's placeholders mean.
	cred, bad string
	last      string // what a sequence sent before
	// trap is where verifiers are sent that fetch what a header names, "" where
	// the recipe's own address is kept.
	trap string
}

// victimKID is the key id of the victim's key in recipes, and deadEnd the address
// that theirs of keys on the network have: there is nobody.
const (
	victimKID = "victim-1"
	deadEnd   = "http://127.0.0.1:9/"
)

// localise puts the names of this run into a text: the victim's key id, which a
// server of somebody else's may know by another name, and the address where
// fetches are noticed.
func (m *minting) localise(text string) string {
	if m.trap != "" {
		text = strings.ReplaceAll(text, deadEnd, m.trap)
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

// queryName is the parameter in which clients of such a credential would put it
// into a URL: RFC 6750 §2.3 names one.
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
// place of a key set, and that of a feed of revocations, if there is one.
func (f *Fixture) material(victim *key, at method.Places) ([]byte, error) {
	v := document.Verification{
		Method: f.Method.ID, Field: f.Field, Scheme: f.Scheme,
		Issuer: f.Issuer, Audience: f.Audience, KeySet: at.KeySet, Feed: at.Feed,
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
