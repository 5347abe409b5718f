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
		Classes: Classes(), Check: Check, Verifying: credential.ParamNames(Params()),
	},
	Issuer: func(i method.Issue) (method.Issuer, error) {
		keys, err := NewIssuer("apikey", carrierOf(i.Params), Config{i.Secret, i.Count, i.Now, i.Params.Text("hash"), Keys{}})
		if err != nil {
			return nil, err
		}
		return placed{keys}, nil
	},
	Verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
		return NewVerifier(carrierOf(p), Keys{}, p, verification, loading)
	},
}}

// placed is an issuer as a method has it.
type placed struct{ *Issuer }

func (p placed) Verification(at method.Places) (json.RawMessage, error) {
	return p.Issuer.Verification(at.Store)
}

func carrierOf(p bench.Params) credential.Carrier {
	if p.Text("header") == "x-api-key" {
		return credential.Carrier{Field: "X-API-Key"}
	}
	return credential.Bearer
}
