// Package carry sends another method's credential to a server that ignores it: what its
// bytes alone cost. What flows in: whose credential it is. What flows out: that method's
// credentials, and a verifier that lets everybody in.
package carry

import (
	"encoding/json"
	"fmt"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/apikey"
	"authbench/internal/method/jwt"
	"authbench/internal/method/none"
)

// Method sends another method's credential to a server that ignores it.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: "carry", Summary: "a credential is sent and ignored: what its bytes alone cost", Reference: "-",
			Params: []bench.ParamSpec{{
				Name: "as", Values: append([]string{apikey.ID}, jose.AlgorithmNames()...), Default: apikey.ID,
				Doc: "whose credential is sent: an API key, or a JWT of this algorithm",
			}},
			// A server that ignores credentials lets bad ones in; only good ones
			// are sent, so that none counts as a wrong verdict.
			Classes: []bench.Class{bench.Valid},
		},
		Issuer: newIssuer,
		Verifier: func(bench.Params, json.RawMessage, func(int, int)) (method.Verifier, error) {
			return none.AllowAll{}, nil
		},
		Facts: func(bench.Params) bench.Facts {
			return bench.Facts{Step: bench.StageTransport, Asks: bench.AskedNobody}
		},
		Family: func(bench.Params) method.Family { return method.Family{Open: true} },
	}
}

// issuer mints another method's valid credentials.
type issuer struct{ method.Issuer }

func newIssuer(i method.Issue) (method.Issuer, error) {
	as := bench.Method{ID: apikey.ID}
	if alg := i.Params.Text("as"); alg != "" && alg != apikey.ID {
		as = bench.Method{ID: jwt.ID, Params: bench.Params{"alg": alg}}
	}
	inner, err := method.Catalogue{apikey.Method(), jwt.Method()}.NewIssuer(as, i.Secret, i.Count, i.Now)
	if err != nil {
		return nil, fmt.Errorf("credentials to carry: %w", err)
	}
	return issuer{inner}, nil
}

func (c issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if class != bench.Valid {
		return nil, credential.ErrClass("carry", class)
	}
	return c.Issuer.Append(dst, class, index)
}

// Verification is empty: the verifier looks at nothing.
func (issuer) Verification(method.Places) (json.RawMessage, error) { return nil, nil }
