package auth

import (
	"fmt"

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

func newStock(alg string, material Verification) (*stock, error) {
	if len(material.Keys) != 1 {
		return nil, fmt.Errorf("policy stock takes one key; the verification material has %d", len(material.Keys))
	}
	key, err := material.Keys[0].verificationKey()
	if err != nil {
		return nil, err
	}
	return &stock{key, jwt.NewParser(jwt.WithValidMethods([]string{alg}))}, nil
}

// Scheme implements Verifier.
func (*stock) Scheme() string { return bearer.scheme }

// Verify implements Verifier.
func (v *stock) Verify(r bench.Request) bench.Decision {
	text, reason := bearer.read(r)
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	token, err := v.parser.Parse(string(text), v.resolve)
	if err != nil {
		return deny(reasonOf(err))
	}
	held, _ := token.Claims.(jwt.MapClaims)
	subject, _ := held["sub"].(string)
	tenant, _ := held["tenant"].(string)
	return allow(subject, tenant)
}

func (v *stock) resolve(*jwt.Token) (any, error) { return v.key, nil }
