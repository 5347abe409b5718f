package hist

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func filled(values ...int64) *Histogram {
	h := New()
	for _, v := range values {
		h.Record(v)
	}
	return h
}

func encoded(t rapid.TB, h *Histogram) string {
	text, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRecordClipsToTheNearerEdge(t *testing.T) {
	tests := []struct {
		name    string
		value   int64
		want    int64
		clipped int64
	}{
		{"zero", 0, 0, 0},
		{"one", 1, 1, 0},
		{"highest", highest, highest, 0},
		{"negative", -1, 0, 1},
		{"most negative", math.MinInt64, 0, 1},
		{"above", highest + 1, highest, 1},
		{"far above", math.MaxInt64, highest, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := filled(tt.value)
			if h.Count() != 1 || h.Clipped() != tt.clipped {
				t.Errorf("count %d, clipped %d; want 1, %d", h.Count(), h.Clipped(), tt.clipped)
			}
			if got := h.Max(); math.Abs(float64(got-tt.want)) > float64(tt.want)/1000 {
				t.Errorf("recorded as %d, want %d", got, tt.want)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	h := New()
	text, err := h.Encode()
	if text != "" || err != nil {
		t.Errorf("Encode = %q, %v", text, err)
	}
	if h.Quantile(0.5) != 0 || h.Mean() != 0 || h.Max() != 0 || h.Count() != 0 {
		t.Error("an empty histogram has values")
	}
	for b := range h.Buckets() {
		t.Errorf("bucket %v", b)
	}
}

func TestResetForgets(t *testing.T) {
	h := filled(5, -5)
	h.Reset()
	if h.Count() != 0 || h.Clipped() != 0 || h.Max() != 0 {
		t.Errorf("after Reset: count %d, clipped %d, max %d", h.Count(), h.Clipped(), h.Max())
	}
}

// values draws times over the whole range, small and large alike.
var values = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) int64 {
	return rapid.Int64Range(0, highest).Draw(t, "value") >> rapid.IntRange(0, 36).Draw(t, "shift")
}), 1, 50)

func TestQuantileIsWithinOnePartInAThousand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vs := values.Draw(t, "values")
		h := filled(vs...)
		slices.Sort(vs)
		for _, q := range []float64{0.001, 0.25, 0.5, 0.9, 0.99, 1} {
			// The library rounds the rank to the nearest; either neighbour is right.
			rank := q * float64(len(vs))
			lo := vs[max(int(math.Floor(rank-0.5))-1, 0)]
			hi := vs[min(int(math.Ceil(rank+0.5)), len(vs)-1)]
			got := float64(h.Quantile(q))
			if got < float64(lo)*0.999 || got > float64(hi)*1.001+1 {
				t.Fatalf("q %v: %v, want within %d to %d", q, got, lo, hi)
			}
		}
	})
}

func TestMergeEqualsRecordingAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := values.Draw(t, "a"), values.Draw(t, "b")
		merged := filled(a...)
		other := filled(append(b, -1)...)
		merged.Merge(other)
		whole := filled(append(slices.Concat(a, b), -1)...)
		if encoded(t, merged) != encoded(t, whole) || merged.Clipped() != 1 {
			t.Fatalf("%v and %v merged differ from the whole (clipped %d)", a, b, merged.Clipped())
		}
	})
}

func TestBucketsRiseAndHoldTheirValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vs := values.Draw(t, "values")
		last, total := int64(-1), int64(0)
		for b := range filled(vs...).Buckets() {
			if b.From <= last || b.To < b.From {
				t.Fatalf("bucket %v after %d", b, last)
			}
			inside := int64(0)
			for _, v := range vs {
				if v >= b.From && v <= b.To {
					inside++
				}
			}
			if inside != b.Count {
				t.Fatalf("bucket %v holds %d values", b, inside)
			}
			last = b.To
			total += b.Count
		}
		if total != int64(len(vs)) {
			t.Fatalf("buckets hold %d values of %d", total, len(vs))
		}
	})
}

func TestEncodeRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := filled(values.Draw(t, "values")...)
		text := encoded(t, h)
		back, err := Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(slices.Collect(h.Buckets()), slices.Collect(back.Buckets())) || encoded(t, back) != text {
			t.Fatal("another histogram came back")
		}
	})
}

func TestRecordDoesNotAllocate(t *testing.T) {
	h := New()
	if n := testing.AllocsPerRun(1000, func() { h.Record(300_000) }); n != 0 {
		t.Errorf("%v allocations per value", n)
	}
}

// slice is what one slice records: a thousand values around 300 µs.
func slice() []int64 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]int64, 1000)
	for i := range out {
		out[i] = int64(300_000 * math.Exp(0.3*r.NormFloat64()))
	}
	return out
}

func BenchmarkRecord(b *testing.B) {
	h, vs := New(), slice()
	i := 0
	for b.Loop() {
		h.Record(vs[i%len(vs)])
		i++
	}
}

func BenchmarkEncodeSlice(b *testing.B) {
	h := filled(slice()...)
	var text string
	for b.Loop() {
		text, _ = h.Encode()
	}
	b.ReportMetric(float64(len(text)), "textbytes")
}

func BenchmarkMergeSlice(b *testing.B) {
	h, sum := filled(slice()...), New()
	for b.Loop() {
		sum.Merge(h)
	}
}

func BenchmarkReset(b *testing.B) {
	h := New()
	for b.Loop() {
		h.Reset()
	}
}

// Buckets are those of the library, whatever was recorded.
func TestBucketsAreTheLibrarys(t *testing.T) {
	every := New()
	for _, b := range every.counts.Distribution() {
		every.Record(b.From)
		every.Record(b.To)
	}
	checkBuckets(t, every)
	rapid.Check(t, func(t *rapid.T) {
		h := New()
		for _, v := range rapid.SliceOf(rapid.Int64Range(-1, highest+1)).Draw(t, "values") {
			h.Record(v)
		}
		checkBuckets(t, h)
	})
}

func checkBuckets(t rapid.TB, h *Histogram) {
	t.Helper()
	var want []Bucket
	for _, b := range h.counts.Distribution() {
		if b.Count > 0 {
			want = append(want, Bucket{b.From, b.To, b.Count})
		}
	}
	if got := slices.Collect(h.Buckets()); !slices.Equal(got, want) {
		t.Fatalf("buckets %v, want %v", got, want)
	}
}
