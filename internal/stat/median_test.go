package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Ranks and confidence of the order statistics that hold the median: Dixon and
// Massey, Introduction to Statistical Analysis, table A-25.
func TestMedianIntervalTable(t *testing.T) {
	for n, want := range map[int]struct {
		rank  int
		level float64
	}{
		6: {1, 0.969}, 7: {1, 0.984}, 8: {1, 0.992}, 9: {2, 0.961}, 10: {2, 0.979}, 11: {2, 0.988}, 12: {3, 0.961},
		15: {4, 0.965}, 20: {6, 0.959}, 25: {8, 0.957}, 30: {10, 0.957}, 40: {14, 0.962},
	} {
		x := make([]float64, n)
		for i := range x {
			x[n-1-i] = float64(i + 1) // falling: it must sort
		}
		iv, ok := MedianInterval(x, level95)
		if !ok || iv.Lo != float64(want.rank) || iv.Hi != float64(n+1-want.rank) || math.Abs(iv.Level-want.level) > 5e-4 {
			t.Errorf("n = %d: %+v %v, want ranks %d and %d with %v", n, iv, ok, want.rank, n+1-want.rank, want.level)
		}
	}
	for n := range 6 {
		if iv, ok := MedianInterval(make([]float64, n), level95); ok {
			t.Errorf("n = %d: %+v, want none", n, iv)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 3, 2, 1}, 2.5}} {
		if got := Median(c.x); got != c.want {
			t.Errorf("median of %v = %v, want %v", c.x, got, c.want)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("the median of nothing is a number")
	}
}

func TestMedianWithinItsInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 6, 60).Draw(t, "x")
		iv, ok := MedianInterval(x, level95)
		if m := Median(x); !ok || m < iv.Lo || m > iv.Hi || iv.Level < level95 {
			t.Fatalf("median %v, interval %+v %v", m, iv, ok)
		}
	})
}
