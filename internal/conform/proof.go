package conform

import (
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
	if p == nil || r.forged || r.Raw == "" && len(r.Fields) == 0 {
		return r
	}
	use, text := valid, ""
	for _, value := range slices.Sorted(maps.Keys(p.minted)) {
		if r.carries(value) {
			use, text = p.minted[value], value
		}
	}
	fields := p.prover.Prove(p.use(use, r, host))
	if r = r.replaced(text, fields[0].Value); r.Raw == "" {
		r.Fields = append(slices.Clone(r.Fields), fields[1:]...)
		return r
	}
	for _, f := range fields[1:] {
		r.Raw += f.Name + ": " + f.Value + "\r\n"
	}
	return r
}

// valid is the use of a valid credential; others have other indices.
var valid = method.Use{Class: bench.Valid}

// use returns a credential's use in a request, with a serial number of its own.
func (p *proofs) use(u method.Use, r Request, host string) method.Use {
	u.Serial, u.Method, u.Target, u.Host = p.serials.Add(1), r.Method, r.Target, host
	return u
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

// proofAttacks are on the proofs of any method whose issuer makes them. once says that each
// is let in once.
func proofAttacks(once bool) []method.Attack {
	out := []method.Attack{{ID: "PROOF-01", Title: "a credential with the proof of another request, or with none", Impact: "forgery", Source: []string{"RFC 9449 4.3", "RFC 9421 7.2"}, Forgeries: []method.Forgery{
		proof("no proof", func(m method.Minted) []bench.Field { return m.Prove(m.Use)[:1] }),
		proof("another holder's", func(m method.Minted) []bench.Field {
			own := m.Prove(m.Use)[0]
			m.Use.Index++
			return append([]bench.Field{own}, m.Prove(m.Use)[1:]...)
		}),
		proof("of another request", func(m method.Minted) []bench.Field {
			m.Use.Method, m.Use.Target = http.MethodDelete, m.Use.Target+"/other"
			return m.Prove(m.Use)
		}),
	}}}
	if once {
		out = append(out, method.Attack{ID: "PROOF-02", Title: "a request that was let in, once more", Impact: "forgery", Source: []string{"RFC 9449 11.1"}, Forgeries: []method.Forgery{
			{Label: "at once", Steps: func(m method.Minted) ([][]bench.Field, error) {
				first := m.Prove(m.Use)
				return [][]bench.Field{first, first}, nil
			}},
			{Label: "after others", Steps: func(m method.Minted) ([][]bench.Field, error) {
				first, out := m.Prove(m.Use), [][]bench.Field{}
				for i := range uint64(3) {
					use := m.Use
					use.Index, use.Serial = 1, m.Use.Serial+(i+1)<<32 // far from those that others use
					out = append(out, m.Prove(use))
				}
				return append(append([][]bench.Field{first}, out...), first), nil
			}},
		}})
	}
	return out
}

// proof is a sub-case with the fields that make returns.
func proof(label string, make func(method.Minted) []bench.Field) method.Forgery {
	return method.Forgery{Label: label, Fields: func(m method.Minted) ([]bench.Field, error) { return make(m), nil }}
}
