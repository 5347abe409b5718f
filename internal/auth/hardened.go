package auth

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

// hardened is golang-jwt with all that it offers for strictness, and our own
// rules where it offers nothing: size, alphabet, number of segments, the header's
// members, key by key id, and the claims' types and names ([claims]).
type hardened struct {
	keys   map[string]tokenKey // by key id
	parser *jwt.Parser
}

// tokenKey is a key that is good for one algorithm only (RFC 8725 §3.1).
type tokenKey struct {
	alg string
	key any
}

// errUnresolved: golang-jwt reads another key id than our own reading of the
// same bytes found. It cannot happen, and would have to be refused.
var errUnresolved = errors.New("the key id resolves to no key")

func newHardened(alg string, material Verification, now func() time.Time) (*hardened, error) {
	if material.Issuer == "" || material.Audience == "" || len(material.Keys) == 0 {
		return nil, errors.New("the verification material names no issuer, no audience or no key")
	}
	v := &hardened{keys: map[string]tokenKey{}}
	for _, k := range material.Keys {
		if k.KeyID == "" || v.keys[k.KeyID].key != nil {
			return nil, errors.New("each key needs a key id of its own")
		}
		if k.Algorithm != alg {
			return nil, fmt.Errorf("key %q is for %s, not for %s", k.KeyID, k.Algorithm, alg)
		}
		key, err := k.verificationKey()
		if err != nil {
			return nil, err
		}
		if why := weakness(key); why != "" {
			return nil, fmt.Errorf("key %q: %s", k.KeyID, why)
		}
		v.keys[k.KeyID] = tokenKey{k.Algorithm, key}
	}
	// One parser is kept: golang-jwt's package functions make one per call.
	v.parser = jwt.NewParser(
		jwt.WithValidMethods([]string{alg}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(now),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(material.Issuer), jwt.WithAudience(material.Audience),
	)
	return v, nil
}

// Scheme implements Verifier.
func (*hardened) Scheme() string { return bearer.scheme }

// usualHeader is the size in bytes up to which a header is decoded on the stack:
// twice that of one with alg, typ and a long kid.
const usualHeader = 256

// Verify implements Verifier.
func (v *hardened) Verify(r bench.Request) bench.Decision {
	token, reason := bearer.read(r)
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	dot, ok := compactForm(token)
	if !ok {
		return deny(bench.ReasonMalformed)
	}
	var buffer [usualHeader]byte
	header, ok := readHeader(buffer[:], token[:dot])
	if !ok {
		return deny(bench.ReasonMalformed)
	}
	key, known := v.keys[string(header.kid)]
	switch {
	case !known:
		return deny(bench.ReasonUnknownKey)
	case string(header.alg) != key.alg:
		return deny(bench.ReasonWrongAlgorithm)
	}
	var c claims
	if _, err := v.parser.ParseWithClaims(string(token), &c, v.resolve); err != nil {
		return deny(reasonOf(err))
	}
	return allow(c.subject, c.tenant)
}

// resolve finds the key for golang-jwt.
func (v *hardened) resolve(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	key, known := v.keys[kid]
	if !known || t.Method.Alg() != key.alg {
		return nil, errUnresolved
	}
	return key.key, nil
}

// compactForm checks that token is three segments of base64url characters with
// dots between, and returns where the first dot is. Decoders skip CR and LF and
// must not see any.
func compactForm(token []byte) (firstDot int, ok bool) {
	dots := 0
	for i, c := range token {
		if base64url[c] {
			continue
		}
		if c != '.' {
			return 0, false
		}
		if dots++; dots == 1 {
			firstDot = i
		}
	}
	return firstDot, dots == 2
}

// base64url marks the characters of RFC 4648 §5.
var base64url = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		set[c] = true
	}
	return set
}()
