package conform

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"filippo.io/mldsa"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/measure/reach"
	"authbench/internal/method/stored/attack"
)

// Server is somebody else's server, with what is known of its keys.
type Server struct {
	// URL is its address, with the path to ask for.
	URL string
	// Signing has the key that a server of tokens trusts.
	Signing document.SigningKeys
	// Credentials are those of a server of API keys. For a server of tokens only their
	// field is used.
	Credentials document.CredentialList
	// Arm is the scenario's name for it, "" for none.
	Arm string
	// Issuer and Audience are what it demands. If empty, the catalogue's are used, which
	// minted tokens also have.
	Issuer, Audience string
}

// ScoreServer examines a server over the wire. Demands on its process are left unjudged,
// and cases that need its operator are skipped.
func (h *Harness) ScoreServer(ctx context.Context, s Server) (*Score, error) {
	f, err := h.serverFixture(s)
	if err != nil {
		return nil, err
	}
	wire, path, err := findServer(ctx, s.URL)
	if err != nil {
		return nil, err
	}
	f.Path = path
	e := &examiner{Catalogue: h.catalogue, Fixture: f, Foreign: true, Subjects: []Subject{wire}, cpu: &h.cpu, pauses: h.pauses}
	score, err := e.Examine(ctx)
	if err == nil {
		score.Arm = s.Arm
	}
	return score, err
}

// findServer finds the server of a URL on this machine, and what to ask it for.
func findServer(ctx context.Context, url string) (_ *wire, path string, err error) {
	site, p := bench.ParseSite(url)
	switch {
	case p != nil:
		return nil, "", *p
	case site.Secure:
		return nil, "", errors.New("the URL's scheme is https: servers are examined over plain http; give the address behind the TLS proxy")
	}
	addrs, err := reach.Addresses(ctx, site, false)
	if err != nil {
		return nil, "", fmt.Errorf("attacks go to this machine only: %w", err)
	}
	addr, err := reach.First(ctx, addrs, reach.Listens)
	if err != nil {
		return nil, "", fmt.Errorf("no server answers at the URL: %w; start the server first", err)
	}
	w, err := newWire(addr, site.Authority())
	return w, site.Target, err
}

func (h *Harness) serverFixture(s Server) (*Fixture, error) {
	f := &Fixture{
		Issuer: h.catalogue.base.Issuer, Audience: h.catalogue.base.Audience,
		Field: defaultField, Scheme: defaultScheme, base: h.catalogue.base,
	}
	if s.Issuer != "" {
		f.Issuer = s.Issuer
	}
	if s.Audience != "" {
		f.Audience = s.Audience
	}
	if s.Credentials.Field != "" {
		f.Field = s.Credentials.Field
	}
	seed, err := h.derive("names")
	if err != nil {
		return nil, err
	}
	f.random = newRandom(seed)
	if len(s.Signing.Keys) == 0 {
		f.Method = bench.Method{ID: baseKey, Params: bench.Params{"header": strings.ToLower(f.Field)}}
		f.credentialKind = baseKey
		return f, f.takeCredentials(s.Credentials)
	}
	f.alg = s.Signing.Keys[0].Algorithm
	f.Method = bench.Method{ID: baseToken, Params: bench.Params{"alg": f.alg}}
	f.credentialKind = f.alg
	victim, err := privateKey(s.Signing.Keys[0])
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	if f.keys, err = h.untrustedKeys(f.alg, defaultRSABits); err != nil {
		return nil, err
	}
	f.keys[roleVictim] = victim
	return f, f.addAttackerPair(h)
}

// takeCredentials gives ready-made API keys their roles.
func (f *Fixture) takeCredentials(list document.CredentialList) error {
	byClass := map[bench.Class][]string{}
	for _, c := range list.Credentials {
		value := c.Value
		rest, isBearer := strings.CutPrefix(value, defaultScheme+" ")
		if isBearer {
			value = rest
		}
		if len(byClass) == 0 && !isBearer {
			f.Scheme = ""
		}
		byClass[c.Class] = append(byClass[c.Class], value)
	}
	if len(byClass[bench.Valid]) < 2 {
		return errors.New("a server of API keys is examined with two valid credentials or more, and one of each other class: 'authbench mint' writes them")
	}
	f.credentials = map[string]string{}
	for role, class := range map[string]bench.Class{
		roleVictim: bench.Valid, "revoked": bench.Revoked, "expired": bench.Expired, "never-issued": bench.Unknown,
	} {
		if has := byClass[class]; len(has) > 0 {
			f.credentials[role] = has[0]
		}
	}
	valid := byClass[bench.Valid]
	f.credentials[roleTenantB], f.credentials[roleSecond] = valid[1], valid[len(valid)-1]
	if attack.Mend(valid[0]) == valid[0] { // they have our own form, and its checksum
		f.fixChecksum = attack.Mend
	}
	return nil
}

// privateKey reads a private JWK, or the secret of an HMAC.
func privateKey(jwk jose.JWK) (*key, error) {
	f, err := familyOf(jwk.Algorithm)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(jwk)
	if err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("read a key: %w", err)
	}
	get := func(name string) []byte {
		value, _ := members[name].(string)
		content, _ := base64.RawURLEncoding.DecodeString(value)
		return content
	}
	k := &key{kid: jwk.KeyID}
	switch f.kind {
	case kindHMAC:
		k.private = get("k")
	case kindRSA, kindPSS:
		k.private, err = rsaFrom(get)
	case kindECDSA:
		k.private, err = ecdsa.ParseRawPrivateKey(f.curve, get("d"))
	case kindEd25519:
		if seed := get("d"); len(seed) == ed25519.SeedSize {
			k.private = ed25519.NewKeyFromSeed(seed)
		}
	case kindMLDSA:
		k.private, err = mldsa.NewPrivateKey(f.mldsa, get("priv"))
	}
	if err != nil || k.private == nil {
		return nil, fmt.Errorf("key %q is not a private key for %s; 'authbench mint' writes signing.json", k.kid, jwk.Algorithm)
	}
	return k, nil
}

func rsaFrom(get func(string) []byte) (*rsa.PrivateKey, error) {
	number := func(name string) *big.Int { return new(big.Int).SetBytes(get(name)) }
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: number("n"), E: int(number("e").Int64())},
		D:         number("d"), Primes: []*big.Int{number("p"), number("q")},
	}
	if err := private.Validate(); err != nil {
		return nil, err
	}
	private.Precompute()
	return private, nil
}
