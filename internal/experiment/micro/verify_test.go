package micro

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// credentials is how many distinct ones are used in turn: one alone would sit in
// the CPU's caches, and in its branch predictor, as no real one does.
const credentials = 1000

// mostRoom is what a verifier may ask for: the size of the largest credential.
const mostRoom = 16 << 10

// verifications are the configurations that are compared.
var verifications = append([]bench.Method{
	{ID: "none"},
	{ID: "carry", Params: bench.Params{"as": "RS256"}},
	{ID: "apikey", Params: bench.Params{"header": "authorization"}},
	{ID: "apikey", Params: bench.Params{"header": "x-api-key"}},
}, tokens...)

// tokens are the configurations of JWTs: every algorithm with every engine.
var tokens = func() (out []bench.Method) {
	for _, spec := range all.Catalogue().Methods() {
		if spec.ID != "jwt" {
			continue
		}
		for _, alg := range valuesOf(spec, "alg") {
			out = append(out, withEngines(spec, bench.Params{"alg": alg})...)
		}
		for _, bits := range []int{3072, 4096} {
			out = append(out, withEngines(spec, bench.Params{"alg": "RS256", "bits": bits})...)
		}
	}
	return out
}()

// withEngines combines parameters with every engine and policy that there is here:
// internal/credential/jose/engines has benchmarks of its own.
func withEngines(spec bench.MethodSpec, params bench.Params) (out []bench.Method) {
	for _, engine := range valuesOf(spec, "engine") {
		for _, policy := range valuesOf(spec, "policy") {
			p := bench.Params{"engine": engine, "policy": policy}
			maps.Copy(p, params)
			if m := (bench.Method{ID: spec.ID, Params: p}); len(spec.Problems(p)) == 0 && !jose.IsExternal(m.Params.Text("engine")) {
				out = append(out, m)
			}
		}
	}
	return out
}

// valuesOf returns what a parameter may be.
func valuesOf(spec bench.MethodSpec, name string) []string {
	for _, p := range spec.Params {
		if p.Name == name {
			return p.Values
		}
	}
	return nil
}

// BenchmarkVerify verifies valid credentials.
func BenchmarkVerify(b *testing.B) {
	for _, m := range verifications {
		b.Run(name(m), func(b *testing.B) { benchmark(b, m, bench.Valid) })
	}
}

// BenchmarkRefuse verifies credentials of every other class.
func BenchmarkRefuse(b *testing.B) {
	for _, m := range verifications {
		for _, class := range bench.ClassesOf(all.Catalogue(), m) {
			if class != bench.Valid {
				b.Run(name(m)+"/class="+string(class), func(b *testing.B) { benchmark(b, m, class) })
			}
		}
	}
}

// name is the method with its parameters, in the order of the catalogue.
func name(m bench.Method) string {
	out := "method=" + m.ID
	for _, spec := range all.Catalogue().Methods() {
		if spec.ID != m.ID {
			continue
		}
		for _, p := range spec.Params {
			if value := m.Params.Text(p.Name); value != "" {
				out += fmt.Sprintf("/%s=%s", p.Name, value)
			}
		}
	}
	return out
}

func benchmark(b *testing.B, m bench.Method, class bench.Class) {
	verifier, requests := prepare(b, m, class)
	want := bench.Allow
	if class != bench.Valid {
		want = bench.Deny
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if d := verifier.Verify(requests[i%len(requests)]); d.Outcome != want {
			b.Fatalf("a %s credential: outcome %d, reason %v", class, d.Outcome, d.Reason)
		}
	}
}

func prepare(b *testing.B, m bench.Method, class bench.Class) (method.Verifier, []*request) {
	c := mint(b, m, class)
	verifier, err := all.Catalogue().NewVerifier(m, c.verification, nil)
	if err != nil {
		b.Fatal(err)
	}
	requests := make([]*request, credentials)
	room := make([]byte, mostRoom)
	for i := range requests {
		requests[i] = &request{field: c.field, room: room}
		if c.field != "" {
			requests[i].values = c.values[i : i+1]
		}
	}
	return verifier, requests
}

// minted are credentials of one class, and what verifies them.
type minted struct {
	field        string
	values       [][]byte
	verification json.RawMessage
}

// mints holds what was minted, by issuer and class: signing takes much longer than
// what is measured, and engines share it.
var mints = map[string]minted{}

func mint(b *testing.B, m bench.Method, class bench.Class) minted {
	b.Helper()
	own := all.Catalogue().Minted(m)
	key := fmt.Sprint(own.ID, " ", own.Params.Key(), class)
	if c, ok := mints[key]; ok {
		return c
	}
	issuer, err := all.Catalogue().NewIssuer(own, [32]byte{1}, credentials, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	c := minted{field: issuer.Field()}
	if c.verification, err = issuer.Verification(method.Places{}); err != nil {
		b.Fatal(err)
	}
	for i := 0; i < credentials && c.field != ""; i++ {
		value, err := issuer.Append(nil, class, i)
		if err != nil {
			b.Fatal(err)
		}
		c.values = append(c.values, value)
	}
	mints[key] = c
	return c
}

// request has one header field.
type request struct {
	field  string
	values [][]byte
	room   []byte // one for all: requests are verified one after the other
}

var _ bench.Request = (*request)(nil)

func (*request) Method() []byte { return []byte("GET") }
func (*request) Target() []byte { return []byte("/") }

func (r *request) Room(n int) []byte { return r.room[:n] }

func (r *request) Values(field string) [][]byte {
	if field != r.field {
		return nil
	}
	return r.values
}
