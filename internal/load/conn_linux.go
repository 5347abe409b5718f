package load

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// conn is one connection, and the request under way on it.
type conn struct {
	fd         int
	index      int32
	generation int32 // tells the events of this socket from those of earlier ones
	state      connState
	// proven says that the connection has brought at least one answer.
	proven bool
	due    int64 // when the state must have changed, or is to be changed
	freed  int64 // when the connection became free
	req    request
	parser parser
	unsent []byte // what the socket did not take yet
}

type connState uint8

const (
	down       connState = iota // to be opened when due
	connecting                  // given up when due
	idle
	busy // the request times out when due
)

// handle takes events.
func (s *shard) handle(events []unix.EpollEvent) {
	for i := range events {
		e := &events[i]
		if e.Fd == wake {
			continue // whatever it was about, the loop looks after it
		}
		c := &s.conns[e.Fd]
		if c.generation != e.Pad {
			continue // of a socket that was closed since
		}
		if c.state == connecting {
			s.connected(c)
		}
		const ended = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
		switch {
		case c.state == busy:
			if len(c.unsent) > 0 {
				s.sendRest(c)
			}
			if e.Events&(unix.EPOLLIN|ended) != 0 && c.state == busy {
				s.receive(c, e.Events&ended != 0)
			}
		case c.state == idle && e.Events&(unix.EPOLLIN|ended) != 0:
			// Closed by the server, or bytes that nobody asked for: either way
			// not a connection to send the next request on.
			s.free.remove(c.index)
			s.reopen(c, s.now())
		}
	}
}

// connect starts to open a connection.
func (s *shard) connect(c *conn, now int64) {
	c.generation++
	fd, errno := openSocket(s.epfd, s.endpoint.Addr, unix.EpollEvent{Fd: c.index, Pad: c.generation})
	c.fd, c.proven = fd, false
	if errno != 0 {
		s.unconnected(c, now, errno)
		return
	}
	c.state, c.due = connecting, now+int64(s.endpoint.Timeout)
	s.check = min(s.check, c.due)
}

// connected takes the first event of a connection.
func (s *shard) connected(c *conn) {
	now := s.now()
	if errno := socketError(c.fd); errno != 0 {
		s.unconnected(c, now, errno)
		return
	}
	c.state, c.freed = idle, now
	s.up++
	s.free.push(c.index)
	s.sendDue(now)
}

// unconnected notes that an attempt to connect failed, and when to try again.
func (s *shard) unconnected(c *conn, now int64, errno syscall.Errno) {
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
	s.retry(c, now)
}

// disconnect closes a connection, whatever its state.
func (s *shard) disconnect(c *conn) {
	if c.fd >= 0 {
		closeSocket(c.fd)
		c.fd = -1
	}
	if c.state == idle || c.state == busy {
		if s.up--; s.up == 0 {
			s.downSince = s.now()
		}
	}
	c.state = down
	c.unsent = c.unsent[:0]
}

// reopen replaces a connection that can not be used any more. One that never
// brought an answer waits a little, so that a server that is gone, or closes
// whatever it accepts, does not keep the generator busy.
func (s *shard) reopen(c *conn, now int64) {
	proven := c.proven
	s.disconnect(c)
	if proven {
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
	b := s.next.bytes
	c.req = request{
		intended: s.next.at, free: c.freed, sent: now, class: s.next.class,
		counted: s.tally.scheduled(s.next.at), bytesOut: int64(len(b)),
	}
	c.state, c.due = busy, now+int64(s.endpoint.Timeout)
	s.busy++
	c.parser.reset(s.endpoint.Workload.head)
	n, errno := send(c.fd, b)
	s.tally.sent(&c.req)
	switch {
	case errno == unix.EAGAIN:
		c.unsent = append(c.unsent[:0], b...)
	case errno == 0 && n < len(b):
		c.unsent = append(c.unsent[:0], b[n:]...)
	}
	s.render()
	if errno != 0 && errno != unix.EAGAIN {
		s.fail(c, now, ErrorReset)
	}
}

// sendRest sends what the socket did not take at once.
func (s *shard) sendRest(c *conn) {
	n, errno := send(c.fd, c.unsent)
	switch {
	case errno == 0:
		c.unsent = c.unsent[:copy(c.unsent, c.unsent[n:])]
	case errno != unix.EAGAIN:
		s.fail(c, s.now(), ErrorReset)
	}
}

// receive reads an answer, or what there is of it. Unless the stream has ended
// (which a read must find), one that does not fill the buffer has emptied the
// socket, and another would only be told so.
func (s *shard) receive(c *conn, ended bool) {
	for {
		n, errno := receive(c.fd, s.thread.buffer)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno != 0:
			s.fail(c, s.now(), ErrorReset)
			return
		case n == 0 && c.parser.end():
			s.answered(c, false)
			return
		case n == 0:
			s.fail(c, s.now(), ErrorClosed)
			return
		}
		c.req.bytesIn += int64(n)
		used, whole, err := c.parser.feed(s.thread.buffer[:n])
		switch {
		case err != nil:
			s.fail(c, s.now(), ErrorMalformed)
			return
		case whole:
			// Bytes beyond the answer are nobody's.
			s.answered(c, !ended && used == n && !c.parser.close && len(c.unsent) == 0)
			return
		case n < len(s.thread.buffer) && !ended:
			return
		}
	}
}

// answered takes a whole answer. Its time is the next request's as well where one
// follows at once; the counting comes after the sending.
func (s *shard) answered(c *conn, reusable bool) {
	now := s.now()
	s.reach(now)
	req, status := c.req, c.parser.status
	c.state, c.freed, c.proven = idle, now, true
	s.busy--
	if reusable {
		s.free.push(c.index)
		s.sendDue(now)
	} else {
		s.reopen(c, now)
	}
	s.tally.answered(&req, now, status)
}

// fail takes a request that will not be answered.
func (s *shard) fail(c *conn, now int64, kind string) {
	s.reach(now)
	s.tally.failed(&c.req, kind)
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
				s.fail(c, now, ErrorTimeout)
			}
		}
		if c.state != idle {
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
