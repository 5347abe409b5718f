package analysis

import (
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
)

// A cache that was not measured as under a load that goes on is remarked on, and what follows.
func TestCachesInTurns(t *testing.T) {
	for name, c := range map[string]struct {
		memory time.Duration
		kind   bench.LoadKind
		pairs  bool
		want   string
	}{
		"no cache":                   {0, bench.Closed, false, ""},
		"one that is waited out":     {5 * time.Second, bench.Closed, false, ""},
		"shorter than it settles":    {time.Millisecond, bench.Sweep, false, ""},
		"longer than a launch":       {time.Hour, bench.Closed, false, "believes an entry for 1h0m0s, which was not waited out (load closed, open): it was measured in turns with the other arms, for up to "},
		"under a load of its own":    {500 * time.Millisecond, bench.Sweep, false, "believes an entry for 500ms, which was not waited out (load closed)"},
		"both of a pair have caches": {time.Hour, bench.Closed, true, ""},
	} {
		r := quick().run(t)
		r.Header.Scenario.Loads = slices.Clone(r.Header.Scenario.Loads)
		r.Header.Scenario.Settle = bench.Duration(20 * time.Millisecond)
		r.Header.Scenario.Loads[0].Kind = c.kind
		for i := range r.Header.Arms {
			if r.Header.Arms[i].Name == "apikey" {
				r.Header.Arms[i].Facts = &bench.Facts{Memory: c.memory.Nanoseconds()}
			}
		}
		s, err := newRunData(r, decodeBuckets)
		if err != nil {
			t.Fatal(err)
		}
		if c.pairs {
			s.run.Header.Scenario.Pairs = []bench.Pair{{Arm: "apikey", Base: "none", Head: "apikey"}}
		}
		got := s.memoryWarnings()
		if len(got) > 1 || (len(got) == 1) != (c.want != "") || len(got) == 1 && (!strings.Contains(got[0].Text, c.want) || got[0].Level != bench.Info || got[0].Arm != "apikey") {
			t.Errorf("%s: %+v", name, got)
		}
		if len(got) == 1 && strings.Contains(got[0].Text, "no entry ended") != (c.memory == time.Hour) {
			t.Errorf("%s: %s", name, got[0].Text)
		}
	}
}

// What a cache answered is that of the slices that the cost is of; of the launch, where slices do
// not say.
func TestHitShareIsThatOfTheCost(t *testing.T) {
	for _, c := range []struct {
		closed, open bench.Lookups
		want         float64
	}{
		{bench.Lookups{Hits: 90, Misses: 10}, bench.Lookups{Hits: 10, Misses: 90}, 0.9},
		{bench.Lookups{Misses: 10}, bench.Lookups{Hits: 10}, 0},
		{bench.Lookups{}, bench.Lookups{}, 0.5},
	} {
		r := quick().run(t)
		for i := range r.Launches {
			r.Launches[i].Arms = append(r.Launches[i].Arms, bench.ArmLaunch{Arm: "apikey", Counters: &bench.Counters{Requests: 1000, Lookups: bench.Lookups{Hits: 500, Misses: 500}}})
		}
		for i := range r.Slices {
			if s := &r.Slices[i]; s.Arm == "apikey" && s.Load == "closed" {
				s.Lookups = c.closed
			} else if s.Arm == "apikey" {
				s.Lookups = c.open
			}
		}
		s, err := newRunData(r, decodeBuckets)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.armMetrics("apikey")["cache_hit_share"].Value; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
