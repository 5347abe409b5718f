package load

import (
	"time"
)

// request is one request under way. Times are on the engine's clock.
type request struct {
	intended int64
	free     int64 // when its connection became free
	sent     int64
	first    int64 // when the answer's first byte came, if not with its last
	class    int
	// counted says that an open load's request belongs to the measured part.
	counted bool
	// resent says that it was sent a second time, on another connection. Its times
	// begin with the first sending.
	resent            bool
	bytesOut, bytesIn int64
	mark              uint64 // what it adds to a [Checksum]
}

// phase is a part of a slice.
type phase int

const (
	settling phase = iota
	measuring
	draining
)

// tally counts what one writer sees of a slice: a generator thread, or the whole
// portable engine. Nothing in it allocates while requests succeed.
type tally struct {
	workload  *Workload
	open      bool
	breakdown bool
	timeout   int64
	phase     phase
	edge      int64 // when the next phase begins
	from      int64 // nominal start of the measured part
	until     int64 // nominal end
	latest    int64 // the latest time stamp
	// relay is nil unless somebody watches; tick is when the next interval ends.
	relay *relay
	tick  int64
	// concluded says that the measured part ended with the last of a number of
	// requests.
	concluded bool
	// began and ended are when the edges were really reached, cpu the CPU clock
	// then.
	began, ended       int64
	cpuBegan, cpuEnded time.Duration
	cpu                func() time.Duration
	begin, end         func()

	out       Outcome
	answers   answerKinds
	latencies [2]Latencies // valid, refused
	// pieces has, of a breakdown, the requests whose answers came in pieces, and
	// latencies those whose first byte is their last: most, which cost no more than
	// without a breakdown. silent counts the latter ones that had no answer at all.
	pieces [2]Latencies
	silent [2]int64
}

func newTally(cpu func() time.Duration) *tally {
	return &tally{cpu: cpu, latencies: [2]Latencies{newLatencies(), newLatencies()}}
}

// reset prepares the tally for a slice that starts at start.
func (t *tally) reset(e Endpoint, s Slice, start int64) {
	for i := range t.latencies {
		t.latencies[i].reset()
		if e.Breakdown && t.pieces[i].Service == nil {
			t.pieces[i] = newPieces()
		}
		t.pieces[i].reset()
		t.silent[i] = 0
	}
	errors, malformed := t.out.Errors, t.out.Malformed
	if errors == nil {
		errors, malformed = map[string]int64{}, map[string]int64{}
	}
	clear(errors)
	clear(malformed)
	t.out, t.answers = Outcome{Errors: errors, Malformed: malformed}, answerKinds{}
	t.workload, t.open, t.breakdown, t.timeout = e.Workload, s.Arrivals != "", e.Breakdown, int64(e.Timeout)
	t.concluded = false
	t.phase, t.edge = settling, start+int64(s.Settle)
	t.from, t.until = t.edge, t.edge+int64(s.Measure)
	t.began, t.ended, t.cpuBegan, t.cpuEnded = 0, 0, 0, 0
	t.begin, t.end = s.Begin, s.End
	if t.tick = never; t.relay != nil {
		t.relay.begin(t)
	}
}

// reach takes the slice to the phase of the time now. It is called with every
// time stamp, so that the edges fall between two answers and not between two
// batches of them.
func (t *tally) reach(now int64) {
	t.latest = now
	if now >= t.tick {
		t.handOver(now)
	}
	if now >= t.edge {
		t.cross(now)
	}
}

func (t *tally) cross(now int64) {
	if t.phase == settling {
		t.phase, t.edge, t.began = measuring, t.until, now
		t.cpuBegan = t.cpu()
		if t.begin != nil {
			t.begin()
		}
		return // a slice whose measured part was slept through has it all the same
	}
	t.phase, t.edge, t.ended = draining, never, now
	t.cpuEnded = t.cpu()
	if t.end != nil {
		t.end()
	}
}

// conclude ends the measured part early, with the last of a number of requests.
func (t *tally) conclude(now int64) {
	t.concluded = true
	for t.phase != draining {
		t.cross(now)
	}
}

// scheduled notes that an arrival of the script came up, and whether it counts.
func (t *tally) scheduled(at int64) (counted bool) {
	counted = t.open && at >= t.from && at < t.until
	if counted {
		t.out.Scheduled++
	}
	return counted
}

// unsent notes that an arrival of the script came up whose request is not sent.
func (t *tally) unsent(at int64, mark uint64) {
	if t.scheduled(at) {
		t.out.UnsentSum += mark
	}
}

// sent notes that a request has been sent.
func (t *tally) sent(r *request) {
	if !r.counted {
		return
	}
	t.out.Sent++
	t.out.SentSum += r.mark
	t.out.Occupancy -= time.Duration(r.intended)
	if r.lag() > int64(lateSend) {
		t.out.LateSends++
	}
	if r.sent >= t.until {
		t.out.Overdue++
	}
}

// abandoned takes back a request that the end of the context cut off: what would
// have become of it is not known.
func (t *tally) abandoned(r *request) {
	if r.counted {
		t.out.Scheduled--
		t.out.Sent--
		t.out.SentSum -= r.mark
		t.out.Occupancy += time.Duration(r.intended)
		if r.sent >= t.until {
			t.out.Overdue--
		}
	}
}

// lag is how late the generator was by its own doing.
func (r *request) lag() int64 { return r.sent - max(r.intended, r.free) }

// counts reports whether a request that ends now belongs to the slice.
func (t *tally) counts(r *request) bool {
	if t.open {
		return r.counted
	}
	return t.phase == measuring
}

// left notes that a request has left the system. Departures less arrivals, each
// summed on the engine's clock, are the integral of the number inside, whatever
// their order; a running count times the gaps between events gives the same for a
// multiplication per event. It uses the slice's own clock; the times that a request
// and its answer carry go into the histograms. So a lost request shows: the two
// ways to count do not agree then.
func (t *tally) left(r *request) {
	if r.counted {
		t.out.Occupancy += time.Duration(t.latest)
	}
}

// answered notes a whole answer whose last byte came at last.
func (t *tally) answered(r *request, last int64, status int) {
	if t.phase == measuring {
		t.out.Answered++
	}
	t.left(r)
	wrong := !t.workload.expects(r.class, status)
	accepted := wrong && r.class != valid && status/100 == 2
	if accepted {
		// Whenever it happened: a server may be wrong only while a cache is cold.
		t.out.WrongVerdicts++
		t.out.FalseAccepts++
	}
	if !t.counts(r) {
		return
	}
	t.out.Completed++
	t.bytes(r)
	n := &t.out.Statuses[r.class][status]
	if *n++; *n == 1 {
		t.answers.add(r.class, status)
	}
	if wrong {
		if !accepted {
			t.out.WrongVerdicts++
		}
		return
	}
	t.times(r, last)
}

// failed notes that a request will not be answered, and of a malformed answer the
// rule that it broke.
func (t *tally) failed(r *request, kind string, reason error) {
	t.left(r)
	// A closed load sends nothing while it drains: what fails then, a timeout long
	// after the slice above all, was under way in the measured part.
	if t.open && !r.counted || !t.open && t.phase == settling {
		return
	}
	t.out.Errors[kind]++
	if reason != nil {
		t.out.Malformed[reason.Error()]++
	}
	t.bytes(r)
	if kind == ErrorTimeout {
		// Left out of the histograms, the slowest requests would make the
		// server look faster.
		t.times(r, r.sent+t.timeout)
	}
}

// resent notes that a request was sent a second time.
func (t *tally) resent(r *request) {
	if t.counts(r) {
		t.out.Resent++
	}
}

// unsolicited notes that a connection brought bytes that nobody asked for. It
// counts whenever it happens: whatever the server confuses then, it may confuse in
// the measured part as well.
func (t *tally) unsolicited() { t.out.Unsolicited++ }

// unconnected notes that an attempt to open a connection failed.
func (t *tally) unconnected(kind string) {
	if t.phase == measuring {
		t.out.Errors[kind]++
	}
}

func (t *tally) bytes(r *request) {
	t.out.BytesOut += r.bytesOut
	t.out.BytesIn += r.bytesIn
}

func (t *tally) times(r *request, last int64) {
	kind := min(r.class, 1) // valid, or any other
	l := &t.latencies[kind]
	service := l.Service
	if t.breakdown && r.first != 0 {
		p := &t.pieces[kind]
		service = p.Service
		p.FirstByte.Record(r.first - r.sent)
		p.Transfer.Record(last - r.first)
	} else if r.bytesIn == 0 {
		t.silent[kind]++
	}
	service.Record(last - r.sent)
	if t.open {
		l.Response.Record(last - r.intended)
		l.Queue.Record(max(0, r.free-r.intended))
		l.Lag.Record(r.lag())
	}
}

// valid is the index of bench.Valid in bench.Classes.
const valid = 0

// merge returns one outcome of the tallies of all threads. The first one called
// Begin and End, and its measured part is the slice's, unless a count of requests
// ended it: then the longest is.
func merge(tallies []*tally) *Outcome {
	first := tallies[0]
	out := NewOutcome(first.breakdown)
	if first.phase == draining {
		out.Measured = time.Duration(first.ended - first.began)
	}
	for _, t := range tallies {
		o := &t.out
		if t.concluded || first.concluded {
			out.Measured = max(out.Measured, time.Duration(t.ended-t.began))
		}
		out.addCounts(o)
		busy := t.cpuEnded - t.cpuBegan
		out.GeneratorCPU += busy
		// Polling is timed by the wall clock: a thread that was held up in it
		// did not use that time.
		out.GeneratorSpin += min(o.GeneratorSpin, busy)
		out.Clipped += t.addTimes(0, out.Valid) + t.addTimes(1, out.Refused)
	}
	return out
}

// addTimes adds the times of one kind of requests, and returns how many of them
// are clipped.
func (t *tally) addTimes(kind int, to Latencies) (clipped int64) {
	whole := t.latencies[kind]
	clipped = to.merge(whole)
	if t.breakdown {
		clipped += to.merge(t.pieces[kind])
		to.FirstByte.Merge(whole.Service)
		to.Transfer.RecordMany(0, whole.Service.Count()-t.silent[kind])
	}
	return clipped
}
