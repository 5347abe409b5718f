package jose

import (
	"errors"

	"authbench/bench"
)

// byKeyID holds what verifies tokens by the id of its key, "" for a key without one.
// There is at most one such key, and then no other: [newKeySet] and [readKeySet] see to
// that.
type byKeyID[K any] map[string]K

// find returns what verifies a token with this kid; nil stands for a header without one.
// A kid is optional in a header (RFC 7515 §4.1.4) and in a key (RFC 7517 §4.5):
//
//   - A kid means the key of exactly that id.
//   - A header without a kid means the only key. With several keys it means none
//     (OpenID Connect Core §10.1 demands a kid then).
//   - A key without an id is the only key of its set: whatever a header calls it, no
//     other key can be meant.
//
// One key at most is tried, and always with the algorithm that the server is configured
// with: a header chooses among keys for one algorithm, never the algorithm.
func (m byKeyID[K]) find(kid []byte) (found K, ok bool) {
	if found, ok = m[string(kid)]; ok && kid != nil {
		return found, true
	}
	if len(m) != 1 {
		return found, false
	}
	for id, only := range m {
		if kid == nil || id == "" {
			return only, true
		}
	}
	return found, false
}

// choose returns what verifies a JWT with this header by an algorithm, or says what is wrong
// with the header.
func choose[K any](keys byKeyID[K], alg Algorithm, h joseHeader) (found K, reason bench.Reason) {
	found, known := keys.find(h.kid)
	switch {
	case !h.isJWT():
		return found, bench.ReasonMalformed
	case !known:
		return found, bench.ReasonUnknownKey
	case !alg.is(h.alg):
		return found, bench.ReasonWrongAlgorithm
	}
	return found, bench.ReasonNone
}

// newKeySet reads the algorithm of a configuration, and its keys as golang-jwt takes them. What
// a server is configured with is refused as a whole if one key is weak or of no use: its
// operator is there to mend it. What an issuer publishes goes through [readKeySet].
func newKeySet(c EngineConfig) (Algorithm, byKeyID[any], error) {
	alg, err := MustAlgorithm(c.Algorithm)
	if err != nil {
		return alg, nil, err
	}
	if c.Issuer == "" || c.Audience == "" || len(c.Keys) == 0 {
		return alg, nil, errors.New("the verification material names no issuer, no audience or no key")
	}
	keys, err := keysByID(alg, c.Keys)
	return alg, keys, err
}

func keysByID(alg Algorithm, configured []JWK) (byKeyID[any], error) {
	keys := byKeyID[any]{}
	for _, k := range configured {
		if k.KeyID == "" && len(configured) > 1 || keys[k.KeyID] != nil {
			return nil, errors.New("each of several keys needs a key id (kid) of its own")
		}
		var err error
		if keys[k.KeyID], err = k.strongKey(alg); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// mapKeys returns what prepare makes of each key.
func mapKeys[K any](keys byKeyID[any], prepare func(kid string, key any) (K, error)) (byKeyID[K], error) {
	out := make(byKeyID[K], len(keys))
	for kid, key := range keys {
		var err error
		if out[kid], err = prepare(kid, key); err != nil {
			return nil, err
		}
	}
	return out, nil
}
