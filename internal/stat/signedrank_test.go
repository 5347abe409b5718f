package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// level95 is the level that the tables are for.
const level95 = 0.95

// Hamilton depression scores of nine patients before and after the first therapy
// session: Hollander and Wolfe, Nonparametric Statistical Methods, table 3.1.
func hamilton() []float64 {
	before := []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	after := []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	x := make([]float64, len(before))
	for i := range x {
		x[i] = after[i] - before[i]
	}
	return x
}

// The book's examples 3.1, 3.3 and 3.4: p = 0.0195, θ = -0.46, and the interval
// (-0.786, -0.010) with confidence 0.961.
func TestPublishedExample(t *testing.T) {
	x := hamilton()
	if got := HodgesLehmann(x); math.Abs(got+0.46) > 5e-4 {
		t.Errorf("estimate %v, published -0.46", got)
	}
	iv, ok := SignedRankInterval(x, level95)
	if !ok || math.Abs(iv.Lo+0.786) > 5e-4 || math.Abs(iv.Hi+0.010) > 5e-4 || math.Abs(iv.Level-0.961) > 5e-4 {
		t.Errorf("interval %+v %v, published (-0.786, -0.010) with 0.961", iv, ok)
	}
	if got := SignedRankTest(x); math.Abs(got.Less-0.01953) > 1e-5 {
		t.Errorf("p = %v, published 0.01953", got.Less)
	}
}

// Critical values of the signed-rank statistic, two-sided 5 %: Wilcoxon, Katti
// and Wilcox (1970), as most textbooks reprint them.
func TestCriticalValues(t *testing.T) {
	table := map[int]int{6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 11: 10, 12: 13, 13: 17, 14: 21, 15: 25, 16: 29, 17: 34, 18: 40, 19: 46, 20: 52, 25: 89}
	for n, want := range table {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Ldexp(1, i) // every Walsh average is different
		}
		iv, ok := SignedRankInterval(x, level95)
		walsh := walshAverages(x)
		if !ok || iv.Lo != walsh[want] || iv.Hi != walsh[len(walsh)-1-want] {
			t.Errorf("n = %d: %+v %v, want the Walsh averages %d from the ends", n, iv, ok, want)
		}
	}
}

func TestSignedRankIntervalLevels(t *testing.T) {
	for n := range 12 {
		x := make([]float64, n)
		iv, ok := SignedRankInterval(x, level95)
		if ok != (n >= 6) {
			t.Errorf("n = %d: ok = %v", n, ok)
		}
		if n == 10 && math.Abs(iv.Level-(1-2*25.0/1024)) > 1e-12 {
			t.Errorf("n = 10: level %v, want 1 - 2·25/1024 = 95.1 %%", iv.Level)
		}
	}
	if !math.IsNaN(HodgesLehmann(nil)) {
		t.Error("the centre of nothing is a number")
	}
}

// measurements draws numbers on a coarse grid, so that ties and zeros occur.
func measurements(least, most int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(-6, 6), func(i int) float64 { return float64(i) / 4 }), least, most)
}

// The oracle enumerates all signs; it knows nothing of sums of ranks.
func TestSignedRankTestAgainstEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := measurements(0, 9).Draw(t, "x")
		var kept []float64 // ranks of what is not zero
		statistic := 0.0
		for i, v := range x {
			less, equal := 0, 0
			for _, w := range x {
				if math.Abs(w) < math.Abs(v) {
					less++
				} else if math.Abs(w) == math.Abs(v) {
					equal++
				}
			}
			rank := float64(less) + float64(equal+1)/2
			if x[i] != 0 {
				kept = append(kept, rank)
			}
			if x[i] > 0 {
				statistic += rank
			}
		}
		all := math.Ldexp(1, len(kept))
		below, above := 0.0, 0.0
		for signs := range 1 << len(kept) {
			s := 0.0
			for i, r := range kept {
				if signs>>i&1 == 1 {
					s += r
				}
			}
			if s <= statistic {
				below++
			}
			if s >= statistic {
				above++
			}
		}
		want := SignedRank{below / all, above / all, min(1, 2*min(below, above)/all)}
		got := SignedRankTest(x)
		if math.Abs(got.Less-want.Less) > 1e-12 || math.Abs(got.Greater-want.Greater) > 1e-12 || math.Abs(got.TwoSided-want.TwoSided) > 1e-12 {
			t.Fatalf("%v: got %+v, want %+v", x, got, want)
		}
	})
}

// Smallest p values: what limits how many pairs ten launches can separate.
func TestSmallestP(t *testing.T) {
	for n := 1; n <= 20; n++ {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i + 1)
		}
		p := SignedRankTest(x)
		if want := math.Ldexp(1, -n); p.Greater != want || p.TwoSided != 2*want || p.Less != 1 {
			t.Errorf("n = %d: %+v, want %v for greater", n, p, want)
		}
	}
	if p := SignedRankTest(nil); p != (SignedRank{1, 1, 1}) {
		t.Errorf("no numbers: %+v", p)
	}
}

// The interval holds exactly the centres that the test does not reject. Centres
// at a quarter never meet a Walsh average of whole numbers, nor make a tie.
func TestIntervalInvertsTest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.SliceOfNDistinct(rapid.IntRange(-20, 20), 6, 14, rapid.ID).Draw(t, "x")
		centre := float64(rapid.IntRange(-22, 22).Draw(t, "centre")) + 0.25
		x, shifted := make([]float64, len(whole)), make([]float64, len(whole))
		for i, v := range whole {
			x[i], shifted[i] = float64(v), float64(v)-centre
		}
		iv, _ := SignedRankInterval(x, level95)
		rejected := SignedRankTest(shifted).TwoSided <= 1-iv.Level+1e-12
		if inside := iv.Lo < centre && centre < iv.Hi; inside == rejected {
			t.Fatalf("centre %v: inside %+v: %v, rejected: %v", centre, iv, inside, rejected)
		}
	})
}

func TestHodgesLehmannProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 20).Draw(t, "x")
		shift := rapid.Float64Range(-100, 100).Draw(t, "shift")
		scale := rapid.Float64Range(-3, 3).Draw(t, "scale")
		moved := make([]float64, len(x))
		for i, v := range x {
			moved[i] = scale*v + shift
		}
		before := append([]float64(nil), x...)
		if got, want := HodgesLehmann(moved), scale*HodgesLehmann(x)+shift; math.Abs(got-want) > 1e-9 {
			t.Fatalf("moved by %v·x+%v: %v, want %v", scale, shift, got, want)
		}
		for i := range x {
			if x[i] != before[i] {
				t.Fatal("the argument was changed")
			}
		}
	})
}

// Coverage over 4,000 runs of ten numbers. Both methods are exact for symmetric
// distributions, the median's for all: four standard errors are allowed. The
// signed-rank interval is for the pseudomedian where the distribution is skewed,
// and only nearly exact there.
func TestCoverage(t *testing.T) {
	const runs, n = 4000, 10
	source := rand.NewPCG(1, 2)
	student := distuv.StudentsT{Sigma: 1, Nu: 2, Src: source}
	normal := distuv.Normal{Sigma: 1, Src: source}
	skewed := distuv.Exponential{Rate: 1, Src: source}
	for _, c := range []struct {
		name        string
		draw        func() float64
		centre      float64 // pseudomedian
		median      float64
		signedExact bool
	}{
		{"normal", normal.Rand, 0, 0, true},
		{"heavy-tailed", student.Rand, 0, 0, true},
		// (X+Y)/2 is Gamma(2, 2), whose median is 0.83917.
		{"skewed", skewed.Rand, 0.83917, math.Ln2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed, median := 0.0, 0.0
			var signedLevel, medianLevel float64
			for range runs {
				x := make([]float64, n)
				for i := range x {
					x[i] = c.draw()
				}
				s, _ := SignedRankInterval(x, level95)
				m, _ := MedianInterval(x, level95)
				signedLevel, medianLevel = s.Level, m.Level
				if s.Lo <= c.centre && c.centre <= s.Hi {
					signed++
				}
				if m.Lo <= c.median && c.median <= m.Hi {
					median++
				}
			}
			signed, median = signed/runs, median/runs
			t.Logf("signed rank %.4f of %.4f, median %.4f of %.4f", signed, signedLevel, median, medianLevel)
			if allowed := 4 * math.Sqrt(medianLevel*(1-medianLevel)/runs); math.Abs(median-medianLevel) > allowed {
				t.Errorf("median interval covers %.4f, claims %.4f", median, medianLevel)
			}
			allowed := 4 * math.Sqrt(signedLevel*(1-signedLevel)/runs)
			if c.signedExact && math.Abs(signed-signedLevel) > allowed || signed < 0.93 {
				t.Errorf("signed-rank interval covers %.4f, claims %.4f", signed, signedLevel)
			}
		})
	}
}
