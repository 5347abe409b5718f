package analysis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"authbench/bench"
	"authbench/internal/result"
)

// plain is a run without histograms: fast enough to make many.
func plain() synthetic {
	m := quick()
	m.samples = 0
	return m
}

// The order of the arms in the scenario and of the slices in the file decides the
// order of the report and nothing else.
func TestPermutationChangesOrderOnly(t *testing.T) {
	m := quick()
	m.launches, m.rounds, m.samples = 6, 1, 5100
	r := m.run(t)
	before := analyze(t, r)
	slices.Reverse(r.Header.Scenario.Arms)
	slices.Reverse(r.Slices)
	after := analyze(t, r)
	slices.Reverse(after.Summary.Arms)
	if diff := cmp.Diff(before.Summary.Arms, after.Summary.Arms); diff != "" {
		t.Errorf("figures changed with the order of arms:\n%s", diff)
	}
	if diff := cmp.Diff(before.Points, after.Points, equateNaN); diff != "" {
		t.Errorf("points are not in the order of time:\n%s", diff)
	}
}

var equateNaN = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-4*max(math.Abs(a), math.Abs(b)) }

// CPU times k as large: so are figures and differences; ratios and letters stay.
func TestScalingCPU(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := plain()
		m.seed = rapid.Uint64().Draw(rt, "seed")
		k := rapid.Int64Range(2, 50).Draw(rt, "k")
		r := m.run(t)
		before := find(t, analyze(t, r), "jwt", "open")
		for i := range r.Slices {
			r.Slices[i].ServerCPU *= k
		}
		after := find(t, analyze(t, r), "jwt", "open")
		b, a := before.VersusBaseline["cpu_us_per_request"], after.VersusBaseline["cpu_us_per_request"]
		f := float64(k)
		if !near(a.Ratio, b.Ratio) || !near(a.Lo, b.Lo) || !near(a.Hi, b.Hi) || !near(a.Difference, f*b.Difference) || !near(a.DifferenceHi, f*b.DifferenceHi) {
			rt.Fatalf("×%d: %+v became %+v", k, b, a)
		}
		if e := "cpu_us_per_request"; !near(after.Metrics[e].Value, f*before.Metrics[e].Value) || after.Ties[e] != before.Ties[e] {
			rt.Fatalf("×%d: %+v became %+v", k, before, after)
		}
	})
}

// Seen from the other arm, the ratio is inverted and the difference negated.
func TestSwappingTheBaseline(t *testing.T) {
	m := quick()
	m.launches, m.rounds, m.samples = 6, 2, 2600
	r := m.run(t)
	there := analyze(t, r)
	r.Header.Scenario.Baseline = "jwt"
	here := analyze(t, r)
	for _, load := range []string{"closed", "open"} {
		forth, back := find(t, there, "jwt", load).VersusBaseline, find(t, here, "none", load).VersusBaseline
		if len(forth) < 4 || len(forth) != len(back) {
			t.Fatalf("%d comparisons forth, %d back", len(forth), len(back))
		}
		for name, f := range forth {
			b := back[name]
			if !near(f.Ratio, 1/b.Ratio) || !near(f.Lo, 1/b.Hi) || !near(f.Hi, 1/b.Lo) || !near(f.Difference, -b.Difference) || !near(f.DifferenceLo, -b.DifferenceHi) {
				t.Errorf("%s: %+v forth, %+v back", name, f, b)
			}
		}
	}
}

// A 5 % cost that comes as one burst in twenty slices is a 5 % cost.
func TestBurstsCount(t *testing.T) {
	m := plain()
	m.rounds, m.launchNoise, m.roundNoise, m.sliceNoise = 20, 0, 0, 0
	m.arms = []truth{{"base", 20, 50}, {"burst", 20, 50}}
	r := m.run(t)
	for i := range r.Slices {
		if s := &r.Slices[i]; s.Arm == "burst" && s.Round == 7 {
			s.ServerTail += s.ServerCPU // twice in one round of twenty
		}
	}
	if c := find(t, analyze(t, r), "burst", "open").VersusBaseline["cpu_us_per_request"]; !near(c.Ratio, 1.05) {
		t.Errorf("ratio %v, planted 1.05", c.Ratio)
	}
}

// The intervals of the tax hold the planted values as often as they say, and of
// equal arms any are told apart in at most one run of twenty. Rounds share weather that is larger than the tax.
func TestCoverage(t *testing.T) {
	const runs, metric = 600, "cpu_us_per_request"
	ratios, differences, apart := 0, 0, 0
	for seed := range uint64(runs) {
		m := synthetic{
			arms:     []truth{{"none", 10, 0}, {"a", 10.5, 0}, {"b", 10.5, 0}, {"c", 10.5, 0}, {"d", 10.5, 0}},
			launches: 10, rounds: 2, loads: bothLoads[1:], launchNoise: 0.02, roundNoise: 0.1, sliceNoise: 0.05, seed: seed,
		}
		a := analyze(t, m.run(t))
		c := find(t, a, "a", "open").VersusBaseline[metric]
		if c.Lo <= 1.05 && 1.05 <= c.Hi {
			ratios++
		}
		if c.DifferenceLo <= 0.5 && 0.5 <= c.DifferenceHi {
			differences++
		}
		if !allTied(a.Summary.Arms[1:], metric) {
			apart++
		}
	}
	t.Logf("of %d: ratio covered %d, difference covered %d, equal arms told apart %d", runs, ratios, differences, apart)
	if ratios < 0.93*runs || differences < 0.93*runs {
		t.Error("the intervals cover the planted values too rarely")
	}
	if apart > 0.05*runs {
		t.Error("equal arms were told apart too often")
	}
}

// allTied reports whether every two of the arms share a letter under their first
// load.
func allTied(arms []Arm, metric string) bool {
	for i := range arms {
		for j := range i {
			if !strings.ContainsAny(arms[i].Loads[0].Ties[metric], arms[j].Loads[0].Ties[metric]) {
				return false
			}
		}
	}
	return true
}

// Whatever a result file holds, analysis neither panics nor produces what JSON
// cannot hold.
func TestForeignRuns(t *testing.T) {
	number := rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64Range(0, 1e12))
	name := rapid.SampledFrom([]string{"none", "apikey", "jwt", "stranger"})
	slice := rapid.Custom(func(t *rapid.T) bench.Slice {
		n := func(what string) int64 { return number.Draw(t, what) }
		return bench.Slice{
			Arm: name.Draw(t, "arm"), Load: rapid.SampledFrom([]string{"open", "closed", "other"}).Draw(t, "load"),
			Launch: int(n("launch") % 5), Round: int(n("round") % 5), Attempt: int(n("attempt") % 5),
			Counts: rapid.Bool().Draw(t, "counts"), Measured: n("measured"), Scheduled: n("scheduled"), Sent: n("sent"),
			Completed: n("completed"), Answered: n("answered"), ServerCPU: n("cpu"), GeneratorCPU: n("generator"), GeneratorSpin: n("spin"),
			WrongVerdicts: n("wrong"), FalseAccepts: n("accepts"), Clipped: n("clipped"), BytesOut: n("out"), BytesIn: n("in"),
			Rate: float64(n("rate")), Connections: int(n("connections")), Errors: map[string]int64{"timeout": n("timeouts")},
		}
	})
	header := plain().run(t)
	rapid.Check(t, func(t *rapid.T) {
		r := &result.Run{Header: header.Header, Slices: rapid.SliceOfN(slice, 0, 40).Draw(t, "slices")}
		for i := range 4 {
			r.Launches = append(r.Launches, bench.Launch{Launch: i, Arms: []bench.ArmLaunch{{Arm: "jwt", PSS: number.Draw(t, "pss"), Counters: &bench.Counters{Requests: number.Draw(t, "n")}}}})
		}
		a, err := Analyze(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(a.Summary); err != nil {
			t.Fatal(err)
		}
	})
}
