package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Without ties and with small samples the exact distribution of U is known; the approximation
// is near it.
func TestRankSumAgainstTheExactDistribution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		a, b := make([]float64, 12), make([]float64, 15)
		shift := 2 * r.Float64()
		for i := range a {
			a[i] = r.NormFloat64()
		}
		for i := range b {
			b[i] = shift + r.NormFloat64()
		}
		u := 0
		for _, x := range a {
			for _, y := range b {
				if y > x {
					u++
				}
			}
		}
		exact, tail := inversions(len(a), len(b)), 0.0
		for k, p := range exact {
			if math.Abs(float64(k)-90) >= math.Abs(float64(u)-90) {
				tail += p
			}
		}
		got := RankSumTest(a, b)
		if math.Abs(got.Higher-float64(u)/180) > 1e-12 {
			t.Fatalf("higher %v, counted %v", got.Higher, float64(u)/180)
		}
		if math.Abs(got.TwoSided-tail) > 0.015 {
			t.Errorf("p %.4f, exact %.4f", got.TwoSided, tail)
		}
	}
}

// Many equal numbers, as of credentials that are refused at once, make the test no bolder.
func TestRankSumWithTies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	sample := func() []float64 {
		x := make([]float64, 40)
		for i := range x {
			if r.Float64() < 0.3 {
				x[i] = r.Float64()
			}
		}
		return x
	}
	rejected := 0
	const runs = 2000
	for range runs {
		if RankSumTest(sample(), sample()).TwoSided <= 0.05 {
			rejected++
		}
	}
	if share := float64(rejected) / runs; share > 0.065 || share < 0.03 {
		t.Errorf("%.3f of equal samples are told apart, 0.05 expected", share)
	}
	zero := make([]float64, 40)
	if got := RankSumTest(zero, zero); got.TwoSided != 1 || got.Higher != 0.5 {
		t.Errorf("all equal: %+v", got)
	}
	if got := RankSumTest(zero, nil); got.TwoSided != 1 {
		t.Errorf("an empty sample: %+v", got)
	}
	one := make([]float64, 40)
	for i := range one {
		one[i] = 1
	}
	if got := RankSumTest(zero, one); got.TwoSided > 1e-15 || got.Higher != 1 {
		t.Errorf("all higher: %+v", got)
	}
}
