package store

import (
	"errors"
	"sync/atomic"
	"time"

	"authbench/bench"
)

// Asked counts questions to somebody outside of this process, and for how long nobody
// answered them. The zero value is ready. It is safe for concurrent use.
type Asked struct {
	questions, unavailable, corrupt atomic.Int64
	// failing is when answers began to fail, in Unix nanoseconds, 0 while they come;
	// outages and outage count what is over.
	failing, outages, outage atomic.Int64
}

// Begin counts a question.
func (a *Asked) Begin() { a.questions.Add(1) }

// End counts how a question ended: with an answer, with one that is wrong
// ([ErrCorrupt]), or with none, which any other error says. It returns nil, ErrCorrupt or
// [ErrUnavailable]: what a driver says may name hosts and users, and nobody would read it.
func (a *Asked) End(err error) error {
	switch {
	case err == nil:
		if a.failing.Load() != 0 {
			a.recovered(time.Now())
		}
		return nil
	case errors.Is(err, ErrCorrupt):
		a.corrupt.Add(1)
		return ErrCorrupt
	}
	a.unavailable.Add(1)
	a.failing.CompareAndSwap(0, time.Now().UnixNano())
	return ErrUnavailable
}

// recovered notes the end of an outage, which several questions may notice.
func (a *Asked) recovered(now time.Time) {
	if since := a.failing.Swap(0); since != 0 {
		a.outages.Add(1)
		a.outage.Add(now.UnixNano() - since)
	}
}

// Counters are what was counted so far.
func (a *Asked) Counters() bench.StoreCounters {
	out := bench.StoreCounters{
		Lookups: a.questions.Load(), Unavailable: a.unavailable.Load(), Corrupt: a.corrupt.Load(),
		Outages: a.outages.Load(), Outage: a.outage.Load(),
	}
	if since := a.failing.Load(); since != 0 {
		out.Outages++
		out.Outage += time.Now().UnixNano() - since
	}
	return out
}
