package runner

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// Whatever was answered late, wrongly or not at all missed the objective, once.
func TestProbe(t *testing.T) {
	o := bench.Objective{Name: "p99", Quantile: 0.99, Limit: 2 * time.Millisecond}
	from := outcome(load.Slice{}, 0, 0)
	for _, took := range []time.Duration{time.Millisecond, 1900 * time.Microsecond, 2100 * time.Microsecond, 5 * time.Second} {
		from.Valid.Response.Record(took.Nanoseconds()) // the last one timed out
	}
	for _, c := range []struct {
		name  string
		slice bench.Slice
		want  bench.Probe
	}{
		{"late ones", bench.Slice{Scheduled: 4, Sent: 4, Errors: map[string]int64{load.ErrorTimeout: 1}}, bench.Probe{Requests: 4, Missed: 2}},
		{"resets", bench.Slice{Scheduled: 6, Sent: 6, Errors: map[string]int64{load.ErrorTimeout: 1, load.ErrorReset: 2}}, bench.Probe{Requests: 6, Missed: 4}},
		{"wrong statuses", bench.Slice{Scheduled: 7, Sent: 7, WrongVerdicts: 3}, bench.Probe{Requests: 7, Missed: 5}},
		{"not sent", bench.Slice{Scheduled: 9, Sent: 4}, bench.Probe{Requests: 9, Missed: 7}},
	} {
		if got := probe(o, c.slice, from); *got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, *got, c.want)
		}
	}
}

// A search runs through sessions as through the plan: each launch ends with a pair
// of rates 5 % apart around the one from which the server is too slow.
func TestSearch(t *testing.T) {
	const truth = 9000
	w, p := newWorld(), &recorder{}
	w.outcome = func(_ string, s load.Slice) *load.Outcome {
		n := int64(s.Measure.Seconds() * max(s.Rate, 10_000))
		out := outcome(s, n, n)
		took := time.Millisecond
		if s.Rate > truth {
			took = 3 * time.Millisecond
		}
		for range n {
			out.Valid.Response.Record(took.Nanoseconds())
		}
		return out
	}
	c := config(w, p)
	c.Scenario.Loads = []bench.Load{{
		Name: "capacity", Kind: bench.Capacity, SLO: "p99 < 2ms", Connections: 8, Arrivals: bench.Poisson, Timeout: bench.Duration(time.Second),
	}}
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	checkNothingLeft(t, w)
	type key struct {
		arm    string
		launch int
	}
	taken := map[key][]bench.Slice{}
	for _, s := range p.slices {
		if s.Launch > 0 {
			taken[key{s.Arm, s.Launch}] = append(taken[key{s.Arm, s.Launch}], s)
		}
	}
	if len(taken) != 9 {
		t.Errorf("%d searches, want one per arm and launch", len(taken))
	}
	for k, slices := range taken {
		search := bench.NewSearch(c.Scenario.Loads[0], c.Scenario.Rounds, slices)
		if lo, hi := search.Bounds(); !search.Done() || lo > truth || hi < truth || hi/lo > 1.0501 {
			t.Errorf("%v: between %v and %v (done: %v)", k, lo, hi, search.Done())
		}
	}
}
