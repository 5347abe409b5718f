package bench

import "maps"

// Counters are what a built-in target counts about itself.
type Counters struct {
	Requests   int64            `json:"requests"`
	Allocs     int64            `json:"allocs"`
	AllocBytes int64            `json:"alloc_bytes"`
	GCCycles   int64            `json:"gc_cycles"`
	GCPauses   int64            `json:"gc_pause_ns"`
	CPU        int64            `json:"cpu_ns"`
	HeapBytes  int64            `json:"heap_bytes"`
	Reasons    map[string]int64 `json:"reasons,omitempty"`
	// KeySet is nil unless the target fetches its keys.
	KeySet *KeySetCounters `json:"key_set,omitempty"`
	// Store is nil where the records are in the target's own memory.
	Store *StoreCounters `json:"store,omitempty"`
	// Lookups are of a cache or a filter, if there is one.
	Lookups Lookups `json:"lookups,omitzero"`
}

// KeySetCounters count a target's fetches of its issuer's key set.
type KeySetCounters struct {
	Fetches int64 `json:"fetches"`
	// Failed counts the fetches that brought no set with a good key.
	Failed int64 `json:"failed"`
}

// StoreCounters are what a target counts about the store that it asks.
type StoreCounters struct {
	Lookups int64 `json:"lookups"`
	// Waits counts the lookups that found no connection free, Waited is for how
	// long they waited, summed.
	Waits  int64 `json:"waits"`
	Waited int64 `json:"waited_ns"`
	// Delays counts the round trips that a latency was added to, Delay is what was
	// really added, summed.
	Delays int64 `json:"delays,omitempty"`
	Delay  int64 `json:"delay_ns,omitempty"`
	// Unavailable counts lookups without an answer, Corrupt those whose answer was
	// no record.
	Unavailable int64 `json:"unavailable"`
	Corrupt     int64 `json:"corrupt"`
	// Outages counts the times that lookups began to fail, Outage is how long it
	// took until one succeeded again, summed.
	Outages int64 `json:"outages"`
	Outage  int64 `json:"outage_ns"`
}

// scaled returns every count times a factor.
func (c StoreCounters) scaled(by int64) StoreCounters {
	return StoreCounters{
		Lookups: by * c.Lookups, Waits: by * c.Waits, Waited: by * c.Waited, Delays: by * c.Delays, Delay: by * c.Delay,
		Unavailable: by * c.Unavailable, Corrupt: by * c.Corrupt, Outages: by * c.Outages, Outage: by * c.Outage,
	}
}

// Add returns the sum of two counts.
func (c StoreCounters) Add(o StoreCounters) StoreCounters {
	return StoreCounters{
		Lookups: c.Lookups + o.Lookups, Waits: c.Waits + o.Waits, Waited: c.Waited + o.Waited,
		Delays: c.Delays + o.Delays, Delay: c.Delay + o.Delay,
		Unavailable: c.Unavailable + o.Unavailable, Corrupt: c.Corrupt + o.Corrupt,
		Outages: c.Outages + o.Outages, Outage: c.Outage + o.Outage,
	}
}

// Sub returns the counters' growth since an earlier reading; HeapBytes, which
// does not grow, stays c's.
func (c Counters) Sub(earlier Counters) Counters {
	heap := c.HeapBytes
	c = c.plus(earlier, -1)
	c.HeapBytes = heap
	return c
}

// Add returns the sum of two servers' counters.
func (c Counters) Add(o Counters) Counters { return c.plus(o, 1) }

// plus adds o, times a factor, to c. What only one of the two counts stays c's.
func (c Counters) plus(o Counters, by int64) Counters {
	c.Requests += by * o.Requests
	c.Allocs += by * o.Allocs
	c.AllocBytes += by * o.AllocBytes
	c.GCCycles += by * o.GCCycles
	c.GCPauses += by * o.GCPauses
	c.CPU += by * o.CPU
	c.HeapBytes += by * o.HeapBytes
	c.Lookups = c.Lookups.Add(o.Lookups.scaled(by))
	reasons := maps.Clone(c.Reasons)
	if reasons == nil {
		reasons = map[string]int64{}
	}
	for name, n := range o.Reasons {
		reasons[name] += by * n
	}
	maps.DeleteFunc(reasons, func(_ string, n int64) bool { return n == 0 })
	c.Reasons = reasons
	if c.KeySet != nil && o.KeySet != nil {
		c.KeySet = &KeySetCounters{c.KeySet.Fetches + by*o.KeySet.Fetches, c.KeySet.Failed + by*o.KeySet.Failed}
	}
	if c.Store != nil && o.Store != nil {
		sum := c.Store.Add(o.Store.scaled(by))
		c.Store = &sum
	}
	return c
}
