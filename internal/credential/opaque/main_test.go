package opaque

import (
	"encoding/json"
	"slices"
	"testing"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/method"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// methods are one of keys in either of two fields.
var methods = method.Catalogue{{
	MethodSpec: bench.MethodSpec{
		ID: "apikey", Params: slices.Concat([]bench.ParamSpec{{Name: "header", Values: []string{"authorization", "x-api-key"}}, HashParam()}, Params()),
		Classes: Classes(), Check: Check,
	},
	Verifying: credential.ParamNames(Params()),
	Issuer: func(i method.Issue) (method.Issuer, error) {
		return NewIssuer("apikey", carrierOf(i.Params), Config{i.Secret, i.Count, i.Now, i.Params.Text("hash")})
	},
	Verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		return NewVerifier(carrierOf(p), p, verification, loading)
	},
	Revokes: true,
}}

func carrierOf(p bench.Params) credential.Carrier {
	if p.Text("header") == "x-api-key" {
		return credential.Carrier{Field: "X-API-Key"}
	}
	return credential.Bearer
}
