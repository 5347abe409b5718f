package jose

import (
	"bytes"
	"encoding/base64"

	"authbench/bench"
)

// ruled leaves all but the signature to the rules, as engines of other packages do.
// The tests of hardened engines are its tests.
type ruled struct {
	alg    Algorithm
	tokens *TokenRules[any]
	jws    *JWSRules[any]
}

func ruledImplementation() implementation {
	same := func(_ string, key any) (any, error) { return key, nil }
	return implementation{
		Engine: "rules", Policy: "hardened",
		Tokens: func(c EngineConfig) (Engine, error) {
			rules, err := NewTokenRules(c, same)
			alg, _ := FindAlgorithm(c.Algorithm)
			return &ruled{alg: alg, tokens: rules}, err
		},
		jws: func(alg Algorithm, key JWK) (JWS, error) {
			rules, err := NewJWSRules(key, same)
			return &ruled{alg: alg, jws: rules}, err
		},
	}
}

func (r *ruled) Verify(token, room []byte) (Identity, bench.Reason) {
	key, reason := r.tokens.Admit(token, room)
	if reason != bench.ReasonNone {
		return Identity{}, reason
	}
	payload, reason := r.check(token, key)
	if reason != bench.ReasonNone {
		return Identity{}, reason
	}
	return r.tokens.Judge(payload)
}

func (r *ruled) Payload(jws []byte) ([]byte, bench.Reason) {
	key, reason := r.jws.Admit(jws)
	if reason != bench.ReasonNone {
		return nil, reason
	}
	return r.check(jws, key)
}

func (r *ruled) check(jws []byte, key any) ([]byte, bench.Reason) {
	first, last := bytes.IndexByte(jws, '.'), bytes.LastIndexByte(jws, '.')
	payload, err1 := base64.RawURLEncoding.DecodeString(string(jws[first+1 : last]))
	signature, err2 := base64.RawURLEncoding.DecodeString(string(jws[last+1:]))
	if err1 != nil || err2 != nil || r.alg.method.Verify(string(jws[:last]), signature, key) != nil {
		return nil, bench.ReasonBadSignature
	}
	return payload, bench.ReasonNone
}
