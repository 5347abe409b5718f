package auth

import (
	"encoding/json"
	"fmt"

	"authbench/bench"
)

// noneMethod is the baseline: no credential, no check.
func noneMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{ID: "none", Summary: "no authentication: the baseline", Reference: "-"},
		issuer:     func(issue) (Issuer, error) { return noneIssuer{}, nil },
		verifier:   func(bench.Params, json.RawMessage, func(int, int)) (Verifier, error) { return open{}, nil },
	}
}

// open lets every request in.
type open struct{}

func (open) Verify(bench.Request) bench.Decision { return bench.Decision{Outcome: bench.Allow} }
func (open) Scheme() string                      { return bearer.scheme }

// noneIssuer has nothing to mint.
type noneIssuer struct{}

func (noneIssuer) Field() string { return "" }

func (noneIssuer) Append(_ []byte, class bench.Class, _ int) ([]byte, error) {
	return nil, errClass("none", class)
}

func (noneIssuer) Verification() (json.RawMessage, error) { return nil, nil }

func (noneIssuer) Published() (json.RawMessage, error) {
	return Verification{Method: "none"}.Encode()
}

func (noneIssuer) SigningKeys() (json.RawMessage, error) { return SigningKeys{}.encode() }

// carryMethod sends another method's credential to a server that ignores it.
func carryMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "carry", Summary: "a credential is sent and ignored: what its bytes alone cost", Reference: "-",
			Params: []bench.ParamSpec{{
				Name: "as", Values: append([]string{"apikey"}, algorithmNames()...), Default: "apikey",
				Doc: "whose credential is sent: an API key, or a JWT of this algorithm",
			}},
			// A server that ignores credentials lets bad ones in; only good ones
			// are sent, so that none counts as a wrong verdict.
			Classes: []bench.Class{bench.Valid},
		},
		issuer:   newCarryIssuer,
		verifier: func(bench.Params, json.RawMessage, func(int, int)) (Verifier, error) { return open{}, nil },
	}
}

// carryIssuer mints another method's valid credentials.
type carryIssuer struct{ Issuer }

func newCarryIssuer(i issue) (Issuer, error) {
	as := bench.Method{ID: "apikey"}
	if alg := i.params.Text("as"); alg != "" && alg != "apikey" {
		as = bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}
	}
	inner, err := NewIssuer(as, i.secret, i.count, i.now)
	if err != nil {
		return nil, fmt.Errorf("credentials to carry: %w", err)
	}
	return carryIssuer{inner}, nil
}

func (c carryIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class != bench.Valid {
		return nil, errClass("carry", class)
	}
	return c.Issuer.Append(dst, class, index)
}

// Verification is empty: the verifier looks at nothing.
func (carryIssuer) Verification() (json.RawMessage, error) { return nil, nil }
