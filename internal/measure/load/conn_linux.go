package load

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// conn is one connection, and the request under way on it.
type conn struct {
	dialogue
	fd         int // the transport's number of the socket; negative for none
	index      int32
	generation int32 // tells what comes from this socket from what earlier ones left
	state      connState
	due        int64 // when the state must have changed, or is to be changed
	dialled    int64 // when the connection was first asked for
	crowded    bool  // it was asked for before, and found no room
	freed      int64 // when the connection became free
	// again says that the request is to be sent again when the connection stands.
	again bool
	// bytes is the request, and unsent what the kernel has yet to take of it.
	bytes, unsent []byte
	ticket        uint32 // of the latest send, where a transport queues them
}

type connState uint8

const (
	down       connState = iota // to be opened when due
	connecting                  // given up when due
	idle
	busy // the request times out when due
	// parting: answered, and something has come behind the answer. It must be looked
	// at before the next request could be sent.
	parting
)

// connect starts to open a connection, or leaves it to the scan that follows when
// another one stands.
func (s *shard) connect(c *conn, now int64) {
	if s.connecting == mostConnecting {
		c.due, s.held = now, true
		return
	}
	if c.served = 0; !c.crowded {
		c.dialled = now
	}
	c.crowded = false
	if errno := s.transport.open(c); errno != 0 {
		s.unconnected(c, now, errno)
		return
	}
	c.state, c.due = connecting, now+int64(s.endpoint.Timeout)
	if c.again {
		c.due = s.deadline(c)
	}
	s.connecting++
	s.check = min(s.check, c.due)
}

// deadline is when the request of a connection times out.
func (s *shard) deadline(c *conn) int64 { return c.req.sent + int64(s.endpoint.Timeout) }

// settled notes that a connection is not under way any more.
func (s *shard) settled(now int64) {
	s.connecting--
	if s.held {
		s.held, s.check = false, now
	}
}

// connected takes a connection that stands.
func (s *shard) connected(c *conn) {
	now := s.now()
	c.state, c.freed = idle, now
	s.up++
	s.settled(now)
	if s.endpoint.Breakdown {
		s.opening.Connect.Record(now - c.dialled)
	}
	if c.again {
		c.again = false
		errno := s.transmit(c)
		if s.check = min(s.check, c.due); errno != 0 {
			s.unsendable(c, errno)
		}
		return
	}
	s.free.push(c.index)
	s.sendDue(now)
}

// unconnected notes that an attempt to connect failed, and when to try again.
func (s *shard) unconnected(c *conn, now int64, errno syscall.Errno) {
	if errno == unix.EAGAIN && s.endpoint.Addr.Socket != "" && now < c.dialled+int64(s.endpoint.Timeout) {
		// The backlog of a Unix socket is full: the kernel does not wait for room there,
		// as it does for TCP.
		s.disconnect(c)
		c.crowded = true
		s.retry(c, now)
		return
	}
	kind := ErrorDial
	if errno == unix.ECONNREFUSED {
		kind = ErrorRefused
	}
	s.tally.unconnected(kind)
	s.failure = errno
	if errno == unix.EMFILE || errno == unix.ENFILE {
		s.failure = fmt.Errorf("%w: raise the limit (ulimit -n) or use fewer connections", errno)
	}
	s.disconnect(c)
	if c.again {
		s.giveUp(c, now)
	}
	s.retry(c, now)
}

// giveUp fails a request that was to be sent again.
func (s *shard) giveUp(c *conn, now int64) {
	kind := ErrorClosed
	if now >= s.deadline(c) {
		kind = ErrorTimeout
	}
	c.again = false
	s.busy--
	s.tally.failed(&c.req, kind, nil)
}

// disconnect closes a connection, whatever its state.
func (s *shard) disconnect(c *conn) {
	s.transport.drop(c)
	c.generation++
	switch c.state {
	case connecting:
		s.settled(s.now())
	case idle, busy, parting:
		if s.up--; s.up == 0 {
			s.downSince = s.now()
		}
	}
	c.state, c.asking = down, false
	c.unsent = nil
}

// reopen replaces a connection that can not be used any more. One that never
// brought an answer waits a little, so that a server that is gone, or closes
// whatever it accepts, does not keep the generator busy.
func (s *shard) reopen(c *conn, now int64) {
	served := c.served
	s.disconnect(c)
	if served > 0 {
		s.connect(c, now)
	} else {
		s.retry(c, now)
	}
}

func (s *shard) retry(c *conn, now int64) {
	c.due = now + int64(retryAfter)
	s.check = min(s.check, c.due)
}

// sendOn sends the upcoming request on a connection that is free, at the time
// now.
func (s *shard) sendOn(c *conn, now int64) {
	// The connection keeps the bytes until they are sent, and the next request is
	// rendered into its earlier ones.
	c.bytes, s.next.bytes = s.next.bytes, c.bytes
	c.req = request{
		intended: s.next.at, free: c.freed, sent: now, class: s.next.class,
		counted: s.tally.scheduled(s.next.at), bytesOut: int64(len(c.bytes)), mark: s.next.mark,
	}
	s.fresh = true
	if s.thread.pinned {
		s.lookout = now + hybridAfter
	}
	s.busy++
	errno := s.transmit(c)
	s.tally.sent(&c.req)
	s.render()
	if errno != 0 {
		s.unsendable(c, errno)
	}
}

// transmit hands a connection's request to the kernel.
func (s *shard) transmit(c *conn) syscall.Errno {
	c.unsent = c.bytes
	c.state, c.due = busy, s.deadline(c)
	c.ask(s.endpoint.Workload.asked)
	return s.transport.send(c)
}

// received takes bytes that came; more says that something came behind them, bytes
// or the end. It reports whether the shard needs to be told of that.
func (s *shard) received(c *conn, b []byte, more bool) (needed bool) {
	f := c.heard(b, more, len(c.unsent) > 0)
	if f == pending && s.endpoint.Breakdown && c.req.first == 0 {
		c.req.first = s.now()
	}
	s.take(c, f)
	return f == pending || f == answeredUnclear
}

// take acts on what an event on a connection means.
func (s *shard) take(c *conn, f fate) {
	switch f {
	case pending:
	case answered, answeredLast, answeredUnclear:
		s.answered(c, f)
	case answeredMore:
		s.tally.unsolicited()
		s.answered(c, f)
	case unsolicited:
		s.tally.unsolicited()
		s.retire(c)
	case closedIdle:
		s.retire(c)
	case raced:
		s.resend(c, s.now())
	case failed:
		s.fail(c, s.now(), c.kind, c.reason)
	}
}

// ended takes the end of a connection's stream.
func (s *shard) ended(c *conn) { s.take(c, c.dialogue.ended()) }

// broken takes the failure of a connection that stood.
func (s *shard) broken(c *conn) { s.take(c, c.lost(ErrorReset)) }

// unsendable takes the failure to send a request, or the rest of it. Where the
// server has closed the connection, what it said before is still to be received, and
// the end behind it.
func (s *shard) unsendable(c *conn, errno syscall.Errno) {
	if !c.asking || errno != unix.EPIPE && errno != unix.ECONNRESET {
		s.broken(c)
		return
	}
	c.unsent, c.cut = nil, true
}

// resend opens another connection for a request.
func (s *shard) resend(c *conn, now int64) {
	s.tally.resent(&c.req)
	s.disconnect(c)
	c.again = true
	s.connect(c, now)
}

// retire replaces a connection that is not to take the next request.
func (s *shard) retire(c *conn) {
	s.free.remove(c.index)
	s.reopen(c, s.now())
}

// answered takes a whole answer. Its time is the next request's as well where one
// follows at once; the counting comes after the sending.
func (s *shard) answered(c *conn, f fate) {
	now := s.now()
	s.reach(now)
	req, status := c.req, c.parser.status
	c.state, c.freed = idle, now
	s.busy--
	switch used := c.served == s.endpoint.RequestsPerConnection; {
	case f == answered && !used:
		s.free.push(c.index)
		s.sendDue(now)
	case f == answeredUnclear && !used:
		c.state, c.due = parting, now+int64(s.endpoint.Timeout)
		s.check = min(s.check, c.due)
	default:
		s.reopen(c, now)
	}
	s.tally.answered(&req, now, status)
}

// fail takes a request that will not be answered.
func (s *shard) fail(c *conn, now int64, kind string, reason error) {
	s.reach(now)
	s.tally.failed(&c.req, kind, reason)
	s.busy--
	s.reopen(c, now)
}

// scan looks at every connection whose time has come. It walks all of them, but
// rarely: check is not moved ahead by requests, which nearly always are answered
// long before their deadline.
func (s *shard) scan(now int64) {
	s.check = now + int64(s.endpoint.Timeout)
	for i := range s.conns {
		c := &s.conns[i]
		if c.state != idle && now >= c.due {
			switch c.state {
			case down:
				s.connect(c, now)
			case connecting:
				s.unconnected(c, now, unix.ETIMEDOUT)
			case busy:
				s.fail(c, now, ErrorTimeout, nil)
			case parting:
				s.reopen(c, now)
			}
		}
		if held := c.state == down && c.due <= now; c.state != idle && !held {
			s.check = min(s.check, c.due)
		}
	}
}

// ring is a queue of connections by index. It never holds one twice.
type ring struct {
	items        []int32
	head, length int
}

func newRing(capacity int) ring { return ring{items: make([]int32, capacity)} }

func (r *ring) push(i int32) {
	tail := r.head + r.length
	if tail >= len(r.items) {
		tail -= len(r.items)
	}
	r.items[tail] = i
	r.length++
}

func (r *ring) pop() int32 {
	i := r.items[r.head]
	if r.head++; r.head == len(r.items) {
		r.head = 0
	}
	r.length--
	return i
}

// remove takes an item out of the middle, which is rare.
func (r *ring) remove(i int32) {
	for n := r.length; n > 0; n-- {
		if head := r.pop(); head != i {
			r.push(head)
		}
	}
}
