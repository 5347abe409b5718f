package store

import (
	"sync/atomic"

	"authbench/bench"
)

// groups is how many counters of each kind there are. Keys are spread over them, so
// that two CPUs rarely write to the same cache line; a power of two, so that the
// choice is a mask.
const groups = 64

// Counts counts look-ups by what became of them. It is safe for concurrent use.
type Counts [groups]counters

// counters fill a cache line of their own.
type counters struct {
	Hits, Misses, Negative, Coalesced, Filtered atomic.Int64
	_                                           [3]int64
}

// Of returns the counters for a key.
func (c *Counts) Of(key uint64) *counters { return &c[key%groups] }

// Sum returns how often each was counted.
func (c *Counts) Sum() (sum bench.Lookups) {
	for i := range c {
		sum.Hits += c[i].Hits.Load()
		sum.Misses += c[i].Misses.Load()
		sum.Negative += c[i].Negative.Load()
		sum.Coalesced += c[i].Coalesced.Load()
		sum.Filtered += c[i].Filtered.Load()
	}
	return sum
}
