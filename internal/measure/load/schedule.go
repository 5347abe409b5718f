package load

import (
	"context"
	"math"
	"time"

	"authbench/bench"
)

// schedule yields an open load's arrivals in order, in nanoseconds since the
// start of the slice. It is a pure function of seed, rate or ramp, and arrivals; a shard
// runs through all of them and keeps its own ([deal]), so that the shards' union is the
// whole schedule to the last bit (a Poisson arrival is the sum of all gaps
// before it).
type schedule struct {
	gaps  stream
	gap   float64 // mean, ns; of a ramp, requests: 1
	exp   bool
	index uint64
	at    float64
	ramp  *ramp // nil: the rate is one
}

func newSchedule(s Slice) schedule {
	out := schedule{gaps: newStream(s.Seed, gapStream), gap: min(farthest, float64(time.Second)/s.Rate), exp: s.Arrivals == bench.Poisson, ramp: newRamp(s.Ramp)}
	if out.ramp != nil {
		out.gap = 1
	}
	return out
}

// next returns an arrival's index and time. The first Poisson arrival comes one
// exponential gap after the start; the first constant one at the start.
func (s *schedule) next() (index uint64, at int64) {
	index = s.index
	s.index++
	if s.exp {
		s.at -= math.Log(uniform(s.gaps.at(index))) * s.gap
	} else {
		s.at = float64(index) * s.gap // not a sum: rounding does not add up
	}
	if s.ramp != nil {
		return index, s.ramp.when(s.at)
	}
	return index, int64(min(farthest, s.at))
}

// farthest is 146 years, ns: later times do not fit into 64 bits, and would be long past.
const farthest = 1 << 62

// Bounded returns the slice with the measured part that its count leaves it. That of
// an open load ends when one more request would be due: so many requests are due in a
// time that does not depend on the server, and what is sent later is sent late, as in
// a slice that ends by its time. A Poisson schedule is run through for that, some 10 ns
// per request; the error is the cause for which the context ended meanwhile. [Client.Run]
// does so itself, and at once with a slice that comes from here.
func (s Slice) Bounded(ctx context.Context) (Slice, error) {
	if s.Arrivals == "" || s.Count == 0 || s.counted {
		return s, nil
	}
	s.counted = true
	arrivals := newSchedule(s)
	if !arrivals.exp {
		arrivals.index = uint64(s.Count)
	}
	for {
		index, at := arrivals.next()
		if at >= int64(s.Settle+s.Measure) {
			return s, nil
		}
		if index == uint64(s.Count) {
			s.Measure = max(1, time.Duration(at)-s.Settle)
			return s, nil
		}
		if index%lookEvery == 0 && ctx.Err() != nil {
			return s, context.Cause(ctx)
		}
	}
}

// lookEvery is after how many requests, within a millisecond, it is looked whether anybody still
// waits for them.
const lookEvery = 1 << 16

// script is the sequence of requests of one shard of a slice.
type script struct {
	workload            *Workload
	classes, popularity stream
	open                bool
	schedule            schedule
	deal                deal
	nth                 uint64 // closed: the next of the machine's requests
	marked              bool   // its requests are summed up
	start, until        int64  // on the engine's clock
	// count is how many requests the whole script has at most, 0 for any number;
	// spent says that it ended with the last of them.
	count uint64
	spent bool
}

// never is later than everything.
const never = math.MaxInt64

// newScript returns shard number shard of the slice's part of the requests, which arrive
// from start to the end of the measured part.
func newScript(w *Workload, s Slice, shard, shards int, start int64) script {
	out := script{
		workload: w, open: s.Arrivals != "",
		classes: newStream(s.Seed, classStream), popularity: newStream(s.Seed, popularityStream),
		deal: newDeal(s, shard, shards), nth: uint64(shard), marked: s.Part != Part{},
		start: start, until: start + int64(s.Settle+s.Measure), count: uint64(s.Count),
	}
	if out.open {
		out.schedule = newSchedule(s)
	}
	return out
}

// next returns the index and the intended start of the next request, never after
// the last. In a closed load every request is due from the start on, and only
// the connections decide when it is sent.
func (s *script) next() (index uint64, at int64) {
	if !s.open {
		if index = s.deal.request(s.nth); s.beyond(index) {
			return index, never
		}
		s.nth += s.deal.threads
		return index, s.start
	}
	for {
		if s.beyond(s.schedule.index) {
			return s.schedule.index, never
		}
		index, at = s.schedule.next()
		if at += s.start; at >= s.until {
			return index, never
		}
		if s.deal.of > 1 && !s.deal.owns(index) {
			continue
		}
		if s.deal.wait == 0 {
			s.deal.wait = s.deal.threads - 1
			return index, at
		}
		s.deal.wait--
	}
}

// deadlines are until when requests of the script may be sent, and when the slice
// is over ([Client.Run]).
func (s *script) deadlines(e Endpoint) (sendBefore, end int64) {
	sendBefore = s.until + int64(e.Timeout)
	return sendBefore, sendBefore + int64(Drain)
}

// beyond reports whether a request lies beyond the number of them.
func (s *script) beyond(index uint64) bool {
	s.spent = s.count > 0 && index >= s.count
	return s.spent
}

// appendRequest appends the bytes of the request that arrives at a time. It returns its class
// and what it adds to a [Checksum], if there is to be one.
func (s *script) appendRequest(dst []byte, index uint64, at int64) (_ []byte, class int, mark uint64) {
	share, credential := s.pick(index)
	if s.marked {
		mark = markOf(index, at-s.start, share.class, credential)
	}
	return s.workload.appendRequest(dst, share.class, credential), share.class, mark
}

// mark is what a request adds to a [Checksum], if there is to be one.
func (s *script) mark(index uint64, at int64) uint64 {
	if !s.marked {
		return 0
	}
	share, credential := s.pick(index)
	return markOf(index, at-s.start, share.class, credential)
}

func (s *script) pick(index uint64) (*share, int) {
	return s.workload.pick(s.classes.at(index), s.popularity.at(index))
}
