package target

import (
	"sync/atomic"

	"authbench/bench"
)

// groups is how many counters of each reason there are. Connections are spread
// over them, so that two CPUs rarely write to the same cache line; a power of
// two, so that the choice is a mask.
const groups = 64

// decisions counts decisions by reason.
type decisions [groups]reasonCounts

// reasonCounts are 16 counters of 8 bytes: two cache lines, shared with no other
// group.
type reasonCounts [bench.ReasonCount]atomic.Int64

func (d *decisions) add(connection uint64, r bench.Reason) {
	d[connection%groups][r].Add(1)
}

// sum returns how many requests were answered, and how often each reason was
// given.
func (d *decisions) sum() (requests int64, reasons map[string]int64) {
	reasons = map[string]int64{}
	for r := range bench.ReasonCount {
		var n int64
		for g := range d {
			n += d[g][r].Load()
		}
		requests += n
		if n > 0 && r != bench.ReasonNone {
			reasons[r.String()] = n
		}
	}
	return requests, reasons
}
