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

var gated = []string{"cpu_us_per_request", "response_p50_us", "response_p99_us"}

// pairedRun is a run of one arm in two variants, head's slower by the factor.
func pairedRun(t testing.TB, factor float64) *result.Run {
	m := quick()
	m.rounds, m.loads = 5, bothLoads[1:]
	m.samples = 1150 // with five rounds enough for a p99
	m.arms = []truth{{"jwt.base", 40, 90}, {"jwt.head", 40 * factor, 90 * factor}}
	r := m.run(t)
	r.Header.Scenario.Pairs = []bench.Pair{{Arm: "jwt", Base: "jwt.base", Head: "jwt.head"}}
	return r
}

func ratiosOf(t *testing.T, r *result.Run) []Paired {
	t.Helper()
	out, err := PairedRatios(r, gated)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPairedRatios(t *testing.T) {
	r := pairedRun(t, 1.2)
	for i, p := range ratiosOf(t, r) {
		centre := stat.HodgesLehmann(p.LogRatios)
		if p.Arm != "jwt" || p.Load != "open" || p.Metric != gated[i] || p.Withheld != "" || len(p.LogRatios) != 10 || math.Abs(centre-math.Log(1.2)) > 0.03 {
			t.Errorf("%+v, centred on %v; planted %v", p, centre, math.Log(1.2))
		}
	}
	// The other way round the sign is the other one.
	r.Header.Scenario.Pairs[0] = bench.Pair{Arm: "jwt", Base: "jwt.head", Head: "jwt.base"}
	forth := ratiosOf(t, pairedRun(t, 1.2))
	for i, p := range ratiosOf(t, r) {
		for k, v := range p.LogRatios {
			if math.Abs(v+forth[i].LogRatios[k]) > 1e-9 {
				t.Errorf("%s: %v forth, %v back", p.Metric, forth[i].LogRatios, p.LogRatios)
				break
			}
		}
	}
}

// Arms without pairs have no ratios, and launches that only one variant has do not
// count.
func TestPairedRatiosOfSome(t *testing.T) {
	if got := ratiosOf(t, quick().run(t)); len(got) != 0 {
		t.Errorf("%d ratios without pairs", len(got))
	}
	r := pairedRun(t, 1)
	r.Slices = slices.DeleteFunc(r.Slices, func(s bench.Slice) bool { return s.Arm == "jwt.head" && s.Launch > 7 })
	for _, p := range ratiosOf(t, r) {
		if len(p.LogRatios) != 7 {
			t.Errorf("%s has %d ratios, want 7", p.Metric, len(p.LogRatios))
		}
	}
}

// What one variant cannot give honestly is withheld, with the reason.
func TestPairedRatiosWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*result.Run)
		withheld []string
		why      string
	}{
		"a late generator": {func(r *result.Run) {
			for i := range r.Slices {
				if s := &r.Slices[i]; s.Arm == "jwt.head" {
					s.LateSends = s.Sent / 10
				}
			}
		}, gated[1:], "late"},
		"too few samples": {func(r *result.Run) {
			for i := range r.Slices {
				if s := &r.Slices[i]; s.Arm == "jwt.base" && s.Launch == 4 && s.Round > 0 {
					s.Counts = false
				}
			}
		}, gated[2:], "p99 needs"},
		"no CPU clock": {func(r *result.Run) { r.Header.Arms[0].HasCPU = false }, gated[:1], "both"},
	} {
		r := pairedRun(t, 1)
		c.change(r)
		var withheld []string
		for _, p := range ratiosOf(t, r) {
			if p.Withheld != "" {
				withheld = append(withheld, p.Metric)
				if !strings.Contains(p.Withheld, c.why) || len(p.LogRatios) != 0 {
					t.Errorf("%s: %+v, want the reason %q", name, p, c.why)
				}
			}
		}
		if !slices.Equal(withheld, c.withheld) {
			t.Errorf("%s: withheld %v, want %v", name, withheld, c.withheld)
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
		got := ratiosOf(t, r)[0].LogRatios
		if len(got) != 10 || math.Abs(got[0]-want) > 1e-9 {
			t.Errorf("%d cycles: %v, want %v", cycles, got, want)
		}
	}
}
