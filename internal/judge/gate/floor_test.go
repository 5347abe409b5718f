package gate

import (
	"testing"

	"authbench/internal/result"
)

// The more launches, the smaller what is seen, and the longer it takes.
func TestFloors(t *testing.T) {
	floors := Floors([]Cell{
		{Metric: "cpu_us_per_request", Target: 0.03, LaunchSD: 0.02}, {Metric: "response_p99_us", Target: 0.1, Reason: "too few samples"},
	}, 3)
	if len(floors) != 2 || len(floors[0].Sees) < 3 || len(floors[1].Sees) != 0 || floors[1].Reason == "" {
		t.Fatalf("%+v", floors)
	}
	for i, s := range floors[0].Sees {
		if s.Minutes != 3*float64(s.Launches)/60 || s.Smallest <= 0 {
			t.Errorf("%+v", s)
		}
		if i > 0 && (s.Smallest > floors[0].Sees[i-1].Smallest || s.Minutes <= floors[0].Sees[i-1].Minutes) {
			t.Errorf("%+v after %+v", s, floors[0].Sees[i-1])
		}
	}
	if last := floors[0].Sees[len(floors[0].Sees)-1]; last.Launches != LastLook {
		t.Errorf("the last look is missing: %+v", last)
	}
}

// A noisy latency is advice; a machine on which the CPU time cannot be gated is unfit.
func TestNoise(t *testing.T) {
	quiet, loud := result.NoiseFloor{Metric: MetricCPU, Target: 0.03, LaunchSD: 0.02}, result.NoiseFloor{Metric: MetricP99, Target: 0.1, LaunchSD: 0.6}
	some := Noise([]result.NoiseFloor{quiet, loud, {Metric: MetricP50, Reason: "too few samples"}})
	if some[0].Level != result.Fit || some[1].Level != result.Improvable || some[2].Level != result.Improvable {
		t.Errorf("%+v", some)
	}
	for _, f := range []result.NoiseFloor{{Metric: MetricCPU, Target: 0.03, LaunchSD: 0.2}, {Metric: MetricCPU, Reason: "no CPU clock"}} {
		d := result.Checkup{Findings: Noise([]result.NoiseFloor{f, loud})}
		if d.Conclude(); d.Fit {
			t.Errorf("%+v", d)
		}
	}
	d := result.Checkup{Findings: some}
	if d.Conclude(); !d.Fit || d.Version != result.CheckupVersion {
		t.Errorf("%+v", d)
	}
}
