package target

import (
	"errors"
	"math"
	"runtime/metrics"
	"time"

	"authbench/bench"
)

// The runtime's own figures; see the list in runtime/metrics.
const (
	metricAllocs     = "/gc/heap/allocs:objects"
	metricAllocBytes = "/gc/heap/allocs:bytes"
	metricCycles     = "/gc/cycles/total:gc-cycles"
	metricPauses     = "/sched/pauses/total/gc:seconds"
	metricHeap       = "/memory/classes/heap/objects:bytes"
)

// Counters returns what the process counted since it started.
func (s *Server) Counters() bench.Counters {
	c := Usage()
	c.Requests, c.Reasons = s.decisions.sum()
	if v, ok := s.verifier.(keyFetcher); ok {
		c.KeySet = v.KeySet()
	}
	if v, ok := s.verifier.(storeAsker); ok {
		c.Store = v.Store()
	}
	if v, ok := s.verifier.(frontCounter); ok {
		c.Lookups = v.Lookups()
	}
	return c
}

var errNoRevocation = errors.New("the method takes no credential back")

// Revoke implements control.Target.
func (s *Server) Revoke(index int) error {
	v, can := s.verifier.(interface{ Revoke(index int) error })
	if !can {
		return errNoRevocation
	}
	return v.Revoke(index)
}

// Deny implements control.Target.
func (s *Server) Deny(id string) error {
	v, can := s.verifier.(interface{ Deny(id string) error })
	if !can {
		return errNoRevocation
	}
	return v.Deny(id)
}

// keyFetcher is a verifier that may fetch its keys.
type keyFetcher interface {
	// KeySet is nil if it does not.
	KeySet() *bench.KeySetCounters
}

// storeAsker is a verifier that may ask a store.
type storeAsker interface {
	// Store is nil if it does not.
	Store() *bench.StoreCounters
}

// frontCounter is a verifier that may have a cache or a filter.
type frontCounter interface {
	// Lookups is zero if it has neither.
	Lookups() bench.Lookups
}

// Usage returns what this process used since it started, without what its servers
// counted.
func Usage() bench.Counters {
	samples := []metrics.Sample{{Name: metricAllocs}, {Name: metricAllocBytes}, {Name: metricCycles}, {Name: metricPauses}, {Name: metricHeap}}
	metrics.Read(samples)
	return bench.Counters{
		Allocs:     int64(samples[0].Value.Uint64()),
		AllocBytes: int64(samples[1].Value.Uint64()),
		GCCycles:   int64(samples[2].Value.Uint64()),
		GCPauses:   pauses(samples[3].Value.Float64Histogram()),
		HeapBytes:  int64(samples[4].Value.Uint64()),
		CPU:        OwnCPU(),
	}
}

// pauses returns the nanoseconds that the world was stopped for garbage
// collection: each pause counts as the middle of its bucket, or as the bucket's
// finite bound if the other is infinite.
func pauses(h *metrics.Float64Histogram) int64 {
	var seconds float64
	for i, n := range h.Counts {
		if n == 0 {
			continue
		}
		lo, hi := h.Buckets[i], h.Buckets[i+1]
		switch {
		case math.IsInf(lo, -1):
			lo = hi
		case math.IsInf(hi, 1):
			hi = lo
		}
		seconds += float64(n) * (lo + hi) / 2
	}
	return int64(math.Round(seconds * float64(time.Second)))
}
