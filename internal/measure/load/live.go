package load

import (
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/result/hist"
)

// Live hands over, interval by interval, what a slice finds while it goes on.
//
// At the end of each interval a generator thread takes an empty histogram for its headline
// (the response times of an open load, the service times of a closed one) and leaves the
// full one behind: two stores of a pointer, and none per request. It is neither woken for
// that nor waits for anybody. A thread that sleeps hands over when it wakes, and where the
// last histogram has not come back yet, the interval comes with the next one.
//
// Rejected: a second record of each request, which costs every request 10 ns; and a
// copy of the histogram by the thread, which would hold up its sends for 20 µs.
type Live struct {
	// Every is the length of an interval. The first begins with the measured part, and
	// intervals go on until the last request has ended.
	Every time.Duration
	// Take is told what each thread found in each interval. It is called by Poll, and by
	// the end of the slice for the rest; never twice at once.
	Take func(Interval)

	mu     sync.Mutex // guards what follows, and calls of Take
	relays []*relay
	span   time.Duration
}

// Interval is what one thread found in one interval of a slice.
type Interval struct {
	// Index counts intervals from 0 on.
	Index int
	Counts
	// Answers break Completed down. They may be read during the call alone. Kinds beyond the
	// first two dozen of a slice are not in them.
	Answers []Answers
	// Times are the times of requests with valid credentials, as in [Outcome]. They may
	// be read only during the call.
	Times *hist.Packed
}

// Answers are how many answers of one status requests of one class got.
type Answers struct {
	Class  bench.Class
	Status int
	N      int64
}

// answerKinds are the pairs of class and status that a tally has seen in a slice, in the order
// in which they first came.
type answerKinds struct {
	n     int
	kinds [24]struct{ class, status int }
}

func (k *answerKinds) add(class, status int) {
	if k.n < len(k.kinds) {
		k.kinds[k.n] = struct{ class, status int }{class, status}
		k.n++
	}
}

// answerCounts are how many answers of each kind there were.
type answerCounts [len(answerKinds{}.kinds)]int64

// Counts is the part of an [Outcome]'s counts that came within an interval.
type Counts struct {
	Sent          int64 `json:"sent"`
	Completed     int64 `json:"completed"`
	WrongVerdicts int64 `json:"wrong_verdicts"`
	Errors        int64 `json:"errors"`
}

// Plus returns the sum of both.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.Sent + o.Sent, c.Completed + o.Completed, c.WrongVerdicts + o.WrongVerdicts, c.Errors + o.Errors}
}

// less returns what has come since before.
func (c Counts) less(before Counts) Counts {
	return Counts{c.Sent - before.Sent, c.Completed - before.Completed, c.WrongVerdicts - before.WrongVerdicts, c.Errors - before.Errors}
}

// Poll takes what the threads have handed over. It is to be called more often than intervals
// end, as [Live.Watch] does.
func (l *Live) Poll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.relays {
		r.poll(l.Take)
	}
}

// Watch polls, twice in each interval, until the function that it returns is called.
func (l *Live) Watch() (stop func()) {
	done := make(chan struct{})
	var polling sync.WaitGroup
	polling.Go(func() {
		ticker := time.NewTicker(l.Every / 2)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				l.Poll()
			}
		}
	})
	return func() {
		close(done)
		polling.Wait()
	}
}

// Span returns how long the measured part of the slice that has ended was, from when it was
// to begin: as the intervals are counted, and unlike [Outcome].Measured.
func (l *Live) Span() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.span
}

// open gives the tallies of a slice something to hand over with; nothing if nobody
// watches.
func (l *Live) open(tallies []*tally, e Endpoint, s Slice) {
	for _, t := range tallies {
		t.relay = nil
	}
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.relays = nil
	for _, t := range tallies {
		t.relay = newRelay(l.Every, s.Arrivals == "" && e.Breakdown)
		l.relays = append(l.relays, t.relay)
	}
}

// close takes what the tallies of a slice that has ended still have, and gives them back
// the histograms of the whole.
func (l *Live) close(tallies []*tally) {
	if l == nil {
		return
	}
	l.Poll()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.relays, l.span = nil, 0
	for _, t := range tallies {
		t.relay.end(t, l.Take)
		t.relay = nil
		if t.phase == draining {
			l.span = max(l.span, time.Duration(min(t.ended, t.until)-t.from))
		}
	}
}

// relay carries one tally's intervals to whoever watches.
type relay struct {
	every int64
	// full waits to be taken, empty to be filled: one of the two parcels stands in one of
	// them, or is being read, and the generator fills the other.
	full, empty atomic.Pointer[parcel]
	// filling and places are the generator's: where the headline's histograms stand in the
	// tally.
	filling *parcel
	places  []**hist.Histogram

	// What follows is the watcher's. Before and beforeAnswers have been told already. Whole
	// are the tally's own histograms, into which all that was taken goes.
	whole          []*hist.Histogram
	before         Counts
	beforeAnswers  answerCounts
	answers        []Answers
	packed, pieces *hist.Packed
}

// parcel is what a thread found in an interval.
type parcel struct {
	index int
	sums  Counts // of the slice so far
	// kinds are the kinds of answers so far, answers how many came of each.
	kinds   answerKinds
	answers answerCounts
	// times are the headline's: of whole answers, and of those that came in pieces where
	// these have histograms of their own.
	times []*hist.Histogram
}

func newRelay(every time.Duration, inPieces bool) *relay {
	r := &relay{every: int64(every), packed: hist.NewPacked(), pieces: hist.NewPacked()}
	newParcel := func() *parcel {
		b := &parcel{times: []*hist.Histogram{hist.New()}}
		if inPieces {
			b.times = append(b.times, hist.New())
		}
		for _, h := range b.times {
			h.Reset() // so that its memory is there
		}
		return b
	}
	r.filling = newParcel()
	r.empty.Store(newParcel())
	return r
}

// begin puts the first parcel in the place of the tally's histograms, when these are reset.
func (r *relay) begin(t *tally) {
	if r.places = []**hist.Histogram{&t.latencies[valid].Response}; !t.open {
		r.places[0] = &t.latencies[valid].Service
		if t.breakdown {
			r.places = append(r.places, &t.pieces[valid].Service)
		}
	}
	for _, at := range r.places {
		r.whole = append(r.whole, *at)
	}
	r.put(r.filling.times)
	t.tick = t.from + r.every
}

// put makes the tally record into other histograms.
func (r *relay) put(times []*hist.Histogram) {
	for i, at := range r.places {
		*at = times[i]
	}
}

// handOver is called on the generator's thread at the first time stamp after the end of an
// interval, before anything is counted there.
func (t *tally) handOver(now int64) {
	r := t.relay
	if next := r.empty.Swap(nil); next != nil {
		done := r.filling
		done.note(r.index(t), t)
		r.filling = next
		r.put(next.times)
		r.full.Store(done)
	}
	t.tick += (1 + (now-t.tick)/r.every) * r.every
}

// index is the interval that ends with the tally's next tick.
func (r *relay) index(t *tally) int { return int((t.tick-t.from)/r.every) - 1 }

// note fills in what a tally has counted so far.
func (p *parcel) note(index int, t *tally) {
	p.index, p.sums, p.kinds = index, t.counted(), t.answers
	for i, kind := range p.kinds.kinds[:p.kinds.n] {
		p.answers[i] = t.out.Statuses[kind.class][kind.status]
	}
}

// counted are the counts of the slice so far.
func (t *tally) counted() Counts {
	c := Counts{Sent: t.out.Sent, Completed: t.out.Completed, WrongVerdicts: t.out.WrongVerdicts}
	for _, n := range t.out.Errors {
		c.Errors += n
	}
	return c
}

// poll takes the parcel that was handed over, if any, and gives it back.
func (r *relay) poll(take func(Interval)) {
	b := r.full.Swap(nil)
	if b == nil {
		return
	}
	r.absorb(b, take)
	for _, h := range b.times {
		h.Reset()
	}
	r.empty.Store(b)
}

// absorb adds a parcel to what was taken before, and tells of it.
func (r *relay) absorb(b *parcel, take func(Interval)) {
	r.packed.Take(b.times[0])
	r.packed.AddTo(r.whole[0])
	if len(b.times) > 1 {
		r.pieces.Take(b.times[1])
		r.pieces.AddTo(r.whole[1])
		r.packed.Merge(r.pieces)
	}
	r.answers = r.answers[:0]
	for i, kind := range b.kinds.kinds[:b.kinds.n] {
		if n := b.answers[i] - r.beforeAnswers[i]; n > 0 {
			r.answers = append(r.answers, Answers{bench.Classes[kind.class], kind.status, n})
		}
	}
	take(Interval{b.index, b.sums.less(r.before), r.answers, r.packed})
	r.before, r.beforeAnswers = b.sums, b.answers
}

// end takes what the tally has not handed over, and gives it back its histograms.
func (r *relay) end(t *tally, take func(Interval)) {
	if r.places == nil {
		return // no slice has begun
	}
	last := r.filling
	last.note(r.index(t), t)
	r.absorb(last, take)
	r.put(r.whole)
}
