// Package stored makes methods whose credentials have records in a store. What flows in:
// the specification of a method, and where its credential stands in a request. What flows
// out: the method, with the parameters of the store and of what stands before it.
package stored

import (
	"encoding/json"
	"slices"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
)

// Method makes a method whose credentials are keys of package opaque: the parameters of the store and of what stands before it come behind its own.
func Method(spec bench.MethodSpec, at func(bench.Params) credential.Carrier) method.Method {
	storing := opaque.Params()
	spec.Params = slices.Concat(spec.Params, storing)
	spec.Classes = opaque.Classes()
	spec.Field = func(p bench.Params) string { return at(p).Field }
	spec.Check = func(p bench.Params) *bench.Problem { return opaque.Check(p) }
	return method.Method{
		MethodSpec: spec,
		Verifying:  credential.ParamNames(storing),
		Issuer: func(i method.Issue) (method.Issuer, error) {
			return opaque.NewIssuer(spec.ID, at(i.Params), opaque.Config{Secret: i.Secret, Count: i.Count, Now: i.Now, Hash: i.Params.Text("hash")})
		},
		Verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
			return opaque.NewVerifier(at(p), p, verification, loading)
		},
		Revokes: true,
	}
}
