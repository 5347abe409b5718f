package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestQuantile(t *testing.T) {
	x := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, 0.2: 1, 0.21: 2, 0.5: 3, 0.8: 4, 0.95: 5, 1: 5} {
		if got := Quantile(x, q); got != want {
			t.Errorf("quantile %v: %v, want %v", q, got, want)
		}
	}
	if !math.IsNaN(Quantile(nil, 0.5)) {
		t.Error("no numbers have a quantile")
	}
}

// The ranks of textbooks: of 10 numbers the 2nd and the 9th hold the median (97.9 %).
func TestQuantileIntervalOfTheMedian(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	got := QuantileInterval(x, 0.5, 0.95)
	if got.Lo != 2 || got.Hi != 9 || math.Abs(got.Level-0.979) > 0.001 {
		t.Errorf("%+v", got)
	}
	if few := QuantileInterval(x, 0.95, 0.95); !math.IsInf(few.Hi, 1) || few.Lo < 8 {
		t.Errorf("10 numbers bound the 95th percentile: %+v", few)
	}
	many := make([]float64, 72)
	if got := QuantileInterval(many, 0.95, 0.95); math.IsInf(got.Hi, 1) {
		t.Error("72 numbers do not bound the 95th percentile")
	}
	if got := QuantileInterval(many[:71], 0.95, 0.95); !math.IsInf(got.Hi, 1) {
		t.Error("71 numbers bound the 95th percentile")
	}
}

func TestQuantileIntervalCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs = 4000
	for _, q := range []float64{0.5, 0.9, 0.95} {
		held := 0
		for range runs {
			x := make([]float64, 100)
			for i := range x {
				x[i] = r.Float64()
			}
			if got := QuantileInterval(x, q, 0.95); got.Lo <= q && q <= got.Hi {
				held++
			}
		}
		if share := float64(held) / runs; share < 0.945 {
			t.Errorf("quantile %v: %.3f of the intervals hold it", q, share)
		}
	}
}

// Of numbers from the distribution itself one in twenty is rejected at 5 %; with a mass at
// 0, fewer. Numbers from another one are rejected.
func TestKolmogorovSmirnov(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	mixed := func(mass float64) func(float64) float64 {
		return func(x float64) float64 { return min(1, mass+(1-mass)*x) }
	}
	draw := func(mass, scale float64) []float64 {
		x := make([]float64, 40)
		for i := range x {
			if r.Float64() >= mass {
				x[i] = scale * r.Float64()
			}
		}
		return x
	}
	const runs = 4000
	for _, mass := range []float64{0, 0.3, 0.9} {
		rejected := 0
		for range runs {
			if _, p := KolmogorovSmirnov(draw(mass, 1), mixed(mass)); p < 0.05 {
				rejected++
			}
		}
		if share := float64(rejected) / runs; share > 0.058 || mass == 0 && share < 0.04 {
			t.Errorf("mass %v: %.4f of the samples are rejected", mass, share)
		}
	}
	for name, x := range map[string][]float64{"half as long": draw(0.3, 0.5), "never at once": draw(0, 1), "always at once": draw(1, 1)} {
		if d, p := KolmogorovSmirnov(x, mixed(0.5)); name != "half as long" && p > 0.01 {
			t.Errorf("%s: distance %.2f, p %.3f", name, d, p)
		}
	}
	if d, p := KolmogorovSmirnov(nil, mixed(0)); d != 0 || p != 1 {
		t.Errorf("no numbers: %v, %v", d, p)
	}
}
