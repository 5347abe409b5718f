// Package none is the baseline: no credential, no check. What flows in: requests. What
// flows out: all of them are let in.
package none

import (
	"encoding/json"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/method"
)

// Method is the baseline: no credential, no check.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{ID: "none", Title: "no authentication", Summary: "no authentication: the baseline", Reference: "-"},
		Issuer:     func(method.Issue) (method.Issuer, error) { return issuer{}, nil },
		Verifier:   func(bench.Params, json.RawMessage, func(int, int)) (method.Verifier, error) { return AllowAll{}, nil },
		Facts:      func(bench.Params) bench.Facts { return bench.Facts{Step: bench.StageRequest, Asks: bench.AskedNobody} },
		Family:     func(bench.Params) method.Family { return method.Family{Open: true} },
	}
}

// AllowAll lets every request in.
type AllowAll struct{}

func (AllowAll) Verify(bench.Request) bench.Decision { return bench.Decision{Outcome: bench.Allow} }
func (AllowAll) Scheme() string                      { return credential.Bearer.Scheme }

// issuer has nothing to mint.
type issuer struct{}

func (issuer) Field() string { return "" }

func (issuer) Append(_ []byte, class bench.Class, _ int) ([]byte, error) {
	return nil, credential.ErrClass("none", class)
}

func (issuer) Verification(method.Places) (json.RawMessage, error) { return nil, nil }

func (issuer) Published() (json.RawMessage, error) {
	return document.Verification{Method: "none"}.Encode()
}

func (issuer) SigningKeys() (json.RawMessage, error) { return document.SigningKeys{}.Encode() }
