package micro

import (
	"fmt"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/auth"
)

// credentials is how many distinct ones are used in turn: one alone would sit in
// the CPU's caches, and in its branch predictor, as no real one does.
const credentials = 1000

// mostRoom is what a verifier may ask for: the size of the largest credential.
const mostRoom = 16 << 10

// verifications are the configurations that are compared.
var verifications = []bench.Method{
	{ID: "none"},
	{ID: "carry", Params: bench.Params{"as": "RS256"}},
	{ID: "apikey", Params: bench.Params{"header": "authorization"}},
	{ID: "apikey", Params: bench.Params{"header": "x-api-key"}},
	{ID: "jwt", Params: bench.Params{"alg": "HS256", "policy": "hardened"}},
	{ID: "jwt", Params: bench.Params{"alg": "HS256", "policy": "stock"}},
	{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "policy": "hardened"}},
	{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "policy": "stock"}},
	{ID: "jwt", Params: bench.Params{"alg": "RS256", "policy": "hardened"}},
	{ID: "jwt", Params: bench.Params{"alg": "RS256", "policy": "stock"}},
	{ID: "jwt", Params: bench.Params{"alg": "RS256", "bits": 4096, "policy": "hardened"}},
	{ID: "jwt", Params: bench.Params{"alg": "RS256", "bits": 4096, "policy": "stock"}},
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
		for _, class := range bench.ClassesOf(auth.Catalogue(), m.ID) {
			if class != bench.Valid {
				b.Run(name(m)+"/class="+string(class), func(b *testing.B) { benchmark(b, m, class) })
			}
		}
	}
}

// name is the method with its parameters, in the order of the catalogue.
func name(m bench.Method) string {
	out := "method=" + m.ID
	for _, spec := range auth.Catalogue().Methods() {
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

func prepare(b *testing.B, m bench.Method, class bench.Class) (auth.Verifier, []*request) {
	issuer, err := auth.NewIssuer(m, [32]byte{1}, credentials, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	verification, err := issuer.Verification()
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := auth.NewVerifier(m, verification)
	if err != nil {
		b.Fatal(err)
	}
	requests := make([]*request, credentials)
	room := make([]byte, mostRoom)
	for i := range requests {
		requests[i] = &request{field: issuer.Field(), room: room}
		if issuer.Field() == "" {
			continue
		}
		value, err := issuer.Append(nil, class, i)
		if err != nil {
			b.Fatal(err)
		}
		requests[i].values = [][]byte{value}
	}
	return verifier, requests
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
