package load

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// uring is the transport that queues sends for the kernel, and has it receive by
// itself: one system call submits all the requests that a burst of answers leads
// to, and fetches the next burst.
//
// A connection's socket is in the io_uring's table of files, at the connection's
// index. From connected to dropped, one multishot reception is under way on it.
// What the kernel completes carries the connection's index and generation, so
// that what belongs to an earlier socket is told from what belongs to this one.
type uring struct {
	shard   *shard
	rings   *rings
	buffers *buffers
	// The server's address as the kernel takes it, and the place of a new socket
	// in the table: here, because the kernel is told where they lie.
	peers  []peer // one for each replica of the server
	place  filesUpdate
	socket int32
}

var _ transport = (*uring)(nil)

const (
	// submissions bounds how long a request waits for others to be sent with: so
	// many take some 10 µs to prepare.
	submissions = 16
	// completionsEach per connection have room: an answer in two pieces, the
	// failure of a send, and the end.
	completionsEach = 4
	// surelySent is what a socket with nothing unsent takes at once (the kernel
	// asks for room in it before a segment, not for one). A larger request may
	// have to wait for room, and its completion is asked for.
	surelySent = 16 << 10
)

// task is what a completion is about.
type task uint64

const (
	dropping task = iota // only failures, of no interest
	waking
	dialing
	sending      // a small request: only failures
	sendingLarge // a large one, or the rest of it
	receiving
)

// A completion's data: the connection's index, its generation, and the task.
const (
	taskBits       = 3
	generationBits = 29
)

// tag is the data of a completion for c.
func tag(c *conn, what task) uint64 {
	return uint64(uint32(c.index))<<(taskBits+generationBits) | uint64(uint32(c.generation)<<taskBits) | uint64(what)
}

// peer is an address in the form that the kernel reads, at a time of its own.
type peer struct {
	addr unix.RawSockaddrUnix
	size uintptr
}

// newUring returns an io_uring for the shard's connections that watches its
// eventfd.
func newUring(s *shard) (transport, error) {
	r, err := newRings(s.clock, submissions, 2*submissions+completionsEach*len(s.conns))
	if err != nil {
		return nil, err
	}
	return newUringOn(s, r)
}

// newUringOn is newUring with rings of the caller's.
func newUringOn(s *shard, r *rings) (transport, error) {
	t := &uring{shard: s, rings: r}
	t.peers = make([]peer, s.endpoint.replicas())
	for i := range t.peers {
		_, t.peers[i].addr, t.peers[i].size = sockaddr(s.endpoint.replica(i))
	}
	t.place.sockets = uint64(uintptr(unsafe.Pointer(&t.socket)))
	var err error
	if t.buffers, err = newBuffers(len(s.conns)); err != nil {
		return nil, errors.Join(err, t.close())
	}
	table := filesRegistration{count: uint32(len(s.conns)), flags: registerSparse}
	if errno := t.rings.kernel.register(registerFiles2, unsafe.Pointer(&table), uint32(unsafe.Sizeof(table))); errno != 0 {
		return nil, errors.Join(fmt.Errorf("io_uring: a table of %d files: %w", table.count, errno), t.close())
	}
	if errno := t.rings.kernel.register(registerBufferRing, unsafe.Pointer(t.buffers.registration()), 1); errno != 0 {
		return nil, errors.Join(fmt.Errorf("io_uring: a ring of buffers: %w", errno), t.close())
	}
	t.watch()
	return t, nil
}

// canRing reports whether the kernel lets this process have an io_uring as this
// transport needs it.
func canRing() error {
	// It belongs to one thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	t, err := newUring(&shard{conns: make([]conn, 1), wakefd: -1})
	if err != nil {
		return fmt.Errorf("%w: %s; or use the engine %q", err, refusal(err), Epoll)
	}
	return t.close()
}

// refusal says what lies behind an error of setting up an io_uring.
func refusal(err error) string {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return "the kernel has none"
	case errors.Is(err, unix.EINVAL):
		return "the kernel's is not that of Linux 6.1 or later"
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return "allow it in the seccomp filter (of a container?) and by sysctl kernel.io_uring_disabled"
	}
	return "raise the limits of locked memory and of open files (ulimit -l, ulimit -n)"
}

// watch asks for a completion whenever the eventfd is written to.
func (t *uring) watch() {
	t.rings.submit(sqe{opcode: opPollAdd, fd: int32(t.shard.wakefd), length: pollMultishot, opFlags: unix.POLLIN, userData: uint64(waking)})
}

func (t *uring) open(c *conn) syscall.Errno {
	to := &t.peers[int(c.index)%len(t.peers)]
	socket, errno := newSocket(t.shard.endpoint.replica(int(c.index)))
	if errno != 0 {
		return errno
	}
	t.socket, t.place.offset = int32(socket), uint32(c.index)
	errno = t.rings.kernel.register(registerFilesUpdate, unsafe.Pointer(&t.place), 1)
	closeSocket(socket) // the table keeps it
	if errno != 0 {
		return errno
	}
	c.fd = int(c.index)
	t.rings.submit(sqe{
		opcode: opConnect, flags: sqeFixedFile, fd: c.index,
		addr: uint64(uintptr(unsafe.Pointer(&to.addr))), offset: uint64(to.size), userData: tag(c, dialing),
	})
	return 0
}

// send keeps c.unsent until the kernel says that it is sent; a small request it
// forgets at once, and has only a failure told.
func (t *uring) send(c *conn) syscall.Errno {
	if !t.rings.taken(c.ticket) {
		// Its answer came before the request was sent, from a server that said more
		// than it was asked. The bytes must not change before the kernel has them.
		t.rings.flush()
	}
	s := sqe{
		opcode: opSend, flags: sqeFixedFile, fd: c.index,
		addr: address(c.unsent), length: uint32(len(c.unsent)), opFlags: unix.MSG_NOSIGNAL, userData: tag(c, sendingLarge),
	}
	if len(c.bytes) <= surelySent {
		// With MSG_WAITALL, sending only a part is a failure.
		s.userData = tag(c, sending)
		s.flags |= sqeSkipSuccess
		s.opFlags |= unix.MSG_WAITALL
		c.unsent = nil
	}
	c.ticket = t.rings.submit(s)
	return 0
}

// drop has everything submitted before, so that no earlier request goes to the
// connection's next socket or is sent from bytes that have changed.
func (t *uring) drop(c *conn) {
	if c.fd < 0 {
		return
	}
	c.fd = -1
	t.rings.submit(sqe{
		opcode: opAsyncCancel, flags: sqeSkipSuccess, fd: c.index,
		opFlags: cancelAll | cancelFD | cancelFixedFD, userData: tag(c, dropping),
	})
	t.rings.submit(sqe{opcode: opClose, flags: sqeSkipSuccess, fileIndex: uint32(c.index) + 1, userData: tag(c, dropping)})
	t.rings.flush()
}

func (t *uring) close() error {
	err := t.rings.close()
	if t.buffers != nil {
		err = errors.Join(err, t.buffers.close())
	}
	return err
}

func (t *uring) wait(how waiting, now, until int64) bool {
	switch {
	case how == polling || t.rings.completed() > 0:
		if !t.rings.idle() {
			t.rings.fetch()
		}
	default:
		t.rings.await(now, until, how == sleeping)
	}
	// Not those that come meanwhile: the shard has other things to do as well.
	n := t.rings.completed()
	if n > 1 && t.shard.free.length > 0 {
		t.handleIdle(n)
	}
	for range n {
		t.handle(t.rings.complete())
	}
	return n > 0
}

// handleIdle takes, of n completions, those of connections that wait for nothing
// before all others. An answer on another connection may have the next request sent
// on one of them, and what had come on it before would be taken for that request's
// answer.
func (t *uring) handleIdle(n uint32) {
	for i := range n {
		e := t.rings.peek(i)
		what := task(e.userData & (1<<taskBits - 1))
		if what == receiving && t.shard.conns[e.userData>>(taskBits+generationBits)].state == idle {
			t.handle(*e)
			*e = cqe{userData: uint64(waking), flags: cqeMore} // of no interest any more
		}
	}
}

// handle takes a completion.
func (t *uring) handle(e cqe) {
	what := task(e.userData & (1<<taskBits - 1))
	if what == waking {
		if e.flags&cqeMore == 0 {
			t.watch()
		}
		return // whatever it was about, the shard looks after it
	}
	c := &t.shard.conns[e.userData>>(taskBits+generationBits)]
	current := e.userData == tag(c, what)
	switch {
	case what == receiving:
		t.received(c, e, current)
	case !current: // of a socket that was dropped since
	case what == dialing && e.result < 0:
		t.shard.unconnected(c, t.shard.now(), syscall.Errno(-e.result))
	case what == dialing:
		t.receive(c)
		t.shard.connected(c)
	case e.result < 0:
		t.shard.unsendable(c, syscall.Errno(-e.result))
	case what == sending: // only a part, after which the connection broke
		t.shard.unsendable(c, unix.EPIPE)
	case c.cut: // the rest is not sent any more
	default:
		if c.unsent = c.unsent[e.result:]; len(c.unsent) > 0 {
			if errno := t.send(c); errno != 0 {
				t.shard.unsendable(c, errno)
			}
		}
	}
}

// receive starts the reception.
func (t *uring) receive(c *conn) {
	t.rings.submit(sqe{
		opcode: opReceive, flags: sqeFixedFile | sqeBufferSelect, fd: c.index,
		ioprio: receiveMultishot | receivePollFirst, userData: tag(c, receiving),
	})
}

// received takes a completion of the reception.
func (t *uring) received(c *conn, e cqe, current bool) {
	switch {
	case !current:
	case e.result > 0:
		t.shard.received(c, t.buffers.bytes(uint16(e.flags>>cqeBufferShift), int(e.result)), e.flags&cqeNonEmpty != 0)
	case e.result == 0:
		t.shard.ended(c)
	case syscall.Errno(-e.result) != unix.ENOBUFS:
		t.shard.broken(c)
	}
	if e.flags&cqeBuffer != 0 {
		t.buffers.release(uint16(e.flags >> cqeBufferShift))
	}
	// The kernel ends a reception when it has no buffer, or no room to say more.
	if e.flags&cqeMore == 0 && e.userData == tag(c, receiving) {
		t.receive(c)
	}
}
