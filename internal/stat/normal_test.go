package stat

import (
	"math"
	"testing"
)

// Quantiles as every table has them. The numbers 2, 4, 4, 4, 5, 5, 7, 9 are the usual
// example with a deviation of 2 around their mean, before the n-1.
func TestNormal(t *testing.T) {
	for p, want := range map[float64]float64{0.5: 0, 0.9: 1.28155, 0.975: 1.95996, 0.995: 2.57583, 0.001: -3.09023} {
		if got := NormalQuantile(p); math.Abs(got-want) > 1e-5 {
			t.Errorf("quantile %v: %v, want %v", p, got, want)
		}
	}
	for degrees, want := range map[int]float64{1: 3.841459, 9: 16.918978, 39: 54.572228} { // χ² tables, 0.95
		if got := ChiSquaredQuantile(0.95, degrees); math.Abs(got-want) > 1e-5 {
			t.Errorf("χ² quantile with %d degrees: %v, want %v", degrees, got, want)
		}
	}
	if got, want := StandardDeviation([]float64{2, 4, 4, 4, 5, 5, 7, 9}), 2*math.Sqrt(8.0/7); math.Abs(got-want) > 1e-12 {
		t.Errorf("standard deviation %v, want %v", got, want)
	}
}
