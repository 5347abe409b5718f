package store

import (
	"encoding/binary"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"authbench/bench"
)

// CachedRecords is a store with a cache in front: records, and ids that there are
// not, are remembered for a while. Equal questions that the cache cannot answer are
// asked once. What the store failed to answer is not remembered.
type CachedRecords struct {
	below   Records
	entries *Cache[uint64, found]
	ttl     time.Duration
	now     func() time.Time
	flight  singleflight.Group
	counts  Counts
}

var _ Records = (*CachedRecords)(nil)

// found is what the store said of an id.
type found struct {
	record Record
	known  bool
}

// NewCachedRecords puts a cache of at most size entries before a store. An entry lives
// for ttl by the clock now, and no longer than its record is valid.
func NewCachedRecords(below Records, size int, ttl time.Duration, now func() time.Time) (*CachedRecords, error) {
	entries, err := NewCache[uint64, found](size)
	if err != nil {
		return nil, err
	}
	return &CachedRecords{below: below, entries: entries, ttl: ttl, now: now}, nil
}

// Lookup implements Records. A hit allocates nothing.
func (c *CachedRecords) Lookup(id uint64) (Record, bool, error) {
	count := c.counts.Of(id)
	if f, ok := c.entries.Get(id, c.now()); ok {
		count.Hits.Add(1)
		if !f.known {
			count.Negative.Add(1)
		}
		return f.record, f.known, nil
	}
	count.Misses.Add(1)
	return c.ask(id, count)
}

// ask asks the store, or waits for somebody who asks it the same.
func (c *CachedRecords) ask(id uint64, count *counters) (Record, bool, error) {
	var key [8]byte
	binary.NativeEndian.PutUint64(key[:], id)
	asked := false
	result, err, _ := c.flight.Do(string(key[:]), func() (any, error) {
		asked = true
		// An entry is as old as the question: its answer may have been true no longer
		// than that.
		now := c.now()
		record, known, err := c.below.Lookup(id)
		if err != nil {
			return found{}, err
		}
		record.Subject, record.Tenant, record.Hash = strings.Clone(record.Subject), strings.Clone(record.Tenant), strings.Clone(record.Hash)
		f := found{record, known}
		if until := c.until(f, now); until.After(now) {
			c.entries.Put(id, f, until)
		}
		return f, nil
	})
	if !asked {
		count.Coalesced.Add(1)
	}
	if err != nil {
		return Record{}, false, err
	}
	f := result.(found)
	return f.record, f.known, nil
}

// until is when an entry of now ends.
func (c *CachedRecords) until(f found, now time.Time) time.Time {
	until := now.Add(c.ttl)
	if expires := time.Unix(f.record.Expires, 0); f.known && expires.Before(until) {
		return expires
	}
	return until
}

// Lookups returns what was counted so far.
func (c *CachedRecords) Lookups() bench.Lookups { return c.counts.Sum() }
