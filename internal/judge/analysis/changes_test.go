package analysis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/result"
)

func compare(t testing.TB, old, new *result.Run) *Changes {
	t.Helper()
	var of [2]*Analysis
	for i, r := range []*result.Run{old, new} {
		var err error
		if of[i], err = Analyze(r); err != nil {
			t.Fatal(err)
		}
	}
	c := Compare(of[0], of[1])
	if _, err := json.Marshal(c); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *Changes) find(t testing.TB, p Place) Change {
	t.Helper()
	i := slices.IndexFunc(c.Changes, func(c Change) bool { return c.Place == p })
	if i < 0 {
		t.Fatalf("no change of %v", p)
	}
	return c.Changes[i]
}

// seeded is the quick run with another seed: the same truth, other noise.
func seeded(seed uint64) synthetic {
	m := quick()
	m.seed = seed
	return m
}

func TestCompareFindsWhatIsPlanted(t *testing.T) {
	old, faster := seeded(3), seeded(8)
	faster.arms = slices.Clone(faster.arms)
	faster.arms[2] = truth{"jwt", 30, 70} // 25 % less CPU
	faster.launches = 8
	c := compare(t, old.run(t), faster.run(t))
	for _, p := range []Place{
		{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"},
		{Arm: "jwt", Load: "open", Metric: "cpu_us_per_request"},
		{Arm: "jwt", Load: "open", Metric: "cpu_us_per_request", VersusBaseline: true},
	} {
		got := c.find(t, p)
		if !got.Detected || *got.Lo > 0.75 || *got.Hi < 0.75 || math.Abs(got.Ratio-0.75) > 0.03 {
			t.Errorf("%v: %+v, planted 0.75", p, got)
		}
	}
	if got := c.find(t, Place{Arm: "jwt", Load: "closed", Metric: "throughput_rps"}); !got.Detected || math.Abs(got.Ratio-4.0/3) > 0.05 {
		t.Errorf("throughput %+v, planted 4/3", got)
	}
	if got := c.find(t, Place{Arm: "jwt", Load: "open", Metric: "response_p99_us"}); !got.Detected || got.Ratio > 0.9 {
		t.Errorf("p99 %+v", got)
	}
	if got := c.find(t, Place{Arm: "jwt", Load: "open", Metric: "request_bytes"}); got.Detected || got.Ratio != 1 {
		t.Errorf("bytes that are what they were: %+v", got)
	}
	// Eight launches have too few requests for a p99.9.
	if len(c.Added) != 0 || len(c.Removed) != 3 || c.Removed[0].Metric != "response_p999_us" || c.Old.Launches != 10 || c.New.Launches != 8 {
		t.Errorf("added %v, removed %v, sides %+v %+v", c.Added, c.Removed, c.Old, c.New)
	}
}

// A machine that got slower as a whole shows in the figures and not in the ratios
// to the baseline.
func TestCompareVersusBaselineCancelsTheMachine(t *testing.T) {
	old, slower := seeded(3), seeded(8)
	slower.arms = []truth{{"none", 13, 65}, {"apikey", 15.6, 68}, {"jwt", 52, 117}}
	c := compare(t, old.run(t), slower.run(t))
	absolute := c.find(t, Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"})
	ratio := c.find(t, Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request", VersusBaseline: true})
	if !absolute.Detected || math.Abs(absolute.Ratio-1.3) > 0.03 || ratio.Detected {
		t.Errorf("figure %+v, ratio to the baseline %+v", absolute, ratio)
	}
}

// A pooled quantile has no values by launch, and an interval nevertheless.
func TestComparePooled(t *testing.T) {
	m := quick()
	m.launches, m.loads, m.samples = 6, bothLoads[1:], 4500
	slower := m
	slower.seed, slower.arms = 9, []truth{{"none", 10, 50}, {"apikey", 12, 52}, {"jwt", 40, 135}}
	c := compare(t, m.run(t), slower.run(t))
	p999 := c.find(t, Place{Arm: "jwt", Load: "open", Metric: "response_p999_us"})
	if !p999.Detected || *p999.Lo > 1.5 || *p999.Hi < 1.5 {
		t.Errorf("%+v, planted 1.5", p999)
	}
}

// A sweep is compared level by level, a search by what it found.
func TestCompareSweep(t *testing.T) {
	m := quick()
	m.launches = 6
	m.loads = []bench.Load{{Name: "sweep", Kind: bench.Sweep, Connections: 64, Fractions: []float64{0.5, 0.9}}}
	c := compare(t, m.run(t), m.run(t))
	for _, fraction := range []float64{0.5, 0.9} {
		got := c.find(t, Place{Arm: "jwt", Load: "sweep", Fraction: fraction, Metric: "throughput_rps"})
		if got.Ratio != 1 || got.Detected || got.Lo == nil {
			t.Errorf("level %g against itself: %+v", fraction, got)
		}
	}
}

func TestCompareWhatOnlyOneHas(t *testing.T) {
	m := quick()
	m.launches, m.samples = 6, 0
	old, now := m.run(t), m.run(t)
	now.Header.Scenario.Arms[1].Name = "bearer" // which no slice is of
	now.Header.Arms[2].HasCPU = false
	now.Header.Scenario.Loads = now.Header.Scenario.Loads[:1]
	c := compare(t, old, now)
	want := []Place{
		{Arm: "none", Load: "open"}, {Arm: "apikey"},
		{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"},
		{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request", VersusBaseline: true}, {Arm: "jwt", Load: "open"},
	}
	if !slices.Equal(c.Removed, want) || len(c.Added) != 0 {
		t.Errorf("removed %v, added %v; want %v", c.Removed, c.Added, want)
	}
	back := compare(t, now, old)
	if !slices.Equal(back.Added, want) || len(back.Removed) != 0 {
		t.Errorf("the other way round: added %v, removed %v", back.Added, back.Removed)
	}
}

// Too few launches, figures that are 0, another baseline: no change is claimed.
func TestCompareClaimsNothing(t *testing.T) {
	m := quick()
	m.launches, m.samples = 3, 0
	c := compare(t, m.run(t), m.run(t))
	if got := c.find(t, Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request"}); got.Lo != nil || got.Detected || got.Ratio != 1 {
		t.Errorf("three launches: %+v", got)
	}
	m.launches = 6
	old, now := m.run(t), m.run(t)
	for i := range old.Launches {
		old.Launches[i].Arms[1].Counters.Allocs = 0
		old.Launches[i].Arms[2].Counters.Allocs, now.Launches[i].Arms[2].Counters.Allocs = 0, 0
	}
	now.Header.Scenario.Baseline = "apikey"
	c = compare(t, old, now)
	allocs := func(arm string) Change { return c.find(t, Place{Arm: arm, Metric: "allocations_per_request"}) }
	if from, none := allocs("apikey"), allocs("jwt"); from.Ratio != 0 || from.Detected || none.Ratio != 1 || none.Detected {
		t.Errorf("from 0: %+v; 0 in both: %+v", from, none)
	}
	if slices.ContainsFunc(c.Changes, func(c Change) bool { return c.VersusBaseline }) {
		t.Error("ratios to different baselines are compared")
	}
}

// Of two runs with the same truth, one figure in twenty changes by chance.
func TestCompareChanceOfAChange(t *testing.T) {
	const runs = 300
	changed := 0
	for seed := range uint64(runs) {
		m := plain()
		m.loads, m.arms, m.launchNoise = bothLoads[:1], m.arms[:1], 0.02
		m.seed = 2 * seed
		old := m.run(t)
		m.seed++
		if compare(t, old, m.run(t)).find(t, Place{Arm: "none", Load: "closed", Metric: "cpu_us_per_request"}).Detected {
			changed++
		}
	}
	t.Logf("%d of %d", changed, runs)
	if changed > 25 || changed < 4 { // 4.3 %, ± 3 standard errors and a little
		t.Errorf("%d of %d equal pairs changed, want about one in twenty", changed, runs)
	}
}

func TestCompareProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := plain()
		m.loads, m.arms, m.rounds = bothLoads[:1], m.arms[:2], 1
		m.launches = rapid.IntRange(4, 12).Draw(rt, "launches")
		m.seed = rapid.Uint64().Draw(rt, "seed")
		old := m.run(t)
		m.seed++
		m.launches = rapid.IntRange(4, 12).Draw(rt, "launches of the other")
		now := m.run(t)
		forth, back := compare(t, old, now), compare(t, now, old)
		for _, f := range forth.Changes {
			b := back.find(t, f.Place)
			if f.Ratio == 0 || f.Lo == nil {
				continue
			}
			if !near(f.Ratio, 1/b.Ratio) || !near(*f.Lo, 1 / *b.Hi) || f.Detected != b.Detected || f.Ratio < *f.Lo-1e-9 || f.Ratio > *f.Hi+1e-9 {
				rt.Fatalf("%v: %+v forth, %+v back", f.Place, f, b)
			}
		}
		for _, same := range compare(t, old, old).Changes {
			if same.Detected || !near(same.Ratio, 1) {
				rt.Fatalf("a result differs from itself: %+v", same)
			}
		}
	})
}

func TestDifferences(t *testing.T) {
	m := quick()
	m.launches, m.samples = 6, 0
	old, now := m.run(t), m.run(t)
	if c := compare(t, old, now); len(c.Differences) != 0 {
		t.Errorf("equal runs differ in %v", c.Differences)
	}
	h := &now.Header
	h.Host.CPUModel, h.Host.CPUs, h.Host.CPUQuota, h.Host.GeneratorCPUs = "Other CPU", 4, 1.5, []int{2, 3}
	h.Build.Revision, h.Build.Modified, h.Engine = "abc", true, "portable"
	h.Scenario.Rounds = 9
	h.Scenario.Loads = slices.Clone(h.Scenario.Loads)
	h.Scenario.Loads[0].Connections = 16
	h.Scenario.Arms[1].Method.Params = bench.Params{"header": "x-api-key"}
	zero := 0.0
	h.Scenario.Arms[1].Population = &bench.Population{Credentials: 9, Zipf: &zero, BadShare: &zero}
	for i := range now.Slices {
		if s := &now.Slices[i]; s.Load == "open" {
			s.Rate *= 1.06
		}
	}
	unsafe(now)
	want := []string{
		"host: CPU model: none → Other CPU", "host: number of CPUs: 0 → 4", "host: CPU quota: none → 1.5 CPUs", "host: CPUs of generator: [1] → [2 3]",
		"program: revision: none → abc, modified", "program: generator engine: none → portable",
		"scenario: rounds: 2 → 9", "scenario: load closed: closed, 32 connections → closed, 16 connections",
		"scenario: arm apikey: m  → m header=x-api-key; 9 credentials, zipf 0, 0 bad",
		"scenario: arm none under open load, rate: 10000 requests/s → 10600 requests/s",
		"scenario: arm apikey under open load, rate: 10000 requests/s → 10600 requests/s",
		"outcome: arm jwt: ok → unsafe: it fails the attack catalogue: T-01 (a token of nobody)",
		"outcome: arm jwt, attack catalogue: not run → 90 of 92 cases passed",
		"scenario: arm jwt under open load, rate: 10000 requests/s → 10600 requests/s",
	}
	c := compare(t, old, now)
	var got []string
	for _, d := range c.Differences {
		got = append(got, string(d.About)+": "+d.Name+": "+d.Old+" → "+d.New)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Contains(c.Removed, Place{Arm: "jwt"}) {
		t.Errorf("an arm that became unsafe is compared: removed %v", c.Removed)
	}
}
