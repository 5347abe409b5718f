package jose

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

// stock is golang-jwt as its README shows it: Parse with a key function and the
// algorithms that are valid, and the claims from a map. It shows what the defaults
// cost and let through.
type stock struct {
	key    any
	parser *jwt.Parser
}

func newStock(c EngineConfig) (Engine, error) {
	alg, err := MustAlgorithm(c.Algorithm)
	if err != nil {
		return nil, err
	}
	only, err := c.OnlyKey()
	if err != nil {
		return nil, err
	}
	key, err := only.verificationKey()
	if err != nil {
		return nil, err
	}
	alg.register()
	return &stock{key, jwt.NewParser(jwt.WithValidMethods(alg.names()), jwt.WithTimeFunc(c.Now))}, nil
}

// Verify implements Engine.
func (v *stock) Verify(token, _ []byte) (Identity, bench.Reason) {
	parsed, err := v.parser.Parse(string(token), v.resolve)
	if err != nil {
		return Identity{}, reasonOf(err)
	}
	held, _ := parsed.Claims.(jwt.MapClaims)
	subject, _ := held["sub"].(string)
	tenant, _ := held["tenant"].(string)
	who := Identity{Subject: subject, Tenant: tenant}
	who.ID, _ = held["jti"].(string)
	if expires, err := held.GetExpirationTime(); err == nil && expires != nil {
		who.Expires = expires.Unix()
	}
	return who, bench.ReasonNone
}

func (v *stock) resolve(*jwt.Token) (any, error) { return v.key, nil }

// stockJWS does what golang-jwt's Parse does before it looks at claims, which it
// cannot be told to leave out.
type stockJWS struct {
	names  []string
	key    any
	parser *jwt.Parser
}

func newStockJWS(alg Algorithm, key JWK) (JWS, error) {
	read, err := key.verificationKey()
	if err != nil {
		return nil, err
	}
	alg.register()
	return &stockJWS{alg.names(), read, jwt.NewParser()}, nil
}

// Payload implements JWS.
func (v *stockJWS) Payload(jws []byte) ([]byte, bench.Reason) {
	parts := strings.Split(string(jws), ".")
	if len(parts) != 3 {
		return nil, bench.ReasonMalformed
	}
	var segments [3][]byte
	for i, part := range parts {
		var err error
		if segments[i], err = v.parser.DecodeSegment(part); err != nil {
			return nil, bench.ReasonMalformed
		}
	}
	var header map[string]any
	if json.Unmarshal(segments[0], &header) != nil {
		return nil, bench.ReasonMalformed
	}
	name, _ := header["alg"].(string)
	if !slices.Contains(v.names, name) {
		return nil, bench.ReasonWrongAlgorithm
	}
	if jwt.GetSigningMethod(name).Verify(parts[0]+"."+parts[1], segments[2], v.key) != nil {
		return nil, bench.ReasonBadSignature
	}
	return segments[1], bench.ReasonNone
}
