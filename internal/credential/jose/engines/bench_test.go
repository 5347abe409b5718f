package engines

import (
	"testing"

	"authbench/bench"
)

const (
	// credentials is how many distinct ones are used in turn, as internal/experiment/micro does:
	// one alone would sit in the CPU's caches, as no real one does.
	credentials = 1000
	// mostRoom is what a verifier may ask for: the size of the largest credential.
	mostRoom = 16 << 10
)

// BenchmarkVerify verifies valid tokens. Its benchmarks are named as internal/experiment/micro's
// are, so that benchstat puts them side by side:
//
//	go test -run ^$ -bench Verify -count 10 . ../../../experiment/micro | benchstat -col /engine -
func BenchmarkVerify(b *testing.B) {
	for _, alg := range values(b, "alg") {
		var values [][]byte // minted once for all engines
		for _, m := range methods(b) {
			if m.Params.Text("alg") != alg {
				continue
			}
			f := newForge(b, alg)
			if values == nil {
				values = f.population(b)
			}
			b.Run(name(b, m), func(b *testing.B) { f.benchmark(b, m, values) })
		}
	}
}

// name is the method with its parameters, in the order of the catalogue.
func name(b *testing.B, m bench.Method) string {
	out := "method=" + m.ID
	for _, p := range tokenMethod(b).Params {
		if value := m.Params.Text(p.Name); value != "" {
			out += "/" + p.Name + "=" + value
		}
	}
	return out
}

// population mints tokens that are valid for as long as a benchmark may take.
func (f *forge) population(b *testing.B) [][]byte {
	b.Helper()
	out := make([][]byte, credentials)
	for i := range out {
		var err error
		if out[i], err = f.issuer.Append(nil, bench.Valid, i); err != nil {
			b.Fatal(err)
		}
	}
	return out
}

func (f *forge) benchmark(b *testing.B, m bench.Method, values [][]byte) {
	verifier, err := NewVerifier(m, f.verification, nil)
	if err != nil {
		b.Fatal(err)
	}
	requests := make([]*roomy, len(values))
	room := make([]byte, mostRoom)
	for i, value := range values {
		requests[i] = &roomy{values: [][]byte{value}, room: room}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if d := verifier.Verify(requests[i%len(requests)]); d.Outcome != bench.Allow {
			b.Fatalf("refused: %v", d.Reason)
		}
	}
}

// roomy is a request that allocates nothing.
type roomy struct {
	values [][]byte
	room   []byte // one for all: requests are verified one after the other
}

var _ bench.Request = (*roomy)(nil)

func (*roomy) Method() []byte { return []byte("GET") }
func (*roomy) Target() []byte { return []byte("/") }

func (r *roomy) Room(n int) []byte { return r.room[:n] }

func (r *roomy) Values(field string) [][]byte {
	if field != "Authorization" {
		return nil
	}
	return r.values
}
