package conform

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"authbench/bench"
	"authbench/internal/method"
)

// proofs make the header fields of requests whose credentials hold for one alone.
type proofs struct {
	prover method.Prover
	// minted says whose a credential is, by its field's value.
	minted  map[string]method.Use
	serials atomic.Uint64
}

// complete returns a request as it is sent: with a proof of its own for the credential that
// it carries. One that was not minted stays as it is, beside the proof of a valid one, so
// that nothing but the credential is wrong. p is nil for methods without proofs.
func (p *proofs) complete(r Request, host string) Request {
	switch {
	case p == nil:
		return r
	case r.misuse != nil:
		elsewhere := Request{Method: http.MethodDelete, Target: r.Target + "/other"}
		r.Fields = r.misuse(p.prove(p.valid(0), r, host), p.prove(p.valid(1), r, host), p.prove(p.valid(0), elsewhere, host))
		return r
	case r.Raw == "" && len(r.Fields) == 0:
		return r
	}
	use, text := p.valid(0), ""
	for _, value := range slices.Sorted(maps.Keys(p.minted)) {
		if r.carries(value) {
			use, text = p.minted[value], value
		}
	}
	fields := p.prove(use, r, host)
	if r = r.replaced(text, fields[0].Value); r.Raw == "" {
		r.Fields = append(slices.Clone(r.Fields), fields[1:]...)
		return r
	}
	for _, f := range fields[1:] {
		r.Raw += f.Name + ": " + f.Value + "\r\n"
	}
	return r
}

// valid is a use of one of the valid credentials, which are of two holders.
func (p *proofs) valid(index int) method.Use { return method.Use{Class: bench.Valid, Index: index} }

// prove returns the fields of a request for a credential.
func (p *proofs) prove(use method.Use, r Request, host string) []Field {
	use.Serial, use.Method, use.Target, use.Host = p.serials.Add(1), r.Method, r.Target, host
	var out []Field
	for _, f := range p.prover.Prove(use) {
		out = append(out, Field{f.Name, f.Value})
	}
	return out
}

// carries reports whether a text stands in a request's fields.
func (r Request) carries(text string) bool {
	for _, f := range r.Fields {
		if strings.Contains(f.Value, text) {
			return true
		}
	}
	return strings.Contains(r.Raw, text)
}

// replaced returns the request with another text for one that it carries, "" for none.
func (r Request) replaced(text, by string) Request {
	if text == "" {
		return r
	}
	r.Fields, r.Raw = slices.Clone(r.Fields), strings.ReplaceAll(r.Raw, text, by)
	for i := range r.Fields {
		r.Fields[i].Value = strings.ReplaceAll(r.Fields[i].Value, text, by)
	}
	return r
}

// baseProof is the base of requests whose proof is not theirs. Catalogues cannot name it.
const baseProof = "proof"

// misuse chooses the fields of a request that must be refused because its proof is not its
// own, from those of its own, those for another holder's credential, and those of a request
// to another target with another method.
type misuse func(own, others, elsewhere []Field) []Field

// proofCases are about the proofs of any method whose issuer makes them.
func proofCases(id string, f method.Family) ([]*Case, error) {
	attacks := []method.Attack{{ID: "PROOF-01", Title: "a credential with the proof of another request, or with none", Impact: "forgery", Source: []string{"RFC 9449 4.3", "RFC 9421 7.2"}}}
	misuses := map[string][]subCase{"PROOF-01": {
		{"no proof", recipe{Base: baseProof, misuse: func(own, _, _ []Field) []Field { return own[:1] }}},
		{"another holder's", recipe{Base: baseProof, misuse: func(own, others, _ []Field) []Field { return append(own[:1:1], others[1:]...) }}},
		{"of another request", recipe{Base: baseProof, misuse: func(_, _, elsewhere []Field) []Field { return elsewhere }}},
	}}
	if f.Once {
		attacks = append(attacks, method.Attack{ID: "PROOF-02", Title: "a request that was let in, once more", Impact: "forgery", Source: []string{"RFC 9449 11.1"}})
		misuses["PROOF-02"] = []subCase{{"", recipe{Base: baseProof}}}
	}
	var out []*Case
	for _, a := range attacks {
		c, err := ownCase(id, a)
		if err != nil {
			return nil, err
		}
		c.subCases = misuses[a.ID]
		out = append(out, c)
	}
	return out, nil
}

// runMisused sends a request whose proof is not its own; without a choice, one that was let
// in before.
func (a *attempt) runMisused(ctx context.Context, choice misuse) (result, error) {
	r := Request{Method: defaultMethod, Target: a.Path, misuse: choice}
	if choice != nil {
		return a.send(ctx, r), nil
	}
	var sent []Field
	r.misuse = func(own, _, _ []Field) []Field { sent = own; return own }
	if first, err := a.subject.Ask(ctx, r); err != nil || !first.accepted() {
		return failed(FalseReject, "the first of two: %s", describe(first)), nil
	}
	r.misuse = func(_, _, _ []Field) []Field { return sent }
	return a.send(ctx, r), nil
}
