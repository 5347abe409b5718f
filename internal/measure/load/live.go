package load

import (
	"sync/atomic"
	"time"
)

// Live shows from outside how a slice goes on. The generator stores its counts
// when it has something else to do as well, some ten times a second; it is neither
// woken for that nor waits for anybody.
type Live struct {
	// counts has one entry per writer, which nobody else writes to.
	counts atomic.Pointer[[]liveCounts]
}

// liveCounts are one writer's.
type liveCounts struct {
	completed, failed atomic.Int64
	_                 [112]byte // two cache lines: they are fetched in pairs
}

// showEvery is how often counts are stored: as often as a person sees them change.
const showEvery = 100 * time.Millisecond

// Read returns how many requests of the slice were answered so far, and how many
// failed.
func (l *Live) Read() (completed, failed int64) {
	counts := l.counts.Load()
	if counts == nil {
		return 0, 0
	}
	for i := range *counts {
		completed += (*counts)[i].completed.Load()
		failed += (*counts)[i].failed.Load()
	}
	return completed, failed
}

// open returns a slice's counts, one per tally; nil if nobody watches.
func (l *Live) open(tallies []*tally) {
	var counts []liveCounts
	if l != nil {
		counts = make([]liveCounts, len(tallies))
		l.counts.Store(&counts)
	}
	for i, t := range tallies {
		t.live = nil
		if l != nil {
			t.live = &counts[i]
		}
	}
}

// show stores the counts.
func (t *tally) show(now int64) {
	t.tick = never
	if t.live == nil {
		return
	}
	t.tick = now + int64(showEvery)
	var failed int64
	for _, n := range t.out.Errors {
		failed += n
	}
	t.live.completed.Store(t.out.Completed)
	t.live.failed.Store(failed)
}
