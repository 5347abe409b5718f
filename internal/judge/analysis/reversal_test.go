package analysis

import (
	"fmt"
	"testing"

	"authbench/bench"
)

// Of two arms of which one costs less at saturation and more at a rate, both for certain, the run
// says so; not of those that keep their order, or are not told apart under one of the loads.
func TestReversals(t *testing.T) {
	m := quick()
	m.arms = []truth{{"none", 10, 50}, {"asks", 40, 90}, {"store", 50, 90}, {"twin", 50, 90}, {"dear", 90, 90}}
	r := m.run(t)
	for i := range r.Slices { // at the rate, asking costs 30 µs more
		if s := &r.Slices[i]; s.Arm == "asks" && s.Load == "open" {
			s.ServerCPU += 30_000 * s.Answered
		}
	}
	a := analyze(t, r)
	var got []string
	for _, one := range a.Summary.Reversals {
		got = append(got, fmt.Sprintf("%s %s %s %s %.0f %.0f", one.Arm, one.Versus, one.Load, one.Other, one.UnderLoad.Difference/10, one.UnderOther.Difference/10))
	}
	if len(got) != 2 || !(got[0] == "asks store closed open -1 2" && got[1] == "asks twin closed open -1 2" || got[1] == "asks store closed open -1 2" && got[0] == "asks twin closed open -1 2") {
		t.Errorf("%q", got)
	}
	for i := range r.Header.Arms {
		if r.Header.Arms[i].Name == "asks" {
			r.Header.Arms[i].HasCPU = false
		}
	}
	if found := analyze(t, r).Summary.Reversals; len(found) != 0 {
		t.Errorf("of an arm whose CPU time is not known: %+v", found)
	}
	m.loads = bothLoads[:1]
	if found := analyze(t, m.run(t)).Summary.Reversals; len(found) != 0 {
		t.Errorf("of one load: %+v", found)
	}
}

// A request is priced by the load whose rate is the nearest in proportion, for each server.
func TestPriceLoads(t *testing.T) {
	arm := func(name string, throughput, rate float64, replicas int) Arm {
		cpu := map[string]Estimate{"cpu_us_per_request": {Value: 1}}
		return Arm{Name: name, Status: ArmOK, Replicas: replicas, Loads: []Load{
			{Name: "busy", Kind: bench.Closed, Metrics: map[string]Estimate{"cpu_us_per_request": {Value: 1}, "throughput_rps": {Value: throughput}}},
			{Name: "calm", Kind: bench.Open, Rate: rate, Metrics: cpu},
		}}
	}
	s := Summary{Baseline: "none", Arms: []Arm{arm("none", 1e9, 1e9, 0), arm("a", 30_000, 3000, 3), arm("b", 60_000, 3000, 3), arm("c", 60_000, 3000, 3)}}
	loads := s.PriceLoads()
	if got := fmt.Sprint(loads); got != "[{busy closed 20000} {calm open 1000}]" {
		t.Fatal(got)
	}
	for perServer, want := range map[float64]string{1: "calm", 4400: "calm", 4600: "busy", 1e6: "busy"} {
		if got := Nearest(loads, perServer).Name; got != want {
			t.Errorf("%v requests a second: %s, want %s", perServer, got, want)
		}
	}
	if got := Nearest(nil, 1000).Name; got != "" {
		t.Errorf("of no loads: %s", got)
	}
	for want, l := range map[string]Load{"at saturation": {Kind: bench.Closed}, "at 1.00 k/s": {Kind: bench.Open, Rate: 1000}, "under the open load": {Name: "open", Kind: bench.Open}} {
		if got := l.At(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
