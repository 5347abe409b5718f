package load

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// shard is one thread's part of a client: its connections, and its requests of
// the current slice. Only the thread touches it during a slice, but for
// cancelled.
type shard struct {
	clock
	endpoint  Endpoint
	poll      Poll
	thread    *thread
	tally     *tally
	transport transport
	wakefd    int // an eventfd that ends a wait
	cancelled atomic.Bool

	conns []conn
	free  ring
	busy  int // connections with a request under way
	up    int // connections that stand
	// connecting is how many are being opened; held says that others wait for that.
	connecting int
	held       bool
	opening    Opening
	// downSince is when the last connection went down, if none stands.
	downSince int64
	// check is when a connection is next to be looked at though nothing
	// happened on it: no deadline lies before it.
	check int64
	// quiet says that the latest wait was a doze that found nothing.
	quiet bool
	// fresh says that something was sent since the latest wait. The next one may be
	// what submits it, and is work then, whatever it finds.
	fresh bool
	// failure is why the latest attempt to connect failed.
	failure error

	slice      Slice
	script     script
	next       upcoming
	lookout    int64 // until when the latest request's answer may be about to come
	start      int64
	sendBefore int64 // requests that could not be sent until then are not sent any more
	end        int64 // when the slice is over, whatever is under way
}

// upcoming is the next request, rendered before it is due: what is left to do
// then is one system call.
type upcoming struct {
	at    int64
	class int
	mark  uint64
	bytes []byte
}

// hybridAhead is how long before an arrival PollHybrid stops sleeping: of 33 µs
// that a wake-up takes at the median, this covers nearly all.
const hybridAhead = int64(50 * time.Microsecond)

// hybridAfter is for how long after a send PollHybrid looks out for the answer
// before it sleeps: most answers of a server on the same machine come within it,
// and are then noticed without a wake-up, which is as long as many of them take.
// Only a thread that is pinned does so, because its CPU is taken to be its own:
// elsewhere the kernel may have woken the server on that same CPU, and there it
// would wait for the polling to end.
const hybridAfter = int64(100 * time.Microsecond)

// longestDoze bounds a wait that Go's scheduler does not know of. Compared with
// 1 ms it cost 4 to 13 % less CPU per request on a virtual machine, probably
// because a timer beyond the kernel's next tick (4 ms at 250 Hz) need not be set
// in the processor, which traps.
const longestDoze = int64(10 * time.Millisecond)

// newShard returns a shard that has yet to connect. It is called on its thread:
// a transport may belong to the one that makes it.
func newShard(e *threadEngine, t *thread, to Endpoint, connections int) (*shard, error) {
	s := &shard{
		clock: e.clock, endpoint: to, poll: e.poll, thread: t, tally: t.tally,
		conns: make([]conn, connections), free: newRing(connections), next: upcoming{at: never}, opening: newOpening(to),
	}
	for i := range s.conns {
		s.conns[i] = conn{fd: -1, index: int32(i)}
	}
	var err error
	if s.wakefd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	if s.transport, err = e.newTransport(s); err != nil {
		unix.Close(s.wakefd)
		return nil, err
	}
	return s, nil
}

// connectAll opens every connection, or fails with the first that fails.
func (s *shard) connectAll() error {
	s.scan(s.now()) // every connection is due
	for s.up < len(s.conns) {
		if s.cancelled.Load() {
			return errCancelled
		}
		if s.failure != nil {
			return s.failure
		}
		s.transport.wait(sleeping, s.now(), s.check)
		s.scan(s.now())
	}
	return nil
}

// errCancelled never leaves the package: the context's error stands for it.
var errCancelled = errors.New("cancelled")

// prepare sets up the next slice; run takes it.
func (s *shard) prepare(slice Slice, k, shards int, start int64) {
	s.slice, s.start = slice, start
	s.script = newScript(s.endpoint.Workload, slice, k, shards, start)
	s.sendBefore, s.end = s.script.deadlines(s.endpoint)
}

// run takes one slice.
func (s *shard) run() error {
	s.tally.reset(s.endpoint, s.slice, s.start)
	s.render()
	s.scan(s.now())
	now := s.now()
	if s.up == 0 {
		s.downSince = now
	}
	for {
		before := now
		idle := !s.fresh && s.polls(before)
		s.fresh = false
		found := s.wait(now)
		now = s.now()
		if !found && idle && s.tally.phase == measuring {
			s.tally.out.GeneratorSpin += time.Duration(now - before)
		}
		s.reach(now)
		if s.next.at <= now {
			s.sendDue(now)
			now = s.now()
		}
		if now >= s.check {
			s.scan(now)
		}
		if over, err := s.over(now); over {
			s.finish(now)
			return err
		}
	}
}

// reach takes the slice to the phase of the time now. It comes with every time
// stamp.
func (s *shard) reach(now int64) {
	s.tally.reach(now)
	if s.next.at != never && s.tally.phase == draining && (!s.tally.open || now >= s.sendBefore) {
		s.skip(s.script.until)
	}
}

// skip gives up the rest of the script, and counts what was due of it by a time.
func (s *shard) skip(until int64) {
	at, mark := s.next.at, s.next.mark
	for s.tally.open && at < until {
		s.tally.unsent(at, mark)
		var index uint64
		index, at = s.script.next()
		mark = s.script.mark(index, at)
	}
	s.next.at = never
}

// polls reports whether the shard polls rather than sleeps.
func (s *shard) polls(now int64) bool {
	switch s.poll {
	case PollAlways:
		return true
	case PollHybrid:
		return s.nextSend() <= now+hybridAhead || s.busy > 0 && now < s.lookout && s.tally.open
	}
	return false
}

// nextSend is when there is something to send next.
func (s *shard) nextSend() int64 {
	if s.free.length == 0 {
		return never
	}
	return s.next.at
}

// wait has the transport deliver what comes until there is something else to do,
// and reports whether anything came.
func (s *shard) wait(now int64) (found bool) {
	until := s.nextMoment()
	switch {
	case until <= now || s.polls(now):
		return s.transport.wait(polling, now, now)
	case s.quiet:
		s.quiet = false
		return s.transport.wait(sleeping, now, until)
	}
	found = s.transport.wait(dozing, now, min(until, now+longestDoze))
	s.quiet = !found
	return found
}

// nextMoment is until when the shard may sleep if no event comes.
func (s *shard) nextMoment() int64 {
	until := min(s.tally.edge, s.check, s.end)
	if s.tally.phase == draining && s.next.at != never {
		until = min(until, s.sendBefore)
	}
	if s.up == 0 {
		until = min(until, s.downSince+int64(goneAfter))
	}
	due := s.nextSend()
	if s.poll == PollHybrid && due != never {
		due -= hybridAhead
	}
	return min(until, due)
}

// sendDue sends what is due as long as there are free connections. The one that
// has been free longest is used first: every arrival comes from another client,
// and all connections stay warm.
func (s *shard) sendDue(now int64) {
	for first := true; s.next.at <= now && s.free.length > 0; first = false {
		if !first {
			now = s.now() // sending took its time
		}
		s.sendOn(&s.conns[s.free.pop()], now)
	}
}

// render prepares the next request of the script.
func (s *shard) render() {
	index, at := s.script.next()
	s.next.at = at
	if at == never || s.tally.phase == draining && !s.tally.open {
		s.next.at = never
		return
	}
	s.next.bytes, s.next.class, s.next.mark = s.script.appendRequest(s.next.bytes[:0], index, at)
}

// over reports whether the slice is over, and why if it ends early.
func (s *shard) over(now int64) (bool, error) {
	if s.script.spent && s.busy == 0 && s.tally.phase != draining && !s.tally.open {
		s.tally.conclude(s.tally.latest)
	}
	switch {
	case s.cancelled.Load():
		return true, errCancelled
	case s.tally.phase == draining && s.busy == 0 && s.next.at == never, now >= s.end:
		return true, nil
	case s.up == 0 && now-s.downSince >= int64(goneAfter):
		return true, s.gone()
	}
	return false, nil
}

// gone is ErrGone, with the reason if connecting failed rather than hung.
func (s *shard) gone() error {
	if s.failure == nil {
		return ErrGone
	}
	return gone(s.failure)
}

// finish leaves the shard ready for the next slice.
func (s *shard) finish(now int64) {
	if s.tally.phase == measuring { // cut short
		s.tally.cross(now)
	}
	s.script.until = min(s.script.until, now)
	s.skip(s.script.until)
	for i := range s.conns {
		// Nobody waits for these answers any more, and they must not be taken
		// for those to the next slice's requests.
		c := &s.conns[i]
		if c.state != busy && !c.again {
			continue
		}
		switch {
		case s.cancelled.Load():
			s.tally.abandoned(&c.req)
		case now >= s.end:
			s.tally.failed(&c.req, ErrorTimeout, nil)
		default: // to be sent again to a server that is gone
			s.tally.failed(&c.req, ErrorClosed, nil)
		}
		s.busy--
		c.again = false
		s.disconnect(c)
		c.due = now
	}
}

// cancel ends the current job early. It is called from outside the thread.
func (s *shard) cancel() {
	s.cancelled.Store(true)
	one := [8]byte{0: 1}
	// The only failure is a full counter, and then the thread wakes as well.
	_, _ = unix.Write(s.wakefd, one[:])
}

// close closes what the shard has open. Like newShard it is called on its thread.
func (s *shard) close() error {
	for i := range s.conns {
		s.transport.drop(&s.conns[i])
	}
	return errors.Join(s.transport.close(), unix.Close(s.wakefd))
}
