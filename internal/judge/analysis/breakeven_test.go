package analysis

import (
	"math"
	"testing"

	"authbench/bench"
)

// moved is a run in which a store stands at three distances, as far as its medians
// say, beside three arms that ask none.
func moved(t *testing.T) *Analysis {
	m := quick()
	m.arms = []truth{
		{"none", 10, 20}, {"far", 31, 1050}, {"near", 30, 50}, {"middle", 30, 300},
		{"sooner", 12, 30}, {"between", 40, 90}, {"slow", 200, 400}, {"slower", 500, 2000},
	}
	r := m.run(t)
	for i := range r.Header.Scenario.Arms {
		a := &r.Header.Scenario.Arms[i]
		switch a.Name {
		case "near":
			a.Method = bench.Method{ID: "apikey", Params: bench.Params{"store": "redis", "header": "authorization"}}
		case "middle":
			a.Method = bench.Method{ID: "apikey", Params: bench.Params{"store": "redis", "header": "authorization", "latency": "250us"}}
		case "far":
			a.Method = bench.Method{ID: "apikey", Params: bench.Params{"store": "redis", "header": "authorization", "latency": "1ms"}}
		case "none":
		default:
			a.Method = bench.Method{ID: "jwt"}
		}
	}
	for i := range r.Calibrations { // all are comparable, however slow
		r.Calibrations[i].Capacity = 10_000
	}
	return analyze(t, r)
}

// The round trip at which medians are equal is what was planted.
func TestBreakEven(t *testing.T) {
	found := map[string]BreakEven{}
	for _, b := range moved(t).Summary.BreakEvens {
		found[b.Arm] = b
		if len(b.Series) != 3 || b.Series[0] != "near" || b.Series[2] != "far" || b.Load != "open" || b.Farthest != 1000 {
			t.Errorf("%s stands against %v under %s, up to %v µs", b.Arm, b.Series, b.Load, b.Farthest)
		}
	}
	for arm, want := range map[string]struct{ trip, cpu float64 }{
		"sooner":  {-20, 12 - 30},
		"between": {40, 40 - 30},
		"slow":    {250 + 100, 200 - 30},
		"slower":  {1000 + 950, 500 - 30},
	} {
		b, ok := found[arm]
		if !ok || b.CPU == nil {
			t.Errorf("%s: %+v", arm, b)
			continue
		}
		// Medians are planted with a noise of some per cent of themselves.
		if margin := 0.03 * (want.trip + 60); math.Abs(b.RoundTrip.Value-want.trip) > margin || *b.RoundTrip.Lo > want.trip+margin || *b.RoundTrip.Hi < want.trip-margin {
			t.Errorf("%s: equal at %v (%v – %v) µs, want %v", arm, b.RoundTrip.Value, *b.RoundTrip.Lo, *b.RoundTrip.Hi, want.trip)
		}
		if math.Abs(b.CPU.Value-want.cpu) > 0.03*(math.Abs(want.cpu)+60) {
			t.Errorf("%s: %v µs of CPU beside it, want %v", arm, b.CPU.Value, want.cpu)
		}
	}
	if len(found) != 4 {
		t.Errorf("%d arms have a break-even, want four", len(found))
	}
}

// What counts is the latency that was really added.
func TestLatencyAsItWas(t *testing.T) {
	s := &runData{launches: []bench.Launch{
		{Launch: 1, Arms: []bench.ArmLaunch{
			{Arm: "a", Counters: &bench.Counters{Store: &bench.StoreCounters{Lookups: 5}}},
			{Arm: "b", Counters: &bench.Counters{Store: &bench.StoreCounters{Delays: 4, Delay: 4 * 130_000}}},
		}},
		{Launch: 2, Arms: []bench.ArmLaunch{{Arm: "b"}}},
	}}
	series := []distance{{"a", 0}, {"b", 100}}
	for launch, want := range map[int]float64{1: 130, 2: 100} {
		if got := s.atMeasuredDistances(series, launch); got[0].micros != 0 || got[1].micros != want {
			t.Errorf("launch %d: %v, want %v", launch, got, want)
		}
	}
}

// One distance is no series, and neither are stores that differ by more.
func TestNoBreakEven(t *testing.T) {
	m := quick()
	m.arms = []truth{{"none", 10, 20}, {"a", 30, 50}, {"b", 30, 300}, {"jwt", 12, 30}}
	r := m.run(t)
	arms := r.Header.Scenario.Arms
	arms[1].Method = bench.Method{ID: "apikey", Params: bench.Params{"store": "redis"}}
	arms[2].Method = bench.Method{ID: "apikey", Params: bench.Params{"store": "redis", "latency": "1ms", "pool": 3}}
	arms[3].Method = bench.Method{ID: "jwt"}
	if got := analyze(t, r).Summary.BreakEvens; len(got) != 0 {
		t.Errorf("found %+v", got)
	}
}

func TestCrossing(t *testing.T) {
	series := []distance{{"a", 0}, {"b", 100}, {"c", 1000}}
	for _, c := range []struct {
		medians []float64
		median  float64
		want    float64 // NaN for none
	}{
		{[]float64{50, 150, 1050}, 50, 0},
		{[]float64{50, 150, 1050}, 100, 50},
		{[]float64{50, 150, 1050}, 150, 100},
		{[]float64{50, 150, 1050}, 600, 550},
		{[]float64{50, 150, 1050}, 2050, 2000},
		{[]float64{50, 150, 1050}, 20, -30},
		{[]float64{50, 50, 1050}, 20, math.NaN()},
		{[]float64{50, 40, 1050}, 20, math.NaN()},
	} {
		if got := crossing(series, c.medians, c.median); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v crosses %v at %v, want %v", c.medians, c.median, got, c.want)
		}
	}
}
