package store

import (
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"authbench/bench"
)

// CachedAnswers remembers for a while what somebody else answered. Equal questions that it
// cannot answer are asked once at a time; the others wait for that answer. What was not
// answered is not remembered. It is safe for concurrent use.
type CachedAnswers[K comparable, V any] struct {
	AnswerCache[K, V]
	entries *Cache[K, V] // nil if none are kept
	flight  singleflight.Group
	counts  Counts
}

// AnswerCache says what answers are cached, and for how long.
type AnswerCache[K comparable, V any] struct {
	// Size is how many answers are kept, at most, and TTL for how long; with 0 none is, and
	// only who asks at the same time shares an answer.
	Size int
	TTL  time.Duration
	Now  func() time.Time
	// Ask asks a question, which the key stands for. It keeps nothing of it; what it returns
	// must stay as it is.
	Ask func(key K, question []byte) (V, error)
	// Ends is when an answer ceases to be true by itself, the zero time for never.
	Ends func(V) time.Time
	// Negative reports whether an answer says that the thing asked for is unknown.
	Negative func(V) bool
	// Text is a key's text, and Number spreads keys over counters.
	Text   func(K) string
	Number func(K) uint64
}

// NewCachedAnswers makes a cache, which is empty.
func NewCachedAnswers[K comparable, V any](c AnswerCache[K, V]) (*CachedAnswers[K, V], error) {
	out := &CachedAnswers[K, V]{AnswerCache: c}
	if c.Size == 0 {
		return out, nil
	}
	var err error
	if out.entries, err = NewCache[K, V](c.Size); err != nil {
		return nil, fmt.Errorf("cache answers: %w", err)
	}
	return out, nil
}

// Get returns the answer to a question, which the key stands for. A hit allocates nothing.
func (c *CachedAnswers[K, V]) Get(key K, question []byte) (V, error) {
	count := c.counts.Of(c.Number(key))
	if c.entries != nil {
		if answer, ok := c.entries.Get(key, c.Now()); ok {
			count.Hits.Add(1)
			if c.Negative(answer) {
				count.Negative.Add(1)
			}
			return answer, nil
		}
	}
	count.Misses.Add(1)
	asked := false
	result, err, _ := c.flight.Do(c.Text(key), func() (any, error) {
		asked = true
		return c.renew(key, question)
	})
	if !asked {
		count.Coalesced.Add(1)
	}
	answer, _ := result.(V) // the zero value beside an error
	return answer, err
}

// renew asks, and remembers the answer.
func (c *CachedAnswers[K, V]) renew(key K, question []byte) (V, error) {
	// An entry is as old as the question: its answer may have been true no longer
	// than that.
	now := c.Now()
	answer, err := c.Ask(key, question)
	if err != nil || c.entries == nil {
		return answer, err
	}
	until := now.Add(c.TTL)
	if ends := c.Ends(answer); !ends.IsZero() && ends.Before(until) {
		until = ends
	}
	if until.After(now) {
		c.entries.Put(key, answer, until)
	}
	return answer, nil
}

// Lookups returns what was counted so far.
func (c *CachedAnswers[K, V]) Lookups() bench.Lookups { return c.counts.Sum() }
