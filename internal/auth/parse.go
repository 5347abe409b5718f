package auth

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"authbench/bench"
)

// parseMethod does all that method jwt does but the cryptography. It lets forged
// tokens in: what it is for is to be measured beside jwt, the difference being what
// the cryptography costs.
func parseMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "parse", Summary: "a JWT is decoded and its claims judged, but no signature checked: a step of a ladder", Reference: "-",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: algorithmNames(), Required: true, Doc: "signature algorithm of the tokens"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: ownEngineNames(), Default: defaultEngine, Doc: "what parses: golang-jwt, or lean, our own"},
				{Name: "claims", Kind: bench.IntParam, Min: 0, Max: mostClaims, Doc: "claims that a token has beyond the usual eight (0 if left out)"},
			},
			Classes:    []bench.Class{bench.Valid, bench.Malformed},
			Diagnostic: true,
			Check:      checkJWT,
		},
		verifying: []string{"engine"},
		issuer:    newParsedIssuer,
		verifier: func(p bench.Params, verification json.RawMessage, _ func(int, int)) (Verifier, error) {
			i, err := implementationOf(p)
			if err != nil {
				return nil, err
			}
			trusting := func(c EngineConfig) (Engine, error) {
				c.trusting = true
				return i.tokens(c)
			}
			return verifierAround(trusting, p, verification, time.Now)
		},
	}
}

// parsedIssuer mints the JWTs that a parser can tell apart.
type parsedIssuer struct{ Issuer }

func newParsedIssuer(i issue) (Issuer, error) {
	inner, err := newTokenIssuer(i)
	return parsedIssuer{inner}, err
}

func (p parsedIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class != bench.Valid && class != bench.Malformed {
		return nil, errClass("parse", class)
	}
	return p.Issuer.Append(dst, class, index)
}

// errUnsigned is the error of who signs with a method that only trusts.
var errUnsigned = errors.New("a method that checks no signature makes none")

// trustingMethod takes every signature for good.
type trustingMethod struct{ name string }

var _ jwt.SigningMethod = trustingMethod{}

// Alg implements jwt.SigningMethod.
func (m trustingMethod) Alg() string { return m.name }

// Sign implements jwt.SigningMethod.
func (trustingMethod) Sign(string, any) ([]byte, error) { return nil, errUnsigned }

// Verify implements jwt.SigningMethod.
func (trustingMethod) Verify(string, []byte, any) error { return nil }

// trustingProof takes every signature for good.
type trustingProof struct{}

func (trustingProof) verify(_, _ []byte) bool { return true }
