package validity

import (
	"testing"
	"time"

	"authbench/bench"
)

// What a search does to a server on purpose voids nothing; the same slices under
// an open load do.
func TestProbesMayOverload(t *testing.T) {
	slice := bench.Slice{
		Arm: "a", Load: "capacity", Launch: 1, Attempt: 1, Counts: true, Connections: 64, Measured: 1e8,
		Scheduled: 1000, Sent: 500, Completed: 400, Errors: map[string]int64{"timeout": 50}, GeneratorCPU: 1e8, Clipped: 3,
	}
	header := bench.Header{Scenario: bench.Scenario{Baseline: "a", Arms: []bench.Arm{{Name: "a"}}}}
	launch := bench.Launch{Launch: 1}
	found := func(s bench.Slice) int {
		taken := []bench.Slice{s}
		return len(Slice(s)) + len(Launch(launch, taken)) + len(Run(header, []bench.Launch{launch}, taken))
	}
	if n := found(slice); n == 0 {
		t.Error("an open load is not judged: the test shows nothing")
	}
	slice.Probe = &bench.Probe{Requests: 1000, Missed: 600}
	if n := found(slice); n != 0 {
		t.Errorf("%d findings in a search", n)
	}
	slice.FalseAccepts = 1
	if n := found(slice); n != 1 {
		t.Errorf("%d findings, want the false accept alone", n)
	}
}

func TestGeneratorBound(t *testing.T) {
	const limit = 2_000_000
	for _, c := range []struct {
		name      string
		busy, lag int64
		bound     bool
	}{
		{"idle and on time", 50, 1000, false},
		{"as busy as it may be", 85, 1000, false},
		{"no time left", 86, 1000, true},
		{"half of the limit late", 50, limit / 2, false},
		{"later than that", 50, limit/2 + 1, true},
	} {
		s := bench.Slice{Measured: int64(time.Second), GeneratorCPU: int64(2 * time.Second), GeneratorSpin: int64(2*time.Second) - c.busy*2e7}
		if got := GeneratorBound(s, c.lag, limit, 2); got != c.bound {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A probe that the generator spoilt is taken again; one that found the server's
// limit, or the generator's, is what the search looks for.
func TestSpoiltProbe(t *testing.T) {
	for _, c := range []struct {
		name         string
		late, missed int64
		busy         float64
		spoilt       bool
	}{
		{"on time", 0, 100, 0.3, false},
		{"late as is borne", 20, 0, 0.3, false},
		{"late, and its misses are its own", 100, 150, 0.3, true},
		{"late, and the server slow", 100, 1000, 0.3, false},
		{"late because it was busy", 100, 150, 0.95, false},
	} {
		s := bench.Slice{
			Measured: int64(time.Second), Sent: 10_000, LateSends: c.late, GeneratorCPU: int64(c.busy * float64(time.Second)),
			Probe: &bench.Probe{Requests: 10_000, Missed: c.missed},
		}
		if got := len(Slice(s)) > 0; got != c.spoilt {
			t.Errorf("%s: spoilt %v", c.name, got)
		}
	}
}
