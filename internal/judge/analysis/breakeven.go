package analysis

import (
	"cmp"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/stat"
)

// BreakEven says from which distance of the store on an arm that asks none answers sooner.
// Distance changes response times and hardly any CPU time, so it holds both: the round trip
// at which the medians are equal, and the difference in cost.
type BreakEven struct {
	// Arm asks no store. Series are the arms that ask one, from the nearest store to the
	// farthest.
	Arm    string   `json:"arm"`
	Series []string `json:"series"`
	// Distances are the µs that are added to each round trip to the store, by arm of Series.
	Distances []float64 `json:"distances_us"`
	// Load is the open load whose response times are compared.
	Load string `json:"load"`
	// RoundTrip is what must be added to the nearest store's round trip to make the medians
	// equal, µs. Below zero, the arm answers sooner already.
	RoundTrip Estimate `json:"round_trip_us"`
	// Farthest is the longest round trip that was measured, µs. Beyond it RoundTrip
	// is an extrapolation.
	Farthest float64 `json:"farthest_us"`
	// CPU is the arm's CPU time per request less that of the nearest of the series, µs;
	// nil if it is not known.
	CPU *Estimate `json:"cpu_difference_us,omitempty"`
}

// distance is one arm of a series.
type distance struct {
	arm    string
	micros float64 // added to each round trip
}

// breakEvens finds the arms that differ only by the distance of their store, and compares
// them with the arms that ask none.
func (s *runData) breakEvens(arms []Arm) []BreakEven {
	load, ok := openLoad(s.run.Header.Scenario.Loads)
	if !ok {
		return nil
	}
	var out []BreakEven
	for _, series := range s.series(arms, load) {
		for _, a := range arms {
			if !a.Facts.Protects() || a.Facts.Asks != bench.AskedNobody || !s.hasMedian(a, load) {
				continue
			}
			if b, ok := s.breakEven(a.Name, series, load); ok {
				out = append(out, b)
			}
		}
	}
	return out
}

// openLoad is the load whose response times are compared.
func openLoad(loads []bench.Load) (string, bool) {
	i := slices.IndexFunc(loads, func(l bench.Load) bool { return l.Kind == bench.Open })
	if i < 0 {
		return "", false
	}
	return loads[i].Name, true
}

// hasMedian reports whether an arm has medians that may be compared with others'.
func (s *runData) hasMedian(a Arm, load string) bool {
	c := s.cells[cellKey{a.Name, load}]
	_, has := c.metric(medianOfOpen())
	return a.Status == ArmOK && has && s.hasSharedRate(c)
}

func medianOfOpen() string { return quantiles[0].metricName(bench.Open) }

// series returns groups of several arms that differ only by the distance of their store,
// nearest first.
func (s *runData) series(arms []Arm, load string) [][]distance {
	byRest := map[string][]distance{}
	var order []string
	for _, a := range s.run.Header.Scenario.Arms {
		i := slices.IndexFunc(arms, func(found Arm) bool { return found.Name == a.Name })
		if a.Method.Params.Text("store") == "" || !s.hasMedian(arms[i], load) {
			continue
		}
		rest := bench.Params{}
		for name, value := range a.Method.Params {
			if name != "latency" {
				rest[name] = value
			}
		}
		key := a.Method.ID + " " + rest.Key()
		if byRest[key] == nil {
			order = append(order, key)
		}
		latency := float64(a.Method.Params.Duration("latency")) / float64(time.Microsecond)
		byRest[key] = append(byRest[key], distance{a.Name, latency})
	}
	var out [][]distance
	for _, key := range order {
		found := byRest[key]
		slices.SortStableFunc(found, func(a, b distance) int { return cmp.Compare(a.micros, b.micros) })
		found = slices.CompactFunc(found, func(a, b distance) bool { return a.micros == b.micros })
		if len(found) > 1 {
			out = append(out, found)
		}
	}
	return out
}

// breakEven compares one arm with a series.
func (s *runData) breakEven(arm string, series []distance, load string) (_ BreakEven, ok bool) {
	c := s.cells[cellKey{arm, load}]
	out := BreakEven{Arm: arm, Load: load, Farthest: series[len(series)-1].micros}
	for _, d := range series {
		out.Series, out.Distances = append(out.Series, d.arm), append(out.Distances, d.micros)
	}
	trips := s.roundTrips(c, series, load)
	interval, ok := stat.SignedRankInterval(trips, confidence)
	out.RoundTrip = Estimate{Value: stat.HodgesLehmann(trips), Lo: &interval.Lo, Hi: &interval.Hi, N: len(trips)}
	if name, has := costLoad(s.run.Header.Scenario.Loads); has {
		mine, nearest := s.cells[cellKey{arm, name}], s.cells[cellKey{series[0].arm, name}]
		if comparison, known := pairLaunches(cpuPerRequest, mine, nearest).comparison(); known && mine.hasCPU && nearest.hasCPU {
			out.CPU = &Estimate{Value: comparison.Difference, Lo: &comparison.DifferenceLo, Hi: &comparison.DifferenceHi, N: comparison.N}
		}
	}
	return out, ok
}

// roundTrips returns one round trip per launch: the centre of its rounds' values, so that
// what slows all arms in a round cancels.
func (s *runData) roundTrips(c *cell, series []distance, load string) []float64 {
	var out []float64
	for _, mine := range c.blocks {
		medians := map[int][]float64{} // by round, as far as the series goes
		for _, d := range series {
			for _, b := range s.cells[cellKey{d.arm, load}].blocks {
				if b.launch != mine.launch {
					continue
				}
				for _, r := range b.rounds {
					medians[r.index] = append(medians[r.index], r.medianMicros)
				}
			}
		}
		moved := s.atMeasuredDistances(series, mine.launch)
		var trips []float64
		for _, r := range mine.rounds {
			if m := medians[r.index]; len(m) == len(series) {
				if trip := crossing(moved, m, r.medianMicros); finite(trip) {
					trips = append(trips, trip)
				}
			}
		}
		if len(trips) > 0 {
			out = append(out, stat.HodgesLehmann(trips))
		}
	}
	return out
}

// atMeasuredDistances returns a series with the delays that were really added in a launch. They differ
// from the planned ones, because timers are late by as much as the round trip to a store in
// the same building.
func (s *runData) atMeasuredDistances(series []distance, launch int) []distance {
	out := slices.Clone(series)
	for _, l := range s.launches {
		for _, a := range l.Arms {
			i := slices.IndexFunc(out, func(d distance) bool { return d.arm == a.Arm })
			if l.Launch != launch || i < 0 || a.Counters == nil || a.Counters.Store == nil {
				continue
			}
			if c := a.Counters.Store; c.Delays > 0 {
				out[i].micros = float64(c.Delay) / float64(c.Delays) / 1e3
			}
		}
	}
	return out
}

// crossing returns the round trip at which the line through the series' medians has the
// given median: on the first segment that reaches it, else on the extension of the first
// or the last segment.
func crossing(series []distance, medians []float64, median float64) float64 {
	last := len(series) - 2
	at := 0
	for at < last && median > medians[at+1] {
		at++
	}
	from, to := series[at].micros, series[at+1].micros
	// Between near distances, noise may make a segment fall; such a segment says nothing.
	return from + (to-from)*quotient(median-medians[at], medians[at+1]-medians[at])
}
