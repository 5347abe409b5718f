package load

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
)

// numbered are credentials that say which they are.
type numbered struct{}

func (numbered) Append(dst []byte, class bench.Class, index int) []byte {
	return fmt.Appendf(dst, "%s-%d", class, index)
}

func TestNewWorkloadRefuses(t *testing.T) {
	good := func() WorkloadSpec {
		return WorkloadSpec{
			Prefix: []byte("GET / HTTP/1.1\r\nA: "), Suffix: []byte("\r\n\r\n"), Credentials: numbered{},
			Mix: []Share{{bench.Valid, 1, 10}}, Zipf: 1, Expect: [len(bench.Classes)][]int{{200}},
		}
	}
	if _, err := NewWorkload(good()); err != nil {
		t.Fatalf("a good one: %v", err)
	}
	tests := []struct {
		name   string
		change func(*WorkloadSpec)
		want   string
	}{
		{"no request", func(s *WorkloadSpec) { s.Prefix = nil }, "no request"},
		{"negative exponent", func(s *WorkloadSpec) { s.Zipf = -1 }, "zipf"},
		{"exponent not a number", func(s *WorkloadSpec) { s.Zipf = math.NaN() }, "zipf"},
		{"mix without credentials", func(s *WorkloadSpec) { s.Credentials = nil }, "without credentials"},
		{"no mix", func(s *WorkloadSpec) { s.Mix = nil }, "sum to 0"},
		{"negative share", func(s *WorkloadSpec) { s.Mix[0].Share = -1 }, "share -1"},
		{"unknown class", func(s *WorkloadSpec) { s.Mix[0].Class = "good" }, `"good"`},
		{"nothing to send", func(s *WorkloadSpec) { s.Mix[0].Count = 0 }, "there are none"},
		{"status", func(s *WorkloadSpec) { s.Expect[1] = []int{1000} }, "1000 is not a status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := good()
			tt.change(&s)
			if _, err := NewWorkload(s); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// requests renders the first n requests of a seed and counts them by credential.
func requests(t *testing.T, w *Workload, seed uint64, n int) map[string]int {
	t.Helper()
	s := newScript(w, Slice{Seed: seed}, 0, 1, 0)
	out := map[string]int{}
	for range n {
		index, at := s.next()
		b, class, _ := s.appendRequest(nil, index, at)
		credential := strings.TrimSuffix(strings.TrimPrefix(string(b), "<"), ">")
		if !strings.HasPrefix(credential, string(bench.Classes[class])+"-") {
			t.Fatalf("request %q is of class %s", b, bench.Classes[class])
		}
		out[credential]++
	}
	return out
}

func TestMixAndPopularity(t *testing.T) {
	const n, count = 50_000, 50
	for _, zipf := range []float64{0, 0.5, 0.99, 2} {
		w, err := NewWorkload(WorkloadSpec{
			Prefix: []byte("<"), Suffix: []byte(">"), Credentials: numbered{}, Zipf: zipf,
			Mix: []Share{{bench.Forged, 1, count}, {bench.Expired, 0, 7}, {bench.Valid, 3, count}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := requests(t, w, 42, n)
		sum := 0.0
		for r := range count {
			sum += math.Pow(float64(r+1), -zipf)
		}
		for class, part := range map[bench.Class]float64{bench.Forged: 0.25, bench.Valid: 0.75} {
			for r := range count {
				p := part * math.Pow(float64(r+1), -zipf) / sum
				name := fmt.Sprintf("%s-%d", class, r)
				// Five standard deviations of a binomial count.
				if d := float64(got[name]) - n*p; math.Abs(d) > 5*math.Sqrt(n*p)+1 {
					t.Errorf("zipf %v: %s was sent %d times, want about %.0f", zipf, name, got[name], n*p)
				}
				delete(got, name)
			}
		}
		for name := range got {
			t.Errorf("zipf %v: %s is not in the mix", zipf, name)
		}
	}
}

// TestAliasTableIsExact sums the table's own probabilities, without drawing.
func TestAliasTableIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 2000).Draw(t, "n")
		zipf := rapid.Float64Range(0.01, 3).Draw(t, "zipf")
		p := newPopularity(n, zipf)
		got, sum := make([]float64, n), 0.0
		for column, cell := range p.cells {
			stays := float64(cell>>32) / (1 << 32)
			got[column] += stays / float64(n)
			got[uint32(cell)] += (1 - stays) / float64(n)
		}
		for r := range n {
			sum += math.Pow(float64(r+1), -zipf)
		}
		for r := range n {
			want := math.Pow(float64(r+1), -zipf) / sum
			if math.Abs(got[r]-want) > 1e-9 {
				t.Fatalf("n %d, zipf %v: rank %d has probability %v, want %v", n, zipf, r, got[r], want)
			}
		}
	})
}

func TestShardsSendTheSameRequests(t *testing.T) {
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("<"), Suffix: []byte(">"), Credentials: numbered{}, Zipf: 0.99,
		Mix: []Share{{bench.Forged, 1, 100}, {bench.Valid, 9, 1000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const shards = 3
	whole := newScript(w, Slice{Seed: 7}, 0, 1, 0)
	var parts [shards]script
	for k := range parts {
		parts[k] = newScript(w, Slice{Seed: 7}, k, shards, 0)
	}
	for i := range 3000 {
		index, at := whole.next()
		want, _, mark := whole.appendRequest(nil, index, at)
		part := &parts[i%shards]
		index, at = part.next()
		got, _, same := part.appendRequest(nil, index, at)
		if string(got) != string(want) || same != mark {
			t.Fatalf("request %d is %q in its shard, %q in the whole", i, got, want)
		}
	}
}

func BenchmarkRequest(b *testing.B) {
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: fixed(strings.Repeat("x", 500)), Zipf: 0.99,
		Mix: []Share{{bench.Forged, 1, 100}, {bench.Valid, 99, 10_000}},
	})
	if err != nil {
		b.Fatal(err)
	}
	s := newScript(w, Slice{Seed: 7}, 0, 1, 0)
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		index, at := s.next()
		buffer, _, _ = s.appendRequest(buffer[:0], index, at)
	}
}

// fixed is one credential for all.
type fixed string

func (f fixed) Append(dst []byte, _ bench.Class, _ int) []byte { return append(dst, f...) }
