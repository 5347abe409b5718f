package store

import (
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// Cache remembers what was found out, each thing until a time of its own. It is safe
// for concurrent use.
type Cache[K comparable, V any] struct {
	entries *otter.Cache[K, cached[V]]
}

// cached is a thing with the time from which it is none, in Unix nanoseconds.
type cached[V any] struct {
	value V
	until int64
}

// NewCache makes a cache of at most size entries. When it is full, those that are
// asked for least make room.
func NewCache[K comparable, V any](size int) (*Cache[K, V], error) {
	// The library could drop entries that are past their time, on a timer and by
	// its own clock. Here the verifier's clock counts, to the nanosecond, and what
	// is past its time waits to be replaced.
	entries, err := otter.New(&otter.Options[K, cached[V]]{MaximumSize: size})
	if err != nil {
		return nil, fmt.Errorf("make a cache of %d entries: %w", size, err)
	}
	return &Cache[K, V]{entries}, nil
}

// Get returns what was put under a key, if it is still good at now.
func (c *Cache[K, V]) Get(key K, now time.Time) (value V, ok bool) {
	e, held := c.entries.GetIfPresent(key)
	if !held || now.UnixNano() >= e.until {
		return value, false
	}
	return e.value, true
}

// Put remembers a thing until a time.
func (c *Cache[K, V]) Put(key K, value V, until time.Time) {
	c.entries.Set(key, cached[V]{value, until.UnixNano()})
}
