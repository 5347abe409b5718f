// Package stored makes methods whose credentials have records in a store. What flows in:
// the specification of a method, where its credential stands in a request, and how it is
// written. What flows out: the method, with the parameters of the store and of what stands
// before it.
package stored

import (
	"cmp"
	"encoding/json"
	"slices"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
)

// Method makes a method whose credentials are those of package opaque, written in a form: the
// parameters of the store and of what stands before it come behind its own.
func Method(spec bench.MethodSpec, at func(bench.Params) credential.Carrier, form opaque.Form, family func(bench.Params) method.Family) method.Method {
	storing := opaque.Params()
	spec.Params, spec.Verifying = slices.Concat(spec.Params, storing), credential.ParamNames(storing)
	spec.Classes = opaque.Classes()
	spec.Field = func(p bench.Params) string { return at(p).Field }
	spec.Check = opaque.Check
	return method.Method{
		MethodSpec: spec,
		Issuer: func(i method.Issue) (method.Issuer, error) {
			keys, err := opaque.NewIssuer(spec.ID, at(i.Params), opaque.Config{
				Secret: i.Secret, Count: i.Count, Now: i.Now, Hash: cmp.Or(i.Params.Text("hash"), usualHash(spec)), Form: form,
			})
			if err != nil {
				return nil, err
			}
			return issuer{keys}, nil
		},
		Verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (method.Verifier, error) {
			return opaque.NewVerifier(at(p), form, p, verification, loading)
		},
		Needs:  func(p bench.Params) method.Needs { return method.Needs{Store: opaque.WantedStore(p)} },
		Facts:  facts,
		Family: family,
	}
}

// usualHash is the hash of a method where nobody chose one, "" if it has no such parameter.
func usualHash(spec bench.MethodSpec) string {
	for _, p := range spec.Params {
		if p.Name == "hash" {
			return p.Default
		}
	}
	return ""
}

// facts: a record is looked up for each credential, and says whether it was taken back. A
// cache believes what it was told for as long as its entries live.
func facts(p bench.Params) bench.Facts {
	out := bench.Facts{Asks: bench.AskedMemory, Revocation: bench.RevokedByRecord, Minter: bench.MintedByIssuer}
	if opaque.WantedStore(p) != nil {
		out.Asks = bench.AskedStore
	}
	if p.Int("cache_size") > 0 {
		out.RevocationLag = p.Duration("cache_ttl").Nanoseconds()
	}
	return out
}

// issuer mints keys whose records are where the measuring side put them.
type issuer struct{ *opaque.Issuer }

var (
	_ method.Deriver  = issuer{}
	_ method.Recorder = issuer{}
	_ method.Revoker  = (*opaque.Verifier)(nil)
)

// Verification implements method.Issuer.
func (i issuer) Verification(at method.Places) (json.RawMessage, error) {
	return i.Issuer.Verification(at.Store)
}
