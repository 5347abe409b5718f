package jose

import (
	"time"

	"authbench/bench"
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
	alg, keys, err := newKeySet(c)
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
		return choose(proofs, alg, h)
	}
	return v, nil
}

// Verify implements Engine.
func (v *lean) Verify(token, room []byte) (Identity, bench.Reason) {
	payload, reason := v.headers.payload(token, room)
	if reason != bench.ReasonNone {
		return Identity{}, reason
	}
	return judgeClaims(payload, v.now(), v.issuer, v.audience)
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
