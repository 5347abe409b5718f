package store

import (
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// CacheKey is what a cache finds a verdict by: the SHA-256 of a credential, so that
// the cache holds none.
type CacheKey [32]byte

// Cache remembers verdicts about credentials, each until a time of its own. It is
// safe for concurrent use.
type Cache[V any] struct {
	entries *otter.Cache[CacheKey, cached[V]]
}

// cached is a verdict with the time from which it is none, in Unix nanoseconds.
type cached[V any] struct {
	verdict V
	until   int64
}

// NewCache makes a cache of at most size entries. When it is full, those that are
// asked for least make room.
func NewCache[V any](size int) (*Cache[V], error) {
	// The library could drop entries that are past their time, on a timer and by
	// its own clock. Here the verifier's clock counts, to the nanosecond, and what
	// is past its time waits to be replaced.
	entries, err := otter.New(&otter.Options[CacheKey, cached[V]]{MaximumSize: size})
	if err != nil {
		return nil, fmt.Errorf("make a cache of %d entries: %w", size, err)
	}
	return &Cache[V]{entries}, nil
}

// Get returns what was put under a key, if it is still good at now.
func (c *Cache[V]) Get(key CacheKey, now time.Time) (verdict V, ok bool) {
	e, held := c.entries.GetIfPresent(key)
	if !held || now.UnixNano() >= e.until {
		return verdict, false
	}
	return e.verdict, true
}

// Put remembers a verdict until a time.
func (c *Cache[V]) Put(key CacheKey, verdict V, until time.Time) {
	c.entries.Set(key, cached[V]{verdict, until.UnixNano()})
}
