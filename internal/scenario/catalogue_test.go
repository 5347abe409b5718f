package scenario

import (
	"fmt"

	"authbench/bench"
)

// smallCatalogue has every kind of method and parameter that the real one has.
type smallCatalogue struct{}

func (smallCatalogue) Methods() []bench.MethodSpec {
	bad := []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Malformed}
	return []bench.MethodSpec{
		{ID: "none", Summary: "no credential, no check"},
		{ID: "carry", Summary: "a credential that nobody checks", Params: []bench.ParamSpec{
			{Name: "bytes", Kind: bench.IntParam, Min: 1, Max: 16_384, Default: "512", Doc: "its size"},
		}},
		{ID: "apikey", Summary: "API key", Classes: bad},
		{ID: "jwt", Summary: "JSON Web Token", Reference: "RFC 7519", Classes: bad, Check: rsaOnly, Params: []bench.ParamSpec{
			{Name: "alg", Values: []string{"HS256", "RS256", "EdDSA"}, Required: true, Doc: "signature algorithm"},
			{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072"}, Doc: "size of the RSA key"},
			{Name: "issuer", Kind: bench.TextParam, Default: "https://issuer.test", Doc: "who signs"},
		}},
	}
}

func rsaOnly(p bench.Params) *bench.Problem {
	if alg := p.Text("alg"); p.Int("bits") != 0 && alg != "RS256" {
		return &bench.Problem{Path: []any{"bits"}, Text: fmt.Sprintf("%s has no bits", alg), Remedy: "remove it"}
	}
	return nil
}
