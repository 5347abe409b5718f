package axis

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   []float64
	}{
		{0, 73, []float64{0, 20, 40, 60, 80}},
		{-3, 4, []float64{-4, -2, 0, 2, 4}},
		{8.4, 9.1, []float64{8.4, 8.6, 8.8, 9, 9.2}},
		{5, 5, []float64{4.4, 4.6, 4.8, 5, 5.2, 5.4, 5.6}},
	} {
		got := Ticks(c.lo, c.hi)
		same := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
		if diff := cmp.Diff(c.want, got, same); diff != "" {
			t.Errorf("from %v to %v (-want +got):\n%s", c.lo, c.hi, diff)
		}
	}
}

// Whatever is asked for, there are a few finite ticks in rising order, around what is
// asked for where that makes sense.
func TestTicksOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{0, 1e17, 1e17 + 16, math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, 1e308, -1e308}))
		lo, hi := any.Draw(t, "lo"), any.Draw(t, "hi")
		ticks := Ticks(lo, hi)
		if len(ticks) < 2 || len(ticks) > 11 {
			t.Fatalf("%d ticks: %v", len(ticks), ticks)
		}
		for i, v := range ticks {
			if math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v < ticks[i-1] {
				t.Fatalf("ticks %v", ticks)
			}
		}
		slack := 1e-12 * max(math.Abs(lo), math.Abs(hi))
		if last := ticks[len(ticks)-1]; lo < hi && math.Abs(lo) < 1e299 && math.Abs(hi) < 1e299 && (ticks[0] > lo+slack || last < hi-slack) {
			t.Fatalf("ticks %v do not reach", ticks)
		}
	})
}

func TestRound(t *testing.T) {
	for _, c := range []struct{ v, below, above float64 }{
		{1, 1, 2}, {1.99, 1, 2}, {2, 2, 5}, {4.9, 2, 5}, {5, 5, 10}, {9.99, 5, 10}, {10, 10, 20}, {1000, 1000, 2000}, {0.03, 0.02, 0.05},
		{0, 0, 0}, {-3, 0, 0}, {math.NaN(), 0, 0}, {math.Inf(1), 0, 0},
	} {
		if below, above := Round(c.v); math.Abs(below-c.below) > 1e-12 || math.Abs(above-c.above) > 1e-12 {
			t.Errorf("around %v: %v and %v, want %v and %v", c.v, below, above, c.below, c.above)
		}
	}
}
