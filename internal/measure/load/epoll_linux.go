package load

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// epoll is the transport that asks the kernel which sockets are ready, and then
// makes a system call for each.
type epoll struct {
	shard  *shard
	fd     int
	events []unix.EpollEvent
	buffer []byte
}

var _ transport = (*epoll)(nil)

const (
	// receiveBytes takes a large answer in few calls and still fits the CPU's
	// second-level cache.
	receiveBytes = 64 << 10
	// batch is how many ready connections one wait may return: more than are
	// ever ready at once unless the server stalled.
	batch = 128
	// wake is the event data of a shard's eventfd; connections have their index.
	wake = -1
	// edge has a set tell of each change once. Level-triggered, the kernel looks
	// at each socket once more in the next wait, to find it read empty; and the
	// eventfd, which is never read, would keep a client awake once it was
	// cancelled. (EPOLLET is the sign bit of an int32.)
	edge = unix.EPOLLET & (1<<32 - 1)
)

// newEpoll returns an epoll set with the shard's eventfd in it.
func newEpoll(s *shard) (transport, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	t := &epoll{shard: s, fd: fd, events: make([]unix.EpollEvent, batch), buffer: make([]byte, receiveBytes)}
	if errno := t.add(s.wakefd, unix.EpollEvent{Events: unix.EPOLLIN | edge, Fd: wake}); errno != 0 {
		unix.Close(fd)
		return nil, fmt.Errorf("epoll: %w", errno)
	}
	return t, nil
}

// canSleep reports whether the kernel has epoll_pwait2 (Linux 5.11): its
// predecessor's milliseconds are no unit to pace with.
func canSleep() error {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	defer unix.Close(fd)
	var zero unix.Timespec
	var event unix.EpollEvent
	_, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(fd), uintptr(unsafe.Pointer(&event)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0)
	if errno != 0 {
		return fmt.Errorf("epoll_pwait2: %w; the engine %q works everywhere", errno, Portable)
	}
	return nil
}

func (t *epoll) add(fd int, e unix.EpollEvent) syscall.Errno {
	return t.control(unix.EPOLL_CTL_ADD, fd, e)
}

func (t *epoll) control(operation uintptr, fd int, e unix.EpollEvent) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(t.fd), operation, uintptr(fd), uintptr(unsafe.Pointer(&e)), 0, 0)
	return errno
}

// connEvents are the events for which epoll watches a connection.
func connEvents(c *conn) unix.EpollEvent {
	return unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | edge, Fd: c.index, Pad: c.generation}
}

// open leaves a connection that stands, or has failed, to the first event.
func (t *epoll) open(c *conn) syscall.Errno {
	addr := t.shard.endpoint.replica(int(c.index))
	fd, errno := newSocket(addr)
	if errno != 0 {
		return errno
	}
	c.fd = fd
	if errno = t.add(fd, connEvents(c)); errno != 0 {
		return errno
	}
	return connect(fd, addr)
}

func (t *epoll) send(c *conn) syscall.Errno {
	n, errno := send(c.fd, c.unsent)
	switch errno {
	case 0:
		c.unsent = c.unsent[n:]
	case unix.EAGAIN:
	default:
		return errno
	}
	return 0
}

func (t *epoll) drop(c *conn) {
	if c.fd >= 0 {
		closeSocket(c.fd)
		c.fd = -1
	}
}

func (t *epoll) close() error { return unix.Close(t.fd) }

func (t *epoll) wait(how waiting, now, until int64) bool {
	timeout := unix.NsecToTimespec(max(0, until-now))
	events, count := uintptr(unsafe.Pointer(unsafe.SliceData(t.events))), uintptr(len(t.events))
	var n uintptr
	var errno syscall.Errno
	switch how {
	case polling:
		n, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(t.fd), events, count, 0, 0, 0)
	case dozing:
		n, _, errno = syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(t.fd), events, count, uintptr(unsafe.Pointer(&timeout)), 0, 0)
	case sleeping:
		n, _, errno = syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(t.fd), events, count, uintptr(unsafe.Pointer(&timeout)), 0, 0)
	}
	if errno != 0 {
		return false // a signal: the shard looks at the time and comes again
	}
	if n > 1 && t.shard.free.length > 0 {
		t.handleIdle(t.events[:n])
	}
	for i := range t.events[:n] {
		if e := &t.events[i]; e.Fd != wake { // whatever that was about, the shard looks after it
			t.handle(e)
		}
	}
	return n > 0
}

// handleIdle takes the events of connections that wait for nothing before all others.
// An answer on another connection may have the next request sent on one of them, and
// what had come on it before would be taken for that request's answer.
func (t *epoll) handleIdle(events []unix.EpollEvent) {
	for i := range events {
		if e := &events[i]; e.Fd != wake && t.shard.conns[e.Fd].state == idle {
			t.handle(e)
			e.Fd = wake
		}
	}
}

// handle takes an event.
func (t *epoll) handle(e *unix.EpollEvent) {
	c := &t.shard.conns[e.Fd]
	if c.generation != e.Pad {
		return // of a socket that was closed since
	}
	if c.state == connecting {
		if errno := socketError(c.fd); errno != 0 {
			t.shard.unconnected(c, t.shard.now(), errno)
			return
		}
		t.shard.connected(c)
	} else if len(c.unsent) > 0 {
		if errno := t.send(c); errno != 0 {
			t.shard.unsendable(c, errno)
		}
	}
	const ended = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	if e.Events&(unix.EPOLLIN|ended) != 0 && c.generation == e.Pad {
		t.receive(c, e.Events&ended != 0)
	}
}

// receive reads an answer, or what there is of it. Unless the stream has ended
// (which a read must find), one that does not fill the buffer has emptied the
// socket, and another would only be told so.
//
// After some reads the others have their turn: a server that sends faster than it is
// read would keep the thread for ever, past every deadline. Watching the socket anew
// has the kernel report what is left.
func (t *epoll) receive(c *conn, ended bool) {
	for range mostReads {
		n, errno := receive(c.fd, t.buffer)
		switch {
		case errno == unix.EAGAIN:
			return
		case errno != 0:
			t.shard.broken(c)
			return
		case n == 0:
			t.shard.ended(c)
			return
		}
		if needed := t.shard.received(c, t.buffer[:n], ended); !needed || n < len(t.buffer) && !ended {
			return
		}
	}
	if errno := t.control(unix.EPOLL_CTL_MOD, c.fd, connEvents(c)); errno != 0 {
		t.shard.broken(c)
	}
}

// mostReads is how many buffers of an answer are read before other connections have
// their turn: ordinary answers fit into one.
const mostReads = 4
