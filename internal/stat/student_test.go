package stat

import (
	"math"
	"testing"
)

// Quantiles as every table has them.
func TestStudentQuantile(t *testing.T) {
	for degrees, want := range map[int]float64{1: 12.706, 2: 4.303, 5: 2.571, 9: 2.262} {
		if got := StudentQuantile(0.975, degrees); math.Abs(got-want) > 0.0006 {
			t.Errorf("%d degrees: %.4f, want %.3f", degrees, got, want)
		}
	}
}

// Hahn and Meeker's factors for n = 5: 1.241 for the mean, 3.041 for one more number.
func TestStudentIntervals(t *testing.T) {
	x := []float64{10, 11, 12, 13, 14} // mean 12, deviation √2.5
	deviation := math.Sqrt(2.5)
	for name, c := range map[string]struct {
		of     func([]float64, float64) (Interval, bool)
		factor float64
	}{"mean": {MeanInterval, 1.2417}, "next": {NextInterval, 3.0414}} {
		got, ok := c.of(x, 0.95)
		if !ok || math.Abs(got.Hi-12-c.factor*deviation) > 0.001 || math.Abs(got.Lo-12+c.factor*deviation) > 0.001 {
			t.Errorf("%s: %+v", name, got)
		}
		if _, ok := c.of(x[:1], 0.95); ok {
			t.Errorf("%s: an interval of one number", name)
		}
	}
}

func TestNextWidth(t *testing.T) {
	for n, want := range map[int]float64{2: 7.94, 3: 2.53, 6: 1.42, 10_000: 1} {
		if got := NextWidth(n, 0.95); math.Abs(got-want) > 0.006 {
			t.Errorf("%d numbers: %.3f, want %.2f", n, got, want)
		}
	}
}
