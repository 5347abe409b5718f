package protocol

import "time"

// sequence watches numbers that are to come from 0 on, each once, in any order.
type sequence struct {
	next    int64 // all below have come
	highest int64 // one more than the highest that has come
	ahead   map[int64]bool
	// since is when the first of those ahead came.
	since time.Duration
}

// mostAhead bounds the memory for numbers behind a gap.
const mostAhead = 1 << 12

// add notes a number, and reports whether it is new.
func (s *sequence) add(n int64) bool {
	if n < s.next || s.ahead[n] || n-s.next > mostAhead {
		return false
	}
	s.highest = max(s.highest, n+1)
	if n > s.next {
		if s.ahead == nil {
			s.ahead = map[int64]bool{}
		}
		s.ahead[n] = true
		return true
	}
	for s.next++; s.ahead[s.next]; s.next++ {
		delete(s.ahead, s.next)
	}
	s.since = 0
	return true
}

// gapSince is how long a number has been missing while later ones are there.
func (s *sequence) gapSince(now time.Duration) time.Duration {
	if len(s.ahead) == 0 {
		return 0
	}
	if s.since == 0 {
		s.since = now
	}
	return now - s.since
}
