package dpop

import (
	"crypto/sha256"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"authbench/internal/credential/jose"
)

// verdict says whether a proof came before.
type verdict int

const (
	first verdict = iota
	before
	full
)

const (
	// shards are locked one by one.
	shards = 16
	// mostInShard bounds the proofs of one time in a shard: 4 million in all, so that a flood
	// of good proofs cannot take all memory. A server that is full lets nobody in.
	mostInShard = 1 << 18
)

// replays remember the proofs that were let in for as long as they could be let in again. It is
// safe for concurrent use.
type replays struct {
	span  time.Duration
	seed  maphash.Seed
	parts [shards]shard
}

// clock is the wall clock by which holders date their proofs, which may be set back, without
// that: what is too old once stays too old, so that what is forgotten cannot be let in. After a
// step back, proofs are refused until the clock is where it was. It is safe for concurrent use.
type clock struct {
	wall   func() time.Time
	latest atomic.Int64 // Unix nanoseconds
}

func (c *clock) now() time.Time {
	at := c.wall().UnixNano()
	for {
		latest := c.latest.Load()
		if at <= latest {
			return time.Unix(0, latest)
		}
		if c.latest.CompareAndSwap(latest, at) {
			return time.Unix(0, at)
		}
	}
}

// proofKey is a hash of a proof's id and of its key: ids of two holders may be the same.
type proofKey [16]byte

// shard is a part of the memory. Proofs of the present time are added to one set; the set of the
// time before is kept beside it, and then forgotten as a whole.
type shard struct {
	mu         sync.Mutex // guards all below
	began      time.Time  // of the present time
	now, older map[proofKey]struct{}
}

func newReplays(span time.Duration) *replays {
	return &replays{span: span, seed: maphash.MakeSeed()}
}

// add remembers a proof, and says whether it came before.
func (r *replays) add(id []byte, key jose.Thumbprint, now time.Time) verdict {
	var text [len(key) + mostID]byte
	n := copy(text[:], key[:])
	n += copy(text[n:], id)
	sum := sha256.Sum256(text[:n])
	hash := proofKey(sum[:])
	s := &r.parts[maphash.Bytes(r.seed, sum[:])%shards] // nobody chooses whose room he takes
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now, r.span)
	if _, seen := s.now[hash]; seen {
		return before
	}
	if _, seen := s.older[hash]; seen {
		return before
	}
	if len(s.now) >= mostInShard {
		return full
	}
	s.now[hash] = struct{}{}
	return first
}

// turn begins another time once the present one has lasted a span.
func (s *shard) turn(now time.Time, span time.Duration) {
	switch lasted := now.Sub(s.began); {
	case s.now == nil, lasted >= 2*span:
		s.now, s.older, s.began = map[proofKey]struct{}{}, nil, now
	case lasted >= span:
		s.now, s.older, s.began = map[proofKey]struct{}{}, s.now, now
	}
}
