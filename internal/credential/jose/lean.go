package jose

import (
	"time"

	"authbench/bench"
	"authbench/internal/credential"
)

// lean is our own verifier for hardened's rules, in the order that costs least:
//
//  1. The header is recognised by its exact bytes, once it has been read.
//  2. The signature is checked, before anything is read that it covers.
//  3. The claims are read in one pass and judged.
//
// It allocates nothing but what the cryptography allocates: the token is decoded
// in the request's room, where the identity's texts stay. What it costs beyond the
// cryptography is what verifying a JWT has to cost.
type lean struct {
	alg              Algorithm
	headers          headers
	issuer, audience string
	now              func() time.Time
}

var _ Engine = (*lean)(nil)

func newLean(c EngineConfig) (Engine, error) {
	alg, err := MustAlgorithm(c.Algorithm)
	if err != nil {
		return nil, err
	}
	keys, err := newKeySet(alg, c)
	if err != nil {
		return nil, err
	}
	proofs, err := mapKeys(keys, func(_ string, key any) (proof, error) {
		if c.Trusting {
			return trustingProof{}, nil
		}
		return newProof(alg, key), nil
	})
	if err != nil {
		return nil, err
	}
	v := &lean{alg: alg, issuer: c.Issuer, audience: c.Audience, now: c.Now}
	v.headers.judge = func(h joseHeader) (proof, bench.Reason) {
		by, known := proofs.find(h.kid)
		switch {
		case !h.isJWT():
			return nil, bench.ReasonMalformed
		case !known:
			return nil, bench.ReasonUnknownKey
		case !alg.is(h.alg):
			return nil, bench.ReasonWrongAlgorithm
		}
		return by, bench.ReasonNone
	}
	return v, nil
}

// Verify implements Engine.
func (v *lean) Verify(token, room []byte) (Identity, bench.Reason) {
	payload, reason := v.headers.payload(token, room)
	if reason != bench.ReasonNone {
		return Identity{}, reason
	}
	var c claims
	if !c.read(payload) {
		return Identity{}, bench.ReasonMalformed
	}
	if reason := c.judge(v.now(), v.issuer, v.audience); reason != bench.ReasonNone {
		return Identity{}, reason
	}
	return c.identity(), bench.ReasonNone
}

// identity is what the claims say of the bearer. Its texts lie where the claims do.
func (c *claims) identity() Identity {
	return Identity{
		Subject: credential.Borrow(c.subject), Tenant: credential.Borrow(c.tenant), ID: credential.Borrow(c.id),
		Expires: c.expires.seconds, Listed: Place{credential.Borrow(c.list), c.index},
	}
}

// leanJWS is lean's first two steps.
type leanJWS struct{ headers headers }

func newLeanJWS(alg Algorithm, key JWK) (JWS, error) {
	strong, err := key.strongKey(alg)
	if err != nil {
		return nil, err
	}
	only := newProof(alg, strong)
	return &leanJWS{headers{judge: func(h joseHeader) (proof, bench.Reason) {
		if !alg.is(h.alg) {
			return nil, bench.ReasonWrongAlgorithm
		}
		return only, bench.ReasonNone
	}}}, nil
}

// Payload implements JWS.
func (v *leanJWS) Payload(jws []byte) ([]byte, bench.Reason) {
	return v.headers.payload(jws, make([]byte, len(jws)))
}
