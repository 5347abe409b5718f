package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
)

// runsOf are n runs with one truth, hours apart; the machine is faster or slower by
// the factors in them.
func runsOf(t *testing.T, factors ...float64) []NamedRun {
	t.Helper()
	var out []NamedRun
	for i, factor := range factors {
		m := quick()
		m.seed = uint64(i + 1)
		m.arms = nil
		for _, a := range quick().arms {
			m.arms = append(m.arms, truth{a.name, a.cpuMicros * factor, a.medianMicros * factor})
		}
		r := m.run(t)
		r.Header.Seed = m.seed
		r.Header.Started = r.Header.Started.Add(time.Duration(i) * time.Hour)
		out = append(out, NamedRun{fmt.Sprintf("results/%d", i+1), r})
	}
	return out
}

func pool(t *testing.T, runs []NamedRun, all bool) *Pooled {
	t.Helper()
	p, err := Pool(runs, all)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *Pooled) find(t *testing.T, place Place) PooledFigure {
	t.Helper()
	for _, f := range p.Figures {
		if f.Place == place {
			return f
		}
	}
	t.Fatalf("no figure %v", place)
	return PooledFigure{}
}

func (p *Pooled) warns(code string) bool {
	for _, w := range p.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// What differs between runs shows in costs and differences, and cancels in ratios.
func TestPoolFindsWhatIsPlanted(t *testing.T) {
	p := pool(t, runsOf(t, 0.9, 1.1, 1, 0.85, 1.15, 1), false)
	if len(p.Warnings) > 0 || len(p.Runs) != 6 {
		t.Errorf("%d runs, warnings %v", len(p.Runs), p.Warnings)
	}
	cpu := Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"}
	ratio := cpu
	ratio.VersusBaseline = true
	difference := ratio
	difference.Difference = true
	for _, c := range []struct {
		name             string
		got              PooledFigure
		truth            float64
		between, atMost  float64 // planted
		fewest, greatest float64 // what the interval for another run must reach
	}{
		{"cost", p.find(t, cpu), 40, 0.08, 0.16, 34, 46},
		{"difference", p.find(t, difference), 30, 2.5, 5, 25, 35},
		{"ratio", p.find(t, ratio), 4, 0, 0.02, 4, 4},
	} {
		f := c.got
		if len(f.Runs) != 6 || f.Lo == nil || *f.Lo > c.truth || *f.Hi < c.truth || *f.NextLo > c.fewest || *f.NextHi < c.greatest {
			t.Errorf("%s: %s, planted %v", c.name, say(f), c.truth)
		}
		if *f.Between < c.between || *f.Between > c.atMost || *f.Within <= 0 {
			t.Errorf("%s: between runs %v, within a run %v", c.name, *f.Between, *f.Within)
		}
		if *f.NextLo >= *f.Lo || *f.NextHi <= *f.Hi {
			t.Errorf("%s: the interval for another run lies within that of the mean: %s", c.name, say(f))
		}
	}
	if f := p.find(t, Place{Arm: "jwt", Load: "closed", Metric: "request_bytes"}); f.Value != 100 || f.Lo != nil || f.NextLo != nil {
		t.Errorf("runs that say the same have an interval: %s", say(f))
	}
}

func say(f PooledFigure) string {
	text, err := json.Marshal(f)
	return fmt.Sprint(string(text), err)
}

func TestPoolSaysWhatFewRunsCannot(t *testing.T) {
	for n, width := range map[int]string{2: "7.9", 3: "2.5", 5: "1.6"} {
		factors := []float64{0.9, 1.1, 1, 0.85, 1.15}[:n]
		p := pool(t, runsOf(t, factors...), false)
		if !p.warns(codeFewRuns) || !strings.Contains(p.Warnings[0].Text, width+" times as wide") {
			t.Errorf("%d runs: %v", n, p.Warnings)
		}
	}
	runs := runsOf(t, 1, 1.1)
	for i := range runs[0].Run.Launches {
		runs[0].Run.Launches[i].Arms[0].PSS = 0
	}
	p := pool(t, runs, false)
	if f := p.find(t, Place{Arm: "none", Metric: "memory_bytes"}); len(f.Runs) != 1 || f.Runs[0].Run != 1 || f.Lo != nil || f.NextLo != nil || !p.warns(codeNotInEveryRun) {
		t.Errorf("a figure of one run: %s, warnings %v", say(f), p.Warnings)
	}
}

func TestPoolRefuses(t *testing.T) {
	header := func(change func(*bench.Header)) func(*result.Run) {
		return func(r *result.Run) { change(&r.Header) }
	}
	for want, change := range map[string]func(*result.Run){
		"same run":                header(func(h *bench.Header) { h.Seed, h.Started = 1, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }),
		"CPU model: none → Other": header(func(h *bench.Header) { h.Host.CPUModel = "Other" }),
		"CPUs of servers":         header(func(h *bench.Header) { h.Host.ServerCPUs = []int{7} }),
		"scenario: synthetic → x": header(func(h *bench.Header) { h.Scenario.Name = "x" }),
		"launches: 10 → 11":       header(func(h *bench.Header) { h.Scenario.Launches++ }),
		"slice":                   header(func(h *bench.Header) { h.Scenario.Slice++ }),
		"arms: apikey, jwt, none → apikey, none": header(func(h *bench.Header) { h.Scenario.Arms = h.Scenario.Arms[:2] }),
		"loads: closed, open → closed":           header(func(h *bench.Header) { h.Scenario.Loads = h.Scenario.Loads[:1] }),
		"path":                                   header(func(h *bench.Header) { h.Scenario.Arms[0].Request.Path = "/path" }),
	} {
		runs := runsOf(t, 1, 1)
		change(runs[1].Run)
		_, err := Pool(runs, true)
		var refused *Unpoolable
		if !errors.As(err, &refused) || refused.Invalid || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "results/2") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Pool(runsOf(t, 1), true); err == nil {
		t.Error("one run is a pool")
	}
}

func TestPoolLeavesInvalidRunsOut(t *testing.T) {
	runs := runsOf(t, 1, 1.1, 1.2)
	runs[0].Run.Launches[3].Noise.Throttled = 1
	p := pool(t, runs, false)
	f := p.find(t, Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"})
	if !p.Runs[0].LeftOut || p.Runs[1].LeftOut || !p.warns(codeLeftOut) || len(f.Runs) != 2 || f.Runs[0].Run != 1 {
		t.Errorf("runs %+v, warnings %v, figure %s", p.Runs, p.Warnings, say(f))
	}
	p = pool(t, runs, true)
	if p.Runs[0].LeftOut || !p.warns(codePooledInvalid) || p.warns(codeLeftOut) {
		t.Errorf("with all: runs %+v, warnings %v", p.Runs, p.Warnings)
	}
	_, err := Pool(runs[:2], false)
	var refused *Unpoolable
	if !errors.As(err, &refused) || !refused.Invalid {
		t.Errorf("one valid run is a pool: %v", err)
	}
}

func TestPoolNamesWhatIsNotWhole(t *testing.T) {
	runs := runsOf(t, 1, 1.1, 0.9, 1, 1, 1)
	runs[1].Run.Footer = nil
	runs[2].Run.Header.Build.Revision = "abc"
	runs[3].Run.Header.Arms[2].Skipped = "no such server"
	p := pool(t, runs, false)
	for code, path := range map[string]string{codeUnfinished: "results/2", codeOtherProgram: "results/3", codeArmLeftOut: "results/4"} {
		named := false
		for _, w := range p.Warnings {
			named = named || w.Code == code && strings.Contains(w.Text, path)
		}
		if !named {
			t.Errorf("no warning %s of %s: %v", code, path, p.Warnings)
		}
	}
}

// coverage returns in which share of simulated sets of n runs the two intervals hold
// what they are for. A run of ten launches is analysed as real ones are. effect draws
// what a run differs by, as a logarithm.
func coverage(n int, effect func(*rand.Rand) float64) (mean, next float64) {
	const sets, truth, launchNoise = 3000, 40.0, 0.05
	random := rand.New(rand.NewPCG(uint64(n), 1))
	oneRun := func() RunFigure {
		level := math.Log(truth) + effect(random)
		var launches []float64
		for range 10 {
			launches = append(launches, math.Exp(level+launchNoise*random.NormFloat64()))
		}
		d := Figure{Estimate: absolute(launches), Launches: launches}
		return RunFigure{Estimate: d.Estimate, level: d.level()}
	}
	for range sets {
		f := PooledFigure{}
		for range n {
			f.Runs = append(f.Runs, oneRun())
		}
		f.summarize()
		if *f.Lo <= truth && truth <= *f.Hi {
			mean++
		}
		if another := oneRun().Value; *f.NextLo <= another && another <= *f.NextHi {
			next++
		}
	}
	return mean / sets, next / sets
}

// The intervals hold what they promise, with noise within runs and between them.
func TestPoolCoverage(t *testing.T) {
	const between = 0.1
	normal := func(random *rand.Rand) float64 { return between * random.NormFloat64() }
	heavy := func(random *rand.Rand) float64 { // Student's t with 3 degrees of freedom
		square := 0.0
		for range 3 {
			v := random.NormFloat64()
			square += v * v
		}
		return between * random.NormFloat64() / math.Sqrt(square/3)
	}
	for _, n := range []int{6, 10} {
		mean, next := coverage(n, normal)
		if mean < 0.93 || mean > 0.97 || next < 0.93 || next > 0.97 {
			t.Errorf("%d runs: the mean is held in %v, another run in %v", n, mean, next)
		}
		heavyMean, heavyNext := coverage(n, heavy)
		if heavyMean < 0.9 || heavyNext < 0.9 {
			t.Errorf("%d runs with heavy tails: the mean is held in %v, another run in %v", n, heavyMean, heavyNext)
		}
		t.Logf("%d runs: mean %.3f, another run %.3f; heavy tails: %.3f, %.3f", n, mean, next, heavyMean, heavyNext)
	}
}

// The variances are split as they were planted, on average over many sets.
func TestPoolSplitsVariances(t *testing.T) {
	const sets, launchNoise = 500, 0.1
	within := launchNoise * 0.3724 // of the median of ten normal numbers
	for _, planted := range []float64{0, 0.1} {
		random := rand.New(rand.NewPCG(7, 7))
		var sum, errorSum float64
		for range sets {
			f := PooledFigure{}
			for range 6 {
				level := planted * random.NormFloat64()
				var launches []float64
				for range 10 {
					launches = append(launches, math.Exp(level+launchNoise*random.NormFloat64()))
				}
				d := Figure{Estimate: absolute(launches), Launches: launches}
				f.Runs = append(f.Runs, RunFigure{Estimate: d.Estimate, level: d.level()})
			}
			f.summarize()
			sum += *f.Between * *f.Between
			errorSum += *f.Within * *f.Within
		}
		between, own := math.Sqrt(sum/sets), math.Sqrt(errorSum/sets)
		// Cut off at zero, a variance of none is not none on average: about half of the
		// error's scatter stays.
		if math.Abs(own/within-1) > 0.1 || planted > 0 && math.Abs(between/planted-1) > 0.05 || planted == 0 && between > within {
			t.Errorf("planted %v and %v: found %v and %v", planted, within, between, own)
		}
	}
}
