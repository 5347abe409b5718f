package main

import (
	"slices"
	"time"
)

// waitQuantile returns the exact quantile (0 to 1) of the times that requests wait
// which arrive evenly over a period, at a server that stands still for some parts of
// it and else answers at once: one that arrives t before the end of a stop waits t.
func waitQuantile(stops []time.Duration, period time.Duration, share float64) time.Duration {
	// Of a stop of length d, max(0, d − w) is spent by requests that wait longer
	// than w. These must sum to the share above the quantile. With the k longest
	// stops taking part that is linear in w.
	sorted := slices.SortedFunc(slices.Values(stops), func(a, b time.Duration) int { return int(b - a) })
	above := time.Duration((1 - share) * float64(period))
	var sum time.Duration
	for i, d := range sorted {
		sum += d
		w := (sum - above) / time.Duration(i+1)
		next := time.Duration(0)
		if i+1 < len(sorted) {
			next = sorted[i+1]
		}
		if w >= next {
			return w
		}
	}
	return 0
}

// truth is what the stops of a visit make of its quantiles, in µs.
func (f frozen) truth() quantiles {
	stops := make([]time.Duration, len(f.Stops))
	for i, s := range f.Stops {
		stops[i] = time.Duration(s.Nanos)
	}
	out := quantiles{}
	for q, share := range map[quantile]float64{p95: 0.95, p99: 0.99, p999: 0.999} {
		w := waitQuantile(stops, time.Duration(f.JobSeconds)*time.Second, share)
		out[q] = float64(w) / float64(time.Microsecond)
	}
	return out
}
