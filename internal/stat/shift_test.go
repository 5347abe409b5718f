package stat

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// Permeability of human chorioamnion to tritiated water at term and between the
// 12th and 26th week: Hollander and Wolfe, Nonparametric Statistical Methods,
// table 4.1. Example 4.3 gives Δ = -0.305, example 4.4 the interval (-0.76, 0.15)
// with confidence 0.96.
func TestPublishedShift(t *testing.T) {
	term := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}
	early := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	if got := Shift(term, early); math.Abs(got+0.305) > 1e-9 {
		t.Errorf("shift %v, published -0.305", got)
	}
	iv, ok := ShiftInterval(term, early, level95)
	if !ok || math.Abs(iv.Lo+0.76) > 1e-9 || math.Abs(iv.Hi-0.15) > 1e-9 || math.Abs(iv.Level-0.96) > 0.005 {
		t.Errorf("interval %+v %v, published (-0.76, 0.15) with 0.96", iv, ok)
	}
}

// Critical values of U, two-sided 5 %: Mann and Whitney's table as most textbooks
// reprint it.
func TestCriticalValuesOfU(t *testing.T) {
	table := map[[2]int]int{
		{4, 4}: 0, {5, 5}: 2, {6, 6}: 5, {7, 7}: 8, {8, 8}: 13, {9, 9}: 17, {10, 10}: 23, {12, 12}: 37, {15, 15}: 64, {20, 20}: 127,
		{3, 5}: 0, {4, 6}: 2, {5, 10}: 8, {10, 20}: 55,
	}
	for size, want := range table {
		for _, n := range [][2]int{size, {size[1], size[0]}} {
			if cut, _ := lowerTail(inversions(n[0], n[1]), (1-level95)/2); cut != want {
				t.Errorf("%v: %d, published %d", n, cut, want)
			}
		}
	}
	for n := range 4 {
		if _, ok := ShiftInterval(make([]float64, n), make([]float64, n), level95); ok {
			t.Errorf("an interval from %d and %d numbers", n, n)
		}
	}
	if !math.IsNaN(Shift(nil, []float64{1})) {
		t.Error("the shift from nothing is a number")
	}
}

// The oracle counts U over all ways to choose which numbers are of the first kind.
func TestInversionsAgainstEnumeration(t *testing.T) {
	for m := range 6 {
		for n := range 6 {
			want, ways := make([]float64, m*n+1), 0.0
			for chosen := range uint(1) << (m + n) {
				if bits.OnesCount(chosen) != m {
					continue
				}
				u := 0
				for i := range m + n {
					if chosen>>i&1 == 1 {
						u += bits.OnesCount(^chosen & (1<<i - 1))
					}
				}
				want[u]++
				ways++
			}
			for u, p := range inversions(m, n) {
				if math.Abs(p-want[u]/ways) > 1e-12 {
					t.Errorf("%d and %d numbers: P(U = %d) = %v, counted %v", m, n, u, p, want[u]/ways)
				}
			}
		}
	}
}

// Small probabilities keep their digits: the first is one over the number of ways.
func TestInversionsOfManyNumbers(t *testing.T) {
	const m, n = 60, 40
	p := inversions(m, n)
	total, least := 0.0, math.Exp(-logChoose(m+n, n))
	for u, v := range p {
		total += v
		if v < least*(1-1e-9) || math.Abs(v/p[len(p)-1-u]-1) > 1e-9 {
			t.Fatalf("P(U = %d) = %v, at the other end %v", u, v, p[len(p)-1-u])
		}
	}
	if math.Abs(total-1) > 1e-9 || math.Abs(p[0]/least-1) > 1e-9 {
		t.Errorf("the probabilities add up to %v, the first is %v, want %v", total, p[0], least)
	}
}

func TestShiftProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.Float64Range(-100, 100), 4, 12)
		a, b := numbers.Draw(t, "a"), numbers.Draw(t, "b")
		by := rapid.Float64Range(-100, 100).Draw(t, "by")
		moved := make([]float64, len(b))
		for i, v := range b {
			moved[i] = v + by
		}
		iv, ok := ShiftInterval(a, b, level95)
		far, _ := ShiftInterval(a, moved, level95)
		back, _ := ShiftInterval(b, a, level95)
		near := func(x, y float64) bool { return math.Abs(x-y) < 1e-9 }
		switch s := Shift(a, b); {
		case !ok || iv.Level < level95 || s < iv.Lo || s > iv.Hi:
			t.Fatalf("shift %v, interval %+v %v", s, iv, ok)
		case !near(Shift(a, moved), s+by) || !near(far.Lo, iv.Lo+by) || !near(far.Hi, iv.Hi+by):
			t.Fatalf("moved by %v: %v in %+v became %v in %+v", by, s, iv, Shift(a, moved), far)
		case !near(Shift(b, a), -s) || !near(back.Lo, -iv.Hi):
			t.Fatalf("the other way round %v in %+v became %v in %+v", s, iv, Shift(b, a), back)
		}
	})
}

// Coverage over 4,000 pairs of runs; four standard errors are allowed. The rank-sum
// interval is exact for any distribution, the other one only nearly so.
func TestShiftCoverage(t *testing.T) {
	const runs, m, n, truth = 4000, 10, 8, 0.7
	random := rand.New(rand.NewPCG(5, 6))
	shift, apart, level := 0.0, 0.0, 0.0
	for range runs {
		a, b := make([]float64, m), make([]float64, n)
		for i := range a {
			a[i] = random.NormFloat64()
		}
		for i := range b {
			b[i] = random.NormFloat64() + truth
		}
		iv, _ := ShiftInterval(a, b, level95)
		level = iv.Level
		if iv.Lo <= truth && truth <= iv.Hi {
			shift++
		}
		ofA, _ := SignedRankInterval(a, level95)
		ofB, _ := SignedRankInterval(b, level95)
		mover := ApartInterval(HodgesLehmann(a), HodgesLehmann(b), ofA, ofB)
		if mover.Lo <= truth && truth <= mover.Hi {
			apart++
		}
	}
	shift, apart = shift/runs, apart/runs
	t.Logf("rank sum %.4f of %.4f, from two intervals %.4f", shift, level, apart)
	if allowed := 4 * math.Sqrt(level*(1-level)/runs); math.Abs(shift-level) > allowed {
		t.Errorf("the rank-sum interval covers %.4f, claims %.4f", shift, level)
	}
	if apart < 0.93 || apart > 0.98 {
		t.Errorf("the interval from two covers %.4f, claims 0.95", apart)
	}
}
