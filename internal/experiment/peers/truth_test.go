package main

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Ten stops of 200 ms in 20 s: the figures that are quoted everywhere.
func TestTruthByConstruction(t *testing.T) {
	f := frozen{visit: visit{JobSeconds: 20}}
	for range 10 {
		f.Stops = append(f.Stops, stop{Nanos: int64(200 * time.Millisecond)})
	}
	want := quantiles{p95: 100_000, p99: 180_000, p999: 198_000}
	for q, got := range f.truth() {
		if d := got - want[q]; d > 1e-3 || d < -1e-3 {
			t.Errorf("%s is %v µs, want %v", q, got, want[q])
		}
	}
	if len(f.truth()) != len(want) {
		t.Errorf("%v", f.truth())
	}
}

// The formula against arrivals that are counted one by one.
func TestWaitQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const step = 100 * time.Microsecond // between arrivals
		lengths := rapid.SliceOfN(rapid.Int64Range(0, int64(300*time.Millisecond)), 0, 12).Draw(t, "stops")
		q := rapid.SampledFrom([]float64{0.5, 0.9, 0.95, 0.99, 0.999}).Draw(t, "q")
		const period = 4 * time.Second
		stops := make([]time.Duration, len(lengths))
		waits := make([]time.Duration, period/step)
		next := 0
		for i, n := range lengths {
			stops[i] = time.Duration(n)
			for left := stops[i]; left > 0; left -= step {
				waits[next] = left
				next++
			}
		}
		slices.Sort(waits)
		want := waits[int(q*float64(len(waits)))]
		// Each stop's grid of arrivals may be off by one, and they add up.
		tolerance := step * time.Duration(len(stops)+2)
		if got := waitQuantile(stops, period, q); got < want-tolerance || got > want+tolerance {
			t.Fatalf("%v, counted %v", got, want)
		}
	})
}
