package hist

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What goes through packed histograms is what goes from one histogram to another.
func TestPackedLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := filled(values.Draw(t, "first")...), filled(append(values.Draw(t, "second"), -1)...)
		whole := New()
		whole.Merge(first)
		whole.Merge(second)
		packed, rest := NewPacked(), NewPacked()
		packed.Take(second) // which is replaced
		packed.Take(first)
		rest.Take(second)
		packed.Merge(rest)
		unpacked := filled(7)
		unpacked.Reset()
		packed.AddTo(unpacked)
		if diff := cmp.Diff(encoded(t, whole), encoded(t, unpacked)); diff != "" || unpacked.Clipped() != whole.Clipped() {
			t.Fatalf("clipped %d, want %d (-merged +packed):\n%s", unpacked.Clipped(), whole.Clipped(), diff)
		}
		if packed.Count() != whole.Count() || packed.Mean() != whole.Mean() || packed.Max() != whole.Max() {
			t.Fatalf("count %d, mean %v, max %d; want %d, %v, %d", packed.Count(), packed.Mean(), packed.Max(), whole.Count(), whole.Mean(), whole.Max())
		}
		for _, q := range []float64{0, 0.5, 0.9, 0.999, 1} {
			if packed.Quantile(q) != whole.Quantile(q) {
				t.Fatalf("quantile %v is %d, want %d", q, packed.Quantile(q), whole.Quantile(q))
			}
		}
	})
}

func TestPackedOfNothing(t *testing.T) {
	p, h := NewPacked(), New()
	p.Take(h)
	p.Merge(NewPacked())
	p.AddTo(h)
	if p.Count() != 0 || p.Mean() != 0 || p.Max() != 0 || p.Quantile(0.5) != 0 || h.Count() != 0 {
		t.Error("there is something in an empty one")
	}
}

// A histogram that is handed over in every interval costs nobody a collection of garbage.
func TestPackedDoesNotAllocate(t *testing.T) {
	h, sum, p := filled(100, 2_000, 2_000, 3_000_000), New(), NewPacked()
	p.Take(h)
	if n := testing.AllocsPerRun(100, func() {
		p.Take(h)
		p.AddTo(sum)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
