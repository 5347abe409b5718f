// Package parse is method parse, a step of a ladder: all that method jwt does but the
// cryptography. What flows in: parameters. What flows out: the method, which protects
// nothing.
package parse

import (
	"encoding/json"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/jwt"
)

// Method does all that method jwt does but the cryptography. It lets forged
// tokens in: what it is for is to be measured beside jwt, the difference being what
// the cryptography costs.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: "parse", Summary: "a JWT is decoded and its claims judged, but no signature checked: a step of a ladder", Reference: "-",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: jose.AlgorithmNames(), Required: true, Doc: "signature algorithm of the tokens"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: jose.OwnEngineNames(), Default: jose.DefaultEngine, Doc: "what parses: golang-jwt, or lean, our own"},
				{Name: "claims", Kind: bench.IntParam, Min: 0, Max: jwt.MostClaims, Doc: "claims that a token has beyond the usual eight (0 if left out)"},
			},
			Verifying:  []string{"engine"},
			Classes:    []bench.Class{bench.Valid, bench.Malformed},
			Diagnostic: true,
			Check:      jwt.Check,
		},
		Issuer: newIssuer,
		Verifier: func(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
			newEngine, err := jwt.EngineOf(p)
			if err != nil {
				return nil, err
			}
			trusting := func(c jose.EngineConfig) (jose.Engine, error) {
				c.Trusting = true
				return newEngine(c)
			}
			return jwt.NewVerifierAround(trusting, p, verification, time.Now)
		},
		Facts:  func(bench.Params) bench.Facts { return bench.Facts{Step: bench.StageParsing, Asks: bench.AskedNobody} },
		Family: func(bench.Params) method.Family { return method.Family{Open: true} },
	}
}

// issuer mints the JWTs that a parser can tell apart.
type issuer struct{ method.Issuer }

func newIssuer(i method.Issue) (method.Issuer, error) {
	inner, err := jwt.NewIssuer(i)
	return issuer{inner}, err
}

func (p issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class != bench.Valid && class != bench.Malformed {
		return nil, credential.ErrClass("parse", class)
	}
	return p.Issuer.Append(dst, class, index)
}
