package gate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"authbench/internal/stat"
)

const cpu = MetricCPU

// cpuTarget is the CPU time's.
var cpuTarget = Aims[cpu].Target

// asked is a series of the CPU time, in a gate of so many cells.
func asked(x []float64, cells int) cellQuestion { return askedOf(cpu, x, cells) }

func askedOf(metric string, x []float64, cells int) cellQuestion {
	return cellQuestion{Series: Series{Arm: "a", Metric: metric, Changes: x}, Aim: Aims[metric], cells: cells}
}

// decide is what one look says of the CPU time.
func decide(x []float64, cells int) Verdict { return asked(x, cells).decide(x) }

// judge is what all looks say of the CPU time.
func judge(x []float64, cells int, ended bool) Cell { return asked(x, cells).judge(ended) }

// around returns n numbers whose ranks by distance from a centre are 1 to n, those
// with the ranks in below on the lower side. Their spread is small.
func around(centre float64, n int, below ...int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1e-4 * float64(i+1)
		if slices.Contains(below, i+1) {
			out[i] = -out[i]
		}
		out[i] += centre
	}
	return out
}

// above is around with the named ranks on the upper side.
func above(centre float64, n int, ranks ...int) []float64 {
	out := around(0, n, ranks...)
	for i := range out {
		out[i] = centre - out[i]
	}
	return out
}

func verdict(x []float64, cells int) Verdict {
	return judge(x, cells, false).Verdict
}

// The first look passes at the one-sided 1 % point, the later ones at the 0.5 %
// points of Wilcoxon, Katti and Wilcox (1970), as most textbooks reprint them.
func TestPassAtTheTablesPoints(t *testing.T) {
	target := math.Log1p(cpuTarget)
	for _, c := range []struct {
		n          int
		pass, open []int // ranks above the target
	}{
		{10, []int{5}, []int{6}},
		{15, []int{15}, []int{15, 1}},
		{20, []int{20, 17}, []int{20, 18}},
		{25, []int{25, 24, 19}, []int{25, 24, 20}},
		{30, []int{30, 29, 28, 22}, []int{30, 29, 28, 23}},
	} {
		for want, ranks := range map[Verdict][]int{Pass: c.pass, Open: c.open} {
			x := above(target, c.n, ranks...)
			// Only the look at n is asked.
			if got := decide(x, 3); (got == Pass) != (want == Pass) {
				t.Errorf("%d launches, ranks %v above the target: %s, want %s", c.n, ranks, got, want)
			}
		}
	}
}

// The counts of sums of different ranks up to 6 and 7 are 14 and 19 (OEIS A000009,
// summed). Of 15 launches 2^15 have equal chances: 14/32768 = 0.00043 is below
// 0.0025/5 for a single cell, 19/32768 = 0.00058 above. For thirty cells no 15
// launches are enough.
func TestFailAtTheCountedPoints(t *testing.T) {
	for _, c := range []struct {
		n, cells int
		below    []int
		want     Verdict
	}{
		{10, 1, nil, Open},
		{15, 1, []int{6}, Fail},
		{15, 1, []int{7}, Open},
		{15, 30, nil, Open},
		{20, 30, nil, Fail},
	} {
		x := around(0, c.n, c.below...)
		for i := range x { // of the target's size, the ranks as they are
			x[i] *= 0.08 / 1e-4 / float64(c.n)
		}
		if got := decide(x, c.cells); got != c.want {
			t.Errorf("%d launches, %d cells, ranks %v below zero: %s, want %s", c.n, c.cells, c.below, got, c.want)
		}
	}
}

// No cell can fail at the first look, which is why the level is shared by six.
func TestNoneFailsAtTheFirstLook(t *testing.T) {
	if least := math.Ldexp(1, -FirstLook); least <= failLevel(FirstLook, 1) {
		t.Errorf("the smallest p of %d launches is %v, the level %v", FirstLook, least, failLevel(FirstLook, 1))
	}
	if n := len(Looks()); n != failLooks+1 || Looks()[n-1] != LastLook {
		t.Errorf("looks %v, of which %d can fail", Looks(), failLooks)
	}
	pass, fail := 0.0, 0.0
	for _, n := range Looks() {
		pass += passLevel(n)
		if n > FirstLook {
			fail += 7 * failLevel(n, 7)
		}
	}
	if math.Abs(pass-0.04) > 1e-12 || math.Abs(fail-failRun) > 1e-12 {
		t.Errorf("the levels add up to %v for passing and %v for failing", pass, fail)
	}
}

// normal returns n numbers that lie like normal ones around a centre, with exactly
// the standard deviation, the middle ones first.
func normal(centre, sd float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = stat.NormalQuantile((float64(i) + 0.5) / float64(n))
	}
	scale := sd / stat.StandardDeviation(out)
	slices.SortFunc(out, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for i := range out {
		out[i] = centre + scale*out[i]
	}
	return out
}

// A slow-down fails from 0.7 targets on, if it is certain, and if it is not as
// certain that it is smaller than the target.
func TestFailNeedsSize(t *testing.T) {
	for _, c := range []struct {
		size, sd float64
		want     Verdict
	}{
		{0.020, 0.028, Open}, {0.022, 0.028, Fail}, {0.022, 0.01, Pass}, {0.04, 0.01, Fail}, {0.04, 0.1, Open},
	} {
		x := normal(math.Log1p(c.size), c.sd, LastLook)
		if got := decide(x, 3); got != c.want {
			t.Errorf("a slow-down of %v with deviation %v: %s, want %s", c.size, c.sd, got, c.want)
		}
	}
}

// The first decision stands, whatever comes after it.
func TestFirstDecisionStands(t *testing.T) {
	x := append(around(0, 10), around(0.2, 30)...)
	if got := judge(x, 3, false); got.Verdict != Pass || got.Launches != 10 {
		t.Errorf("%+v", got)
	}
	if got := verdict(append(around(0.2, 20), around(0, 20)...), 3); got != Fail {
		t.Errorf("after a failure and better launches: %s", got)
	}
}

// Noise withholds a pass and never a failure: a p99 that doubles fails however much its
// launches vary, as long as the test can tell it from chance.
func TestNoiseHidesNoSlowDown(t *testing.T) {
	for _, c := range []struct {
		metric string
		change float64 // on the metric's scale
		sd     float64
	}{
		{MetricP99, math.Log(2), 0.6}, {MetricP50, math.Log(2), 0.5}, {MetricP50, math.Log(1.2), 0.2}, {MetricP95, math.Log(2), 0.5},
		{MetricTail, 0.06, 0.05}, {MetricP99, math.Log(20), 2.5},
	} {
		x := normal(c.change, c.sd, LastLook)
		if got := askedOf(c.metric, x, 12).judge(false); got.Verdict != Fail {
			t.Errorf("%s, %.2f slower, deviation %.2f: %+v", c.metric, c.change, c.sd, got)
		}
		faster := normal(-c.change, c.sd, LastLook)
		if got := askedOf(c.metric, faster, 12).judge(false); got.Verdict == Fail {
			t.Errorf("%s, faster: %+v", c.metric, got)
		}
	}
}

// What the servers did outside of their slices, or in few of them, contradicts a pass. It
// fails nothing by itself.
func TestWholeContradictsPass(t *testing.T) {
	quiet := around(0, LastLook)
	for name, c := range map[string]struct {
		whole []float64
		want  Verdict
	}{
		"not known":           {nil, Pass},
		"as in the slices":    {around(0, LastLook), Pass},
		"a third of it":       {around(0.01, LastLook), Pass},
		"a tenth more":        {around(0.1, LastLook), Inconclusive},
		"in a few launches":   {append(around(0.5, 2), around(0, 38)...), Pass},
		"in most of them":     {append(around(0, 10), around(0.5, 30)...), Pass}, // the first look decided
		"from the third on":   {append(around(0, 2), around(0.5, 38)...), Inconclusive},
		"faster, all in all":  {around(-0.3, LastLook), Pass},
		"only at first":       {append(around(0.2, 10), around(0, 30)...), Pass},
		"as much as the rest": {around(math.Log1p(cpuTarget)+1e-9, LastLook), Inconclusive},
	} {
		q := asked(quiet, 3)
		q.Whole = c.whole
		if got := q.judge(true); got.Verdict != c.want || got.Verdict == Inconclusive && !strings.Contains(got.Reason, "in whole launches head's server used") {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// A server that stands still now and then has a huge p99 in the launches that it hits.
func TestStallInHalfOfTheLaunches(t *testing.T) {
	x := normal(0, 0.5, LastLook)
	random := rand.New(rand.NewPCG(3, 4))
	random.Shuffle(len(x), func(i, k int) { x[i], x[k] = x[k], x[i] })
	for i := range x {
		if i%2 == 0 {
			x[i] += math.Log(300)
		}
	}
	if got := askedOf(MetricP99, x, 12).judge(false); got.Verdict != Fail {
		t.Errorf("%+v", got)
	}
}

// A latency that is too noisy for its target is let go as soon as the alarming slow-down
// is ruled out, and says what is; the CPU time is not let go.
func TestBounded(t *testing.T) {
	calm := normal(0, 0.3, FirstLook)
	c := askedOf(MetricP99, calm, 12).judge(false)
	if c.Verdict != Bounded || c.RuledOut == nil || *c.RuledOut > 1 || *c.RuledOut < 0.1 || c.Needed <= FirstLook {
		t.Errorf("%+v", c)
	}
	if bound := *c.RuledOut; stat.SignedRankTest(shifted(calm, math.Log1p(bound)+1e-9)).Less > passFirst {
		t.Errorf("the test does not rule out %v", bound)
	}
	if c := askedOf(MetricP99, normal(0, 1.5, FirstLook), 12).judge(false); c.Verdict != Open {
		t.Errorf("with the alarming slow-down open: %+v", c)
	}
	if c := askedOf(MetricP99, normal(0, 3, LastLook), 12).judge(false); c.Verdict != Bounded || *c.RuledOut < 1 {
		t.Errorf("at the last look: %+v", c)
	}
	if c := asked(normal(0, 0.3, FirstLook), 12).judge(false); c.Verdict != Open {
		t.Errorf("CPU time: %+v", c)
	}
	if c := asked(normal(0, 0.3, LastLook), 12).judge(false); c.Verdict != Inconclusive {
		t.Errorf("CPU time at the last look: %+v", c)
	}
	// What further launches show of a cell that was let go counts.
	slow := append(calm, normal(1.2, 0.1, 30)...)
	if c := askedOf(MetricP99, slow, 12).judge(false); c.Verdict != Fail {
		t.Errorf("slower after the first look: %+v", c)
	}
}

// Where a side has one layout, what layouts alone make is neither failed nor missed: the
// target grows by it.
func TestFixedLayouts(t *testing.T) {
	for fixed, grown := range map[int]float64{0: 0.03, 1: 0.0623, 2: 0.0760} {
		a := Aims[cpu].widened(fixed)
		if math.Abs(a.Target-grown) > 1e-4 {
			t.Errorf("%d sides with one layout: a target of %.4f, want %.4f", fixed, a.Target, grown)
		}
		ask := func(change float64) Verdict {
			x := normal(math.Log1p(change), 0.005, LastLook)
			return cellQuestion{Series: Series{Metric: cpu, Changes: x}, Aim: a, cells: 12, fixed: fixed}.judge(false).Verdict
		}
		margin := math.Expm1(Aims[cpu].margin(fixed))
		if got := ask(0.8 * margin); got != Pass {
			t.Errorf("%d: a change that layouts make: %s", fixed, got)
		}
		if got := ask(1.2 * a.Target); got != Fail {
			t.Errorf("%d: a slow-down beyond the target: %s", fixed, got)
		}
	}
}

func TestUndecided(t *testing.T) {
	target := math.Log1p(cpuTarget)
	later := normal(0.6*target, 0.042, 30)
	slices.Reverse(later) // the outer ones first: no look finds them close together
	wide := append(normal(0.6*target, 0.042, 10), later...)
	few := judge(wide[:7], 3, true)
	if few.Verdict != Inconclusive || few.Launches != 7 || !strings.Contains(few.Reason, "too few") {
		t.Errorf("%+v", few)
	}
	twelve := normal(0.6*target, 0.042, 12)
	slices.Reverse(twelve)
	early := judge(twelve, 3, true)
	if root := 1.0233 * early.LaunchSD * (2.5758 + 1.2816) / target; early.Verdict != Inconclusive || early.Launches != 12 || math.Abs(float64(early.Needed)-root*root) > 1 {
		t.Errorf("%+v, which needs %v", early, root*root)
	}
	if open := judge(wide[:39], 3, false); open.Verdict != Open {
		t.Errorf("%+v", open)
	}
	// The two parts' sums of squares make 0.042·√(38/39). It would have done with 31.
	last := judge(wide, 3, false)
	if last.Verdict != Inconclusive || last.Launches != 40 || last.Needed != 0 || math.Abs(last.LaunchSD-0.041458) > 1e-5 {
		t.Errorf("%+v", last)
	}
	if none := judge(nil, 3, true); none.Verdict != Inconclusive {
		t.Errorf("%+v", none)
	}
}

// What is called detectable is what the last look fails nine times in ten.
func TestDetectable(t *testing.T) {
	const runs, sd, cells = 600, 0.025, 9
	random := rand.New(rand.NewPCG(7, 8))
	size := math.Log1p(detectable(sd, cpu, LastLook, cells, 0))
	failed := 0
	for range runs {
		x := make([]float64, LastLook)
		for i := range x {
			x[i] = size + sd*random.NormFloat64()
		}
		if decide(x, cells) == Fail {
			failed++
		}
	}
	t.Logf("%.2f %% is failed in %d of %d", 100*math.Expm1(size), failed, runs)
	if share := float64(failed) / runs; share < 0.86 || share > 0.94 {
		t.Errorf("failed in %.3f, want 0.9", share)
	}
}

func series(arm, metric string, x []float64) Series {
	return Series{Arm: arm, Metric: metric, Changes: x}
}
