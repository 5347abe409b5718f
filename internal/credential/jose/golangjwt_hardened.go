package jose

import (
	"bytes"
	"errors"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

// hardened is golang-jwt with all that it offers for strictness, and our own
// rules where it offers nothing: size, alphabet, number of segments, the header's
// members, key by key id, and the claims' types and names ([claims]).
type hardened struct {
	alg    Algorithm
	keys   byKeyID[any]
	parser *jwt.Parser
}

// errUnresolved: golang-jwt reads another key id than our own reading of the
// same bytes found. It cannot happen, and would have to be refused.
var errUnresolved = errors.New("the key id resolves to no key")

func newHardened(c EngineConfig) (Engine, error) {
	alg, keys, err := newKeySet(c)
	if err != nil {
		return nil, err
	}
	alg.register()
	if c.Trusting {
		alg.method = trustingMethod{alg.Name}
	}
	// One parser is kept: golang-jwt's package functions make one per call.
	parser := jwt.NewParser(
		jwt.WithValidMethods(alg.names()), jwt.WithStrictDecoding(), jwt.WithTimeFunc(c.Now),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(c.Issuer), jwt.WithAudience(c.Audience),
	)
	return &hardened{alg, keys, parser}, nil
}

// Verify implements Engine.
func (v *hardened) Verify(token, room []byte) (Identity, bench.Reason) {
	dot, _, ok := compactForm(token)
	if !ok {
		return Identity{}, bench.ReasonMalformed
	}
	header, ok := readHeader(room, token[:dot])
	if !ok {
		return Identity{}, bench.ReasonMalformed
	}
	if _, reason := choose(v.keys, v.alg, header); reason != bench.ReasonNone {
		return Identity{}, reason
	}
	var c foreignClaims
	if _, err := v.parser.ParseWithClaims(string(token), &c, v.resolve); err != nil {
		return Identity{}, reasonOf(err)
	}
	return c.identity().Clone(), bench.ReasonNone
}

// resolve finds the key for golang-jwt. It also puts the algorithm's own method
// where the parser put the one that it found by name, which may be less strict.
func (v *hardened) resolve(t *jwt.Token) (any, error) {
	var kid []byte
	if text, given := t.Header["kid"].(string); given {
		kid = []byte(text)
	}
	key, known := v.keys.find(kid)
	if !known || !v.alg.is([]byte(t.Method.Alg())) {
		return nil, errUnresolved
	}
	t.Method = v.alg.method
	return key, nil
}

// hardenedJWS is golang-jwt's signature check under hardened's rules.
type hardenedJWS struct {
	alg    Algorithm
	key    any
	parser *jwt.Parser
}

func newHardenedJWS(alg Algorithm, key JWK) (JWS, error) {
	strong, err := key.strongKey(alg)
	if err != nil {
		return nil, err
	}
	return &hardenedJWS{alg, strong, jwt.NewParser(jwt.WithStrictDecoding())}, nil
}

// Payload implements JWS.
func (v *hardenedJWS) Payload(jws []byte) ([]byte, bench.Reason) {
	first, last, ok := compactForm(jws)
	if !ok {
		return nil, bench.ReasonMalformed
	}
	header, ok := readHeader(make([]byte, first), jws[:first])
	switch {
	case !ok:
		return nil, bench.ReasonMalformed
	case !v.alg.is(header.alg):
		return nil, bench.ReasonWrongAlgorithm
	}
	payload, err1 := v.parser.DecodeSegment(string(jws[first+1 : last]))
	signature, err2 := v.parser.DecodeSegment(string(jws[last+1:]))
	if err1 != nil || err2 != nil {
		return nil, bench.ReasonMalformed
	}
	if v.alg.method.Verify(string(jws[:last]), signature, v.key) != nil {
		return nil, bench.ReasonBadSignature
	}
	return payload, bench.ReasonNone
}

// compactForm checks that token is three segments of base64url characters with
// dots between, and returns where the two dots are. Decoders skip CR and LF and
// must not see any.
func compactForm(token []byte) (first, last int, ok bool) {
	if first, last, ok = dots(token); !ok {
		return 0, 0, false
	}
	for _, segment := range [...][]byte{token[:first], token[first+1 : last], token[last+1:]} {
		for _, c := range segment {
			if digits[0][c] == notDigit {
				return 0, 0, false
			}
		}
	}
	return first, last, true
}

// dots returns where the first two dots of a token are. What is behind them may
// have more.
func dots(token []byte) (first, second int, ok bool) {
	first = bytes.IndexByte(token, '.')
	second = first + 1 + bytes.IndexByte(token[first+1:], '.')
	return first, second, first >= 0 && second > first
}
