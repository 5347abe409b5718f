package engines

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"authbench/bench"
	"authbench/internal/credential/jose"
)

// goJose is go-jose with all that it offers for strictness: one algorithm, the key
// that the header's key id stands for, salts of PSS as long as the hash. The claims
// are judged by our rules alone: go-jose's own type lets the last of two members
// win and has no required ones, and its Validate knows whole seconds only. Nor does
// go-jose refuse bits that belong to no byte, CR and LF, or b64 without crit.
type goJose struct {
	algorithms []gojose.SignatureAlgorithm
	rules      *jose.TokenRules[any]
}

var _ jose.Engine = (*goJose)(nil)

func newGoJose(c jose.EngineConfig) (jose.Engine, error) {
	algorithms, err := joseAlgorithms(c.Algorithm)
	if err != nil {
		return nil, err
	}
	rules, err := jose.NewTokenRules(c, strictJoseKey)
	if err != nil {
		return nil, err
	}
	return &goJose{algorithms, rules}, nil
}

// Verify implements jose.Engine.
func (e *goJose) Verify(token, room []byte) (jose.Identity, bench.Reason) {
	key, reason := e.rules.Admit(token, room)
	if reason != bench.ReasonNone {
		return jose.Identity{}, reason
	}
	parsed, err := jwt.ParseSigned(string(token), e.algorithms)
	if err != nil {
		return jose.Identity{}, joseReason(err)
	}
	var payload json.RawMessage
	if err := parsed.Claims(key, &payload); err != nil {
		return jose.Identity{}, joseReason(err)
	}
	return e.rules.Judge(payload)
}

// goJoseJWS is go-jose's check of signatures under hardened's rules.
type goJoseJWS struct {
	algorithms []gojose.SignatureAlgorithm
	rules      *jose.JWSRules[any]
}

var _ jose.JWS = (*goJoseJWS)(nil)

func newGoJoseJWS(key jose.JWK) (jose.JWS, error) {
	algorithms, err := joseAlgorithms(key.Algorithm)
	if err != nil {
		return nil, err
	}
	rules, err := jose.NewJWSRules(key, strictJoseKey)
	if err != nil {
		return nil, err
	}
	return &goJoseJWS{algorithms, rules}, nil
}

// Payload implements jose.JWS.
func (v *goJoseJWS) Payload(jws []byte) ([]byte, bench.Reason) {
	key, reason := v.rules.Admit(jws)
	if reason != bench.ReasonNone {
		return nil, reason
	}
	return josePayload(jws, v.algorithms, key)
}

// stockGoJose is go-jose as its examples show it (the README points to them):
// ParseSigned with the algorithms that are valid, Claims, and Validate with the
// issuer. Validate grants a minute of leeway.
type stockGoJose struct {
	algorithms []gojose.SignatureAlgorithm
	key        any
	issuer     string
	now        func() time.Time
}

var _ jose.Engine = (*stockGoJose)(nil)

func newStockGoJose(c jose.EngineConfig) (jose.Engine, error) {
	algorithms, err := joseAlgorithms(c.Algorithm)
	if err != nil {
		return nil, err
	}
	only, err := c.OnlyKey()
	if err != nil {
		return nil, err
	}
	key, err := joseKey(only)
	if err != nil {
		return nil, err
	}
	return &stockGoJose{algorithms, key, c.Issuer, c.Now}, nil
}

// Verify implements jose.Engine.
func (e *stockGoJose) Verify(token, _ []byte) (jose.Identity, bench.Reason) {
	parsed, err := jwt.ParseSigned(string(token), e.algorithms)
	if err != nil {
		return jose.Identity{}, joseReason(err)
	}
	var registered jwt.Claims
	var private struct {
		Tenant string `json:"tenant"`
	}
	if err := parsed.Claims(e.key, &registered, &private); err != nil {
		return jose.Identity{}, joseReason(err)
	}
	if err := registered.Validate(jwt.Expected{Issuer: e.issuer, Time: e.now()}); err != nil {
		return jose.Identity{}, joseReason(err)
	}
	return jose.Identity{Subject: registered.Subject, Tenant: private.Tenant}, bench.ReasonNone
}

// stockGoJoseJWS is the parse and the Verify that go-jose's JWTs stand on.
type stockGoJoseJWS struct {
	algorithms []gojose.SignatureAlgorithm
	key        any
}

var _ jose.JWS = (*stockGoJoseJWS)(nil)

func newStockGoJoseJWS(key jose.JWK) (jose.JWS, error) {
	algorithms, err := joseAlgorithms(key.Algorithm)
	if err != nil {
		return nil, err
	}
	read, err := joseKey(key)
	if err != nil {
		return nil, err
	}
	return &stockGoJoseJWS{algorithms, read}, nil
}

// Payload implements jose.JWS.
func (v *stockGoJoseJWS) Payload(jws []byte) ([]byte, bench.Reason) {
	return josePayload(jws, v.algorithms, v.key)
}

func josePayload(jws []byte, algorithms []gojose.SignatureAlgorithm, key any) ([]byte, bench.Reason) {
	parsed, err := gojose.ParseSignedCompact(string(jws), algorithms)
	if err != nil {
		return nil, joseReason(err)
	}
	payload, err := parsed.Verify(key)
	if err != nil {
		return nil, joseReason(err)
	}
	return payload, bench.ReasonNone
}

// joseAlgorithms returns the one algorithm that tokens may have. go-jose has no
// list of those that it verifies; ML-DSA it does with Go 1.27 and later only.
func joseAlgorithms(name string) ([]gojose.SignatureAlgorithm, error) {
	for _, known := range []gojose.SignatureAlgorithm{
		gojose.HS256, gojose.HS384, gojose.HS512, gojose.RS256, gojose.RS384, gojose.RS512, gojose.PS256, gojose.PS384, gojose.PS512,
		gojose.ES256, gojose.ES384, gojose.ES512, gojose.EdDSA,
	} {
		if string(known) == name {
			return []gojose.SignatureAlgorithm{known}, nil
		}
	}
	return nil, lacking("go-jose", name)
}

// joseKey lets go-jose read a key, as one of Go's own types.
func joseKey(key jose.JWK) (any, error) {
	text, err := json.Marshal(key)
	if err != nil {
		return nil, errNotRead
	}
	var read gojose.JSONWebKey
	if read.UnmarshalJSON(text) != nil {
		return nil, errNotRead
	}
	return read.Key, nil
}

// strictJoseKey is a key as go-jose takes it, but for RSASSA-PSS.
func strictJoseKey(name string, key any) (any, error) {
	public, isRSA := key.(*rsa.PublicKey)
	hash, isPSS := pssHashes[name]
	if isRSA && isPSS {
		return &strictPSS{public, hash}, nil
	}
	return key, nil
}

// pssHashes are the hashes of RFC 7518 §3.5.
var pssHashes = map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512}

// strictPSS verifies salts as long as the hash only (RFC 7518 §3.5). go-jose's own
// verifier accepts any length, and lets keys bring their own.
type strictPSS struct {
	key  *rsa.PublicKey
	hash crypto.Hash
}

var _ gojose.OpaqueVerifier = (*strictPSS)(nil)

// VerifyPayload implements gojose.OpaqueVerifier.
func (v *strictPSS) VerifyPayload(payload, signature []byte, _ gojose.SignatureAlgorithm) error {
	h := v.hash.New()
	h.Write(payload)
	return rsa.VerifyPSS(v.key, v.hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
}

// joseReason translates go-jose's errors.
func joseReason(err error) bench.Reason {
	var unexpected *gojose.ErrUnexpectedSignatureAlgorithm
	if errors.As(err, &unexpected) {
		return bench.ReasonWrongAlgorithm
	}
	return reasonOf(err, []cause{
		{gojose.ErrCryptoFailure, bench.ReasonBadSignature},
		{jwt.ErrExpired, bench.ReasonExpired},
		{jwt.ErrNotValidYet, bench.ReasonNotYetValid},
		{jwt.ErrIssuedInTheFuture, bench.ReasonNotYetValid},
		{jwt.ErrInvalidIssuer, bench.ReasonWrongIssuer},
	})
}
