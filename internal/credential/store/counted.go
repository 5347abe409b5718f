package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"authbench/bench"
)

// Store is records outside of the verifier's memory.
type Store interface {
	Records
	Revoker
	// Counters may be called while the store is asked.
	Counters() bench.StoreCounters
	// Close gives back what the store holds open. No lookup may be under way.
	Close() error
}

// lookupTime bounds a lookup: the wait for a connection, making it, and the answer.
// A store that takes a second is none to ask at each request, and a client whose
// request waits longer gives up by itself.
const lookupTime = time.Second

// backend is one kind of store. Its errors may be of any sort.
type backend interface {
	// lookup returns ErrCorrupt for what is no record, another error if there was
	// no answer.
	lookup(ctx context.Context, id uint64) (Record, bool, error)
	// revoke sets the status of a record that there is.
	revoke(ctx context.Context, id uint64) error
	// waits returns how often a lookup found no connection free, and for how long
	// they waited.
	waits() (int64, time.Duration)
	// delayed returns how many round trips were prolonged, and by how much in all.
	delayed() (int64, time.Duration)
	close() error
}

// counted is a backend whose lookups are bounded in time, and counted.
type counted struct {
	backend
	lookups, unavailable, corrupt atomic.Int64
	// failing is when the store began to fail, in Unix nanoseconds, 0 while it
	// answers; outages and outage count what is over.
	failing, outages, outage atomic.Int64
}

var _ Store = (*counted)(nil)

// Lookup implements Records.
func (c *counted) Lookup(id uint64) (Record, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	c.lookups.Add(1)
	r, known, err := c.lookup(ctx, id)
	switch {
	case err == nil:
		if c.failing.Load() != 0 {
			c.recovered(time.Now())
		}
		return r, known, nil
	case errors.Is(err, ErrCorrupt):
		c.corrupt.Add(1)
		return Record{}, false, ErrCorrupt
	}
	c.unavailable.Add(1)
	c.failing.CompareAndSwap(0, time.Now().UnixNano())
	// What the driver says may name hosts and users, and nobody would read it.
	return Record{}, false, ErrUnavailable
}

// Revoke implements Revoker. It is not counted: nobody asked.
func (c *counted) Revoke(id uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookupTime)
	defer cancel()
	switch err := c.revoke(ctx, id); {
	case err == nil, errors.Is(err, ErrReadOnly), errors.Is(err, ErrCorrupt), errors.Is(err, errUnknown):
		return err
	}
	return ErrUnavailable // see Lookup
}

// recovered notes the end of an outage, which several lookups may notice.
func (c *counted) recovered(now time.Time) {
	if since := c.failing.Swap(0); since != 0 {
		c.outages.Add(1)
		c.outage.Add(now.UnixNano() - since)
	}
}

// Counters implements Store.
func (c *counted) Counters() bench.StoreCounters {
	out := bench.StoreCounters{
		Lookups: c.lookups.Load(), Unavailable: c.unavailable.Load(), Corrupt: c.corrupt.Load(),
		Outages: c.outages.Load(), Outage: c.outage.Load(),
	}
	if since := c.failing.Load(); since != 0 {
		out.Outages++
		out.Outage += time.Now().UnixNano() - since
	}
	waits, waited := c.waits()
	out.Waits, out.Waited = waits, waited.Nanoseconds()
	delays, delay := c.delayed()
	out.Delays, out.Delay = delays, delay.Nanoseconds()
	return out
}

// Close implements Store.
func (c *counted) Close() error { return c.close() }
