package store

import (
	"context"
	"errors"
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

// LookupTime bounds a question to a store, or to an issuer: the wait for a connection, making it, and the answer.
// A store that takes a second is none to ask at each request, and a client whose
// request waits longer gives up by itself.
const LookupTime = time.Second

// backend is one kind of store. Its errors may be of any sort.
type backend interface {
	// lookup returns ErrCorrupt for what is no record, another error if there was
	// no answer.
	lookup(ctx context.Context, id uint64) (Record, bool, error)
	// revoke sets the status of an existing record.
	revoke(ctx context.Context, id uint64) error
	// waits returns how often a lookup found no connection free, and for how long
	// they waited.
	waits() (int64, time.Duration)
	// Delayed returns how many round trips were prolonged, and by how much in all.
	Delayed() (int64, time.Duration)
	close() error
}

// counted is a backend whose lookups are bounded in time, and counted.
type counted struct {
	backend
	asked Asked
}

var _ Store = (*counted)(nil)

// Lookup implements Records.
func (c *counted) Lookup(id uint64) (Record, bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), LookupTime)
	defer cancel()
	c.asked.Begin()
	r, known, err := c.lookup(ctx, id)
	if err = c.asked.End(err); err != nil {
		return Record{}, false, err
	}
	return r, known, nil
}

// Revoke implements Revoker. It is not counted: nobody asked.
func (c *counted) Revoke(id uint64) error {
	ctx, cancel := context.WithTimeout(context.Background(), LookupTime)
	defer cancel()
	switch err := c.revoke(ctx, id); {
	case err == nil, errors.Is(err, ErrReadOnly), errors.Is(err, ErrCorrupt), errors.Is(err, errUnknown):
		return err
	}
	return ErrUnavailable // see Lookup
}

// Counters implements Store.
func (c *counted) Counters() bench.StoreCounters {
	out := c.asked.Counters()
	waits, waited := c.waits()
	out.Waits, out.Waited = waits, waited.Nanoseconds()
	delays, delay := c.Delayed()
	out.Delays, out.Delay = delays, delay.Nanoseconds()
	return out
}

// Close implements Store.
func (c *counted) Close() error { return c.close() }
