package jose

import (
	"fmt"
	"time"

	"authbench/bench"
)

// What policy hardened demands beside a good signature, for engines of other
// packages, whose libraries check less: [JWSRules] of any JWS, [TokenRules] of
// JWTs. K is a key in the form that the library takes, made once by a function of
// the engine's from one of Go's types ([]byte, *rsa.PublicKey, *ecdsa.PublicKey,
// ed25519.PublicKey) and the name that a header calls its algorithm.

// JWSRules are the rules of a JWS that is verified with one key.
type JWSRules[K any] struct {
	keys namedKeys[K]
}

// NewJWSRules refuses a key that is weak, or not for its algorithm.
func NewJWSRules[K any](key JWK, prepare func(algorithm string, key any) (K, error)) (*JWSRules[K], error) {
	alg, strong, err := key.strong()
	if err != nil {
		return nil, err
	}
	keys, err := prepareKeys(alg, key.KeyID, strong, prepare)
	return &JWSRules[K]{keys}, err
}

// Admit returns the key to verify a JWS with, or says what is wrong with its form
// or its header.
func (r *JWSRules[K]) Admit(jws []byte) (key K, reason bench.Reason) {
	header, ok := readForm(make([]byte, len(jws)), jws)
	if !ok {
		return key, bench.ReasonMalformed
	}
	return r.keys.choose(header.alg)
}

// TokenRules are the rules of JWTs. Their methods are safe for concurrent use.
type TokenRules[K any] struct {
	keys             byKeyID[namedKeys[K]]
	issuer, audience string
	now              func() time.Time
}

// NewTokenRules refuses keys that are weak, or not for the algorithm.
func NewTokenRules[K any](c EngineConfig, prepare func(algorithm string, key any) (K, error)) (*TokenRules[K], error) {
	alg, strong, err := newKeySet(c)
	if err != nil {
		return nil, err
	}
	keys, err := mapKeys(strong, func(kid string, key any) (namedKeys[K], error) {
		return prepareKeys(alg, kid, key, prepare)
	})
	return &TokenRules[K]{keys, c.Issuer, c.Audience, c.Now}, err
}

// Admit returns the key to verify a token with, or says what is wrong with its
// form or its header. It writes to room, which must be as long as the token.
func (r *TokenRules[K]) Admit(token, room []byte) (key K, reason bench.Reason) {
	header, ok := readForm(room, token)
	if !ok || !header.isJWT() {
		return key, bench.ReasonMalformed
	}
	keys, known := r.keys.find(header.kid)
	if !known {
		return key, bench.ReasonUnknownKey
	}
	return keys.choose(header.alg)
}

// Judge reads the claims of a token whose signature is good, and judges them. The
// identity's texts lie in the payload.
func (r *TokenRules[K]) Judge(payload []byte) (Identity, bench.Reason) {
	return judgeClaims(payload, r.now(), r.issuer, r.audience)
}

// namedKeys is one key, prepared for each name of its algorithm.
type namedKeys[K any] []struct {
	name string
	key  K
}

func prepareKeys[K any](alg Algorithm, kid string, key any, prepare func(string, any) (K, error)) (namedKeys[K], error) {
	out := make(namedKeys[K], len(alg.names()))
	for i, name := range alg.names() {
		prepared, err := prepare(name, key)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", kid, err)
		}
		out[i].name, out[i].key = name, prepared
	}
	return out, nil
}

// choose returns the key for what a header calls the algorithm.
func (n namedKeys[K]) choose(alg []byte) (key K, reason bench.Reason) {
	for i := range n {
		if string(alg) == n[i].name {
			return n[i].key, bench.ReasonNone
		}
	}
	return key, bench.ReasonWrongAlgorithm
}

// readForm reads the header of a compact JWS whose three segments are as an
// encoder writes them. The header is in room, which must be as long as the JWS.
func readForm(room, jws []byte) (joseHeader, bool) {
	first, last, ok := compactForm(jws)
	if !ok || !isCanonical(jws[first+1:last]) || !isCanonical(jws[last+1:]) {
		return joseHeader{}, false
	}
	return readHeader(room, jws[:first])
}

// isCanonical reports whether the bits of a segment that belong to no byte are zero
// (RFC 4648 §3.5): libraries ignore them, and take two texts for one token. Only
// what is left over from groups of four characters has such bits.
func isCanonical(segment []byte) bool {
	var decoded [3]byte
	_, ok := DecodeSegment(decoded[:], segment[len(segment)&^3:])
	return ok
}
