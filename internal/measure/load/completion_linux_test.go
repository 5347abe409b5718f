package load

import (
	"bytes"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"authbench/bench"
)

// fakeKernel stands for the kernel's side of an io_uring, whose submissions it
// takes in order. What it completes, and with what result, the fuzzer decides.
type fakeKernel struct {
	t     *testing.T
	drill *drill
	rings *rings
	// slots is the table of files, and what is under way on each.
	slots []slot
	// buffers has the ring of buffers, and how many of them were taken.
	buffers []ringBuffer
	taken   uint16
	// left are completions' data of sockets that were closed.
	left []uint64
}

// slot is a socket in the table. The data of what is under way on it is 0 for
// nothing.
type slot struct {
	open                    bool
	connects, sends, awaits uint64
	request                 []byte
	sent, sending           int // bytes of it, before and by the send under way
}

// newFakeRings returns rings over memory of its own.
func newFakeRings(t *testing.T, k *fakeKernel) *rings {
	const entries = 1 << 8
	p := ringParams{sqEntries: submissions, cqEntries: entries}
	p.sq.head, p.sq.tail, p.sq.flags, p.sq.array = 0, 4, 8, 32
	p.cq.head, p.cq.tail, p.cq.cqes = 12, 16, p.sq.array+4*submissions
	r := &rings{kernel: k}
	var err error
	if r.ring, err = mapMemory(int(p.cq.cqes) + entries*int(unsafe.Sizeof(cqe{}))); err != nil {
		t.Fatal(err)
	}
	if r.array, err = mapMemory(submissions * int(unsafe.Sizeof(sqe{}))); err != nil {
		t.Fatal(err)
	}
	r.lay(&p)
	return r
}

func (k *fakeKernel) Close() error { return nil }

func (k *fakeKernel) register(opcode uint32, arg unsafe.Pointer, _ uint32) syscall.Errno {
	switch opcode {
	case registerFiles2:
		k.slots = make([]slot, (*filesRegistration)(arg).count)
	case registerFilesUpdate:
		s := &k.slots[(*filesUpdate)(arg).offset]
		if s.open {
			k.t.Fatal("a socket was replaced that is open")
		}
		*s = slot{open: true}
	case registerBufferRing:
		r := (*bufferRegistration)(arg)
		k.buffers = unsafe.Slice((*ringBuffer)(*(*unsafe.Pointer)(unsafe.Pointer(&r.ring))), r.entries)
	}
	return 0
}

func (k *fakeKernel) enter(submit, _, _ uint32, _ *getEventsArg, _ bool) syscall.Errno {
	for range submit {
		k.take(k.rings.sqes[*k.rings.sqHead&(submissions-1)])
		*k.rings.sqHead++
	}
	return 0
}

// take takes a submission.
func (k *fakeKernel) take(e sqe) {
	if e.opcode == opPollAdd {
		return
	}
	if e.opcode == opClose {
		s := &k.slots[e.fileIndex-1]
		if s.connects|s.sends|s.awaits != 0 {
			k.t.Fatal("a socket was closed with something under way on it")
		}
		*s = slot{}
		return
	}
	s := &k.slots[e.fd]
	if !s.open {
		k.t.Fatalf("operation %d on no socket", e.opcode)
	}
	switch e.opcode {
	case opConnect:
		s.connects = e.userData
	case opReceive:
		if s.awaits != 0 {
			k.t.Fatal("two receptions at once")
		}
		s.awaits = e.userData
	case opSend:
		k.send(s, e)
	case opAsyncCancel:
		for _, data := range []*uint64{&s.connects, &s.sends, &s.awaits} {
			if *data != 0 {
				k.complete(*data, -int32(unix.ECANCELED), 0)
				k.left = append(k.left, *data)
				*data = 0
			}
		}
	}
}

// send takes a request or the rest of one.
func (k *fakeKernel) send(s *slot, e sqe) {
	if s.sent == len(s.request) {
		s.request, s.sent = k.drill.request(&k.drill.conns[e.fd]), 0
	}
	b := unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&e.addr))), e.length)
	if s.sends != 0 || !bytes.Equal(b, s.request[s.sent:]) {
		k.t.Fatalf("sent %.60q after %d bytes of %.60q", b, s.sent, s.request)
	}
	s.sends, s.sending = e.userData, len(b)
	told := e.flags&sqeSkipSuccess == 0
	switch what := k.drill.choose(8); {
	case what == 0:
		k.sent(s, -int32(unix.EPIPE))
		s.sent = len(s.request) // nothing of it follows
	case !told:
		if what == 1 { // a part
			k.complete(e.userData, int32(k.drill.choose(len(b))), 0)
		}
		s.sends, s.sent = 0, len(s.request)
	case what > 2:
		k.sent(s, int32(len(b)))
	}
}

// sent completes the send that is under way.
func (k *fakeKernel) sent(s *slot, result int32) {
	k.complete(s.sends, result, 0)
	s.sent += int(max(0, result))
	s.sends = 0
}

// complete adds a completion.
func (k *fakeKernel) complete(data uint64, result int32, flags uint32) {
	r := k.rings
	if r.completed() == uint32(len(r.cqes)) {
		k.t.Fatal("no room for a completion")
	}
	r.cqes[*r.cqTail&uint32(len(r.cqes)-1)] = cqe{data, result, flags}
	*r.cqTail++
}

// receive completes a reception with bytes; more says that it goes on.
func (k *fakeKernel) receive(data uint64, b []byte, flags uint32) {
	if k.taken == k.buffers[0].tail {
		k.t.Fatal("no buffer is left")
	}
	buffer := k.buffers[int(k.taken)&(len(k.buffers)-1)]
	k.taken++
	copy(unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&buffer.addr))), buffer.length), b)
	k.complete(data, int32(len(b)), flags|cqeBuffer|uint32(buffer.id)<<cqeBufferShift)
}

// happen lets something happen to a socket.
func (k *fakeKernel) happen(i int32) {
	d, s := k.drill, &k.slots[i]
	asked := d.conns[i].state == busy
	switch what := d.choose(12); {
	case what == 0 && len(k.left) > 0:
		k.stale(k.left[d.choose(len(k.left))])
	case s.connects != 0:
		d.unsaid[i] = ""
		k.complete(s.connects, -int32(d.choose(8)/7)*int32(unix.ECONNREFUSED), 0)
		s.connects = 0
	case s.sends != 0 && what < 5:
		k.sent(s, int32(d.choose(s.sending+1)))
	case s.awaits == 0:
	case what == 1:
		k.last(s, 0)
	case what == 2:
		k.last(s, -int32(unix.ECONNRESET))
	case what == 3:
		k.last(s, -int32(unix.ENOBUFS))
	case what == 4 && asked: // the end of the reception, not of the stream
		k.receive(s.awaits, d.say(i), 0)
		s.awaits = 0
	case what == 5 || asked: // bytes that nobody asked for are rare
		k.receive(s.awaits, d.say(i), cqeMore|uint32(d.choose(8)/7)*cqeNonEmpty)
	}
}

// last completes a reception for the last time.
func (k *fakeKernel) last(s *slot, result int32) {
	k.complete(s.awaits, result, 0)
	s.awaits = 0
}

// stale completes something of a socket that was closed.
func (k *fakeKernel) stale(data uint64) {
	if task(data&(1<<taskBits-1)) == receiving && k.drill.choose(2) == 0 {
		k.receive(data, []byte(ok), uint32(k.drill.choose(2))*cqeMore)
		return
	}
	k.complete(data, int32(k.drill.choose(3)-1), 0)
}

// FuzzCompletions: whatever an io_uring completes in whatever order, the shard's
// count is right, no request goes to a socket that is not its connection's, every
// connection receives once, and every buffer comes back once.
func FuzzCompletions(f *testing.F) {
	addRandom(f)
	shared, workload := newTally(threadCPU), sized(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		k := &fakeKernel{t: t}
		d := newDrill(t, shared, workload, choices, func(d *drill) (transport, error) {
			k.drill, k.rings = d, newFakeRings(t, k)
			return newUringOn(d.shard, k.rings)
		})
		for len(d.choices) > 0 {
			for range 1 + d.choose(6) {
				k.happen(int32(d.choose(len(k.slots))))
			}
			d.pass(time.Duration(d.choose(64)) * time.Millisecond)
			for k.rings.queued()+k.rings.completed() > 0 {
				d.transport.wait(polling, d.now(), d.now())
			}
			d.verify()
			k.verify()
		}
		d.end()
	})
}

// verify checks that each connection that stands receives and sends, and that all
// buffers are free.
func (k *fakeKernel) verify() {
	k.t.Helper()
	for i := range k.slots {
		c, s := &k.drill.conns[i], &k.slots[i]
		if s.open != (c.fd >= 0) || (c.state == connecting) != (s.connects != 0) {
			k.t.Fatalf("connection %d in state %d: %+v", i, c.state, *s)
		}
		if (c.state == idle || c.state == busy) && s.awaits != tag(c, receiving) {
			k.t.Fatalf("connection %d in state %d does not receive", i, c.state)
		}
		if c.state == busy && !c.cut && s.sends == 0 && s.sent < len(c.bytes) {
			k.t.Fatalf("%d of %d bytes sent on connection %d, and no more", s.sent, len(c.bytes), i)
		}
	}
	free := map[uint16]bool{}
	for i := k.taken; i != k.buffers[0].tail; i++ {
		free[k.buffers[int(i)&(len(k.buffers)-1)].id] = true
	}
	if len(free) != len(k.buffers) || int(k.buffers[0].tail-k.taken) != len(k.buffers) {
		k.t.Fatalf("%d of %d buffers are free", len(free), len(k.buffers))
	}
}

// sized is a workload of which some requests are too large to be sent unseen.
func sized(t testing.TB) *Workload {
	t.Helper()
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: padded{}, Mix: []Share{{bench.Valid, 1, 8}},
		Expect: [len(bench.Classes)][]int{{200}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// padded are credentials that end in their index, every other one of them long.
type padded struct{}

func (padded) Append(dst []byte, class bench.Class, index int) []byte {
	if index%2 == 1 {
		dst = append(dst, padding...)
	}
	return numbered{}.Append(dst, class, index)
}

var padding = bytes.Repeat([]byte("x"), surelySent)
