package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/stat"
)

var gated = []string{"cpu_us_per_request", "response_p50_us", "response_p99_us", tailShare}

// pairedRun is a run of one arm in two variants, head's slower by the factor.
func pairedRun(t testing.TB, factor float64) *result.Run {
	return pairedRunOf(t, factor, 1150) // with five rounds enough for a p99
}

// pairedRunOf has so many samples a slice, of which a launch has five.
func pairedRunOf(t testing.TB, factor float64, samples int) *result.Run {
	m := quick()
	m.rounds, m.loads = 5, bothLoads[1:]
	m.samples = samples
	m.arms = []truth{{"jwt.base", 40, 90}, {"jwt.head", 40 * factor, 90 * factor}}
	r := m.run(t)
	r.Header.Scenario.Pairs = []bench.Pair{{Arm: "jwt", Base: "jwt.base", Head: "jwt.head"}}
	return r
}

func ratiosOf(t *testing.T, r *result.Run) []Paired {
	t.Helper()
	out, err := PairedChanges(r, gated)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPairedChanges(t *testing.T) {
	r := pairedRun(t, 1.2)
	for i, p := range ratiosOf(t, r) {
		centre := stat.HodgesLehmann(p.Changes)
		if p.Metric == tailShare {
			// A p99 that is a fifth longer leaves more than 1 % of head's requests beyond
			// base's, and fewer of base's beyond head's.
			for k := range p.Changes {
				if b, h := p.Base[k], p.Head[k]; h <= 0.01 || b >= 0.01 || p.Changes[k] != h-b || len(p.Changes) != 10 {
					t.Errorf("launch %d: a share of %v beyond head's p99, %v beyond base's, change %v", k, b, h, p.Changes[k])
				}
			}
			continue
		}
		if p.Arm != "jwt" || p.Load != "open" || p.Metric != gated[i] || p.Withheld != "" || len(p.Changes) != 10 || math.Abs(centre-math.Log(1.2)) > 0.03 {
			t.Errorf("%+v, centred on %v; planted %v", p, centre, math.Log(1.2))
		}
	}
	// The other way round the sign is the other one.
	r.Header.Scenario.Pairs[0] = bench.Pair{Arm: "jwt", Base: "jwt.head", Head: "jwt.base"}
	forth := ratiosOf(t, pairedRun(t, 1.2))
	for i, p := range ratiosOf(t, r) {
		for k, v := range p.Changes {
			if math.Abs(v+forth[i].Changes[k]) > 1e-9 {
				t.Errorf("%s: %v forth, %v back", p.Metric, forth[i].Changes, p.Changes)
				break
			}
		}
	}
}

// Arms without pairs have no ratios, and launches that only one variant has do not
// count.
func TestPairedChangesOfSome(t *testing.T) {
	if got := ratiosOf(t, quick().run(t)); len(got) != 0 {
		t.Errorf("%d ratios without pairs", len(got))
	}
	r := pairedRun(t, 1)
	r.Slices = slices.DeleteFunc(r.Slices, func(s bench.Slice) bool { return s.Arm == "jwt.head" && s.Launch > 7 })
	for _, p := range ratiosOf(t, r) {
		if len(p.Changes) != 7 {
			t.Errorf("%s has %d ratios, want 7", p.Metric, len(p.Changes))
		}
	}
}

// What one variant cannot give honestly is withheld, with the reason.
func TestPairedChangesWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*result.Run)
		withheld []string
		why      string
		spoilt   bool
	}{
		"a late generator": {func(r *result.Run) {
			for i := range r.Slices {
				if s := &r.Slices[i]; s.Arm == "jwt.head" {
					s.LateSends = s.Sent / 10
				}
			}
		}, gated[1:], "late", true},
		"no CPU clock": {func(r *result.Run) { r.Header.Arms[0].HasCPU = false }, gated[:1], "both", false},
	} {
		r := pairedRun(t, 1)
		c.change(r)
		var withheld []string
		for _, p := range ratiosOf(t, r) {
			if p.Withheld != "" {
				withheld = append(withheld, p.Metric)
				if !strings.Contains(p.Withheld, c.why) || len(p.Changes) != 0 || p.Spoilt != c.spoilt {
					t.Errorf("%s: %+v, want the reason %q", name, p, c.why)
				}
			}
		}
		if !slices.Equal(withheld, c.withheld) {
			t.Errorf("%s: withheld %v, want %v", name, withheld, c.withheld)
		}
	}
}

// Where a launch has too few requests for a p99, the p95 stands for it, and the tail is
// not compared; where it has too few for that, both say so.
func TestPairedTailOfFewRequests(t *testing.T) {
	var got []string
	for _, p := range ratiosOf(t, pairedRunOf(t, 1.2, 300)) {
		got = append(got, p.Metric)
		if p.Withheld != "" || len(p.Changes) != 10 || math.Abs(stat.HodgesLehmann(p.Changes)-math.Log(1.2)) > 0.05 {
			t.Errorf("%+v", p)
		}
	}
	if want := []string{"cpu_us_per_request", "response_p50_us", "response_p95_us"}; !slices.Equal(got, want) {
		t.Errorf("1500 requests a launch: %v, want %v", got, want)
	}
	for i, p := range ratiosOf(t, pairedRunOf(t, 1.2, 150)) {
		if p.Metric != gated[i] || (p.Withheld != "") != (i >= 2) || i >= 2 && !strings.Contains(p.Withheld, "p99 needs") {
			t.Errorf("750 requests a launch: %+v", p)
		}
	}
}

// All that the servers did in a launch is compared beside what their slices show, where
// both clocks can be read.
func TestPairedWhole(t *testing.T) {
	for want, used := range map[float64][2]int64{math.Log(1.5): {40e6, 60e6}, 0: {40e6, 40e6}, -1: {0, 60e6}} {
		r := pairedRun(t, 1)
		for i := range r.Launches {
			for k := range r.Launches[i].Arms {
				r.Launches[i].Arms[k].CPU = used[k]
			}
		}
		for _, p := range ratiosOf(t, r) {
			known := p.Metric == "cpu_us_per_request" && used[0] > 0
			if known && (len(p.Whole) != 10 || math.Abs(p.Whole[3]-want) > 1e-9) || !known && len(p.Whole) > 0 {
				t.Errorf("%v used: %s: %v, want %v", used, p.Metric, p.Whole, want)
			}
		}
	}
}

// A cost that comes as a burst in one round of a launch counts in full where garbage
// is collected seldom; where it is collected all the time, the other rounds outvote
// it.
func TestPairedCPU(t *testing.T) {
	// Of five rounds one costs 100 ms of CPU time, the others 40 ms.
	for cycles, want := range map[int64]float64{1: math.Log(1.3), 100: 0} {
		r := pairedRun(t, 1)
		for i := range r.Slices {
			s := &r.Slices[i]
			if s.ServerCPU = 4e7; s.Arm == "jwt.head" && s.Round == 1 {
				s.ServerCPU = 10e7
			}
		}
		for i := range r.Launches {
			for k := range r.Launches[i].Arms {
				r.Launches[i].Arms[k].Counters.GCCycles = cycles
			}
		}
		got := ratiosOf(t, r)[0].Changes
		if len(got) != 10 || math.Abs(got[0]-want) > 1e-9 {
			t.Errorf("%d cycles: %v, want %v", cycles, got, want)
		}
	}
}
