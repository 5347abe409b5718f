package load

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rings are an io_uring: a queue of submissions to the kernel and one of
// completions from it, in memory that both see. They belong to the thread that
// made them, and the kernel does its part only within that thread's own system
// calls (SINGLE_ISSUER, DEFER_TASKRUN): what either writes to them is in order
// without a word about memory, but for the flags.
type rings struct {
	kernel ringKernel

	sqes        []sqe
	sqHead      *uint32 // the kernel's
	sqTail      *uint32
	sqFlags     *uint32
	cqes        []cqe
	cqHead      *uint32
	cqTail      *uint32 // the kernel's
	timeout     unix.Timespec
	wait        getEventsArg // names timeout
	absolute    bool         // the kernel takes points in time
	zero        int64        // where its clock stands when the engine's is at 0
	ring, array []byte       // mappings: of both queues' indices, of sqes
}

// ringKernel are the system calls of an io_uring.
type ringKernel interface {
	// enter submits, and waits for completions. A call that may last tells Go's
	// scheduler.
	enter(submit, complete, flags uint32, arg *getEventsArg, lasts bool) syscall.Errno
	register(opcode uint32, arg unsafe.Pointer, count uint32) syscall.Errno
	Close() error
}

// newRings returns an io_uring for the calling thread. The kernel may enlarge or
// shrink the queue of completions: what does not fit into it waits.
func newRings(c clock, submissions, completions int) (*rings, error) {
	p := ringParams{
		cqEntries: uint32(completions),
		flags:     setupCQSize | setupClamp | setupSubmitAll | setupTaskrunFlag | setupSingleIssuer | setupDeferTaskrun,
	}
	fd, _, errno := syscall.RawSyscall(unix.SYS_IO_URING_SETUP, uintptr(submissions), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w", errno)
	}
	r := &rings{kernel: ringFile(fd)}
	size := max(p.sq.array+4*p.sqEntries, p.cq.cqes+p.cqEntries*uint32(unsafe.Sizeof(cqe{})))
	var err error
	if r.ring, err = mapShared(int(fd), offsetRings, int(size)); err == nil {
		r.array, err = mapShared(int(fd), offsetSQEs, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})))
	}
	if err != nil {
		_ = r.close()
		return nil, fmt.Errorf("io_uring: map the rings: %w", err)
	}
	r.lay(&p)
	r.absolute = r.kernel.enter(0, 0, enterGetEvents|enterExtArg|enterAbsTimer, &r.wait, false) == 0
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return nil, errors.Join(fmt.Errorf("io_uring: its clock: %w", err), r.close())
	}
	r.zero = now.Nano() - c.now()
	return r, nil
}

// lay finds the parts of the mappings.
func (r *rings) lay(p *ringParams) {
	base := unsafe.Pointer(unsafe.SliceData(r.ring))
	word := func(offset uint32) *uint32 { return (*uint32)(unsafe.Add(base, offset)) }
	r.sqHead, r.sqTail, r.sqFlags = word(p.sq.head), word(p.sq.tail), word(p.sq.flags)
	r.cqHead, r.cqTail = word(p.cq.head), word(p.cq.tail)
	r.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(unsafe.SliceData(r.array))), p.sqEntries)
	r.cqes = unsafe.Slice((*cqe)(unsafe.Add(base, p.cq.cqes)), p.cqEntries)
	for i, order := uint32(0), unsafe.Slice(word(p.sq.array), p.sqEntries); i < p.sqEntries; i++ {
		order[i] = i
	}
	r.wait.timeout = uint64(uintptr(unsafe.Pointer(&r.timeout)))
}

// queued is how many submissions the kernel has yet to take.
func (r *rings) queued() uint32 { return *r.sqTail - *r.sqHead }

// submit adds to the queue of submissions, and makes room first if there is none.
// It returns what to ask taken with.
func (r *rings) submit(s sqe) (ticket uint32) {
	if r.queued() == uint32(len(r.sqes)) {
		r.flush()
	}
	tail := *r.sqTail
	r.sqes[tail&uint32(len(r.sqes)-1)] = s
	*r.sqTail = tail + 1
	return tail + 1
}

// taken reports whether the kernel has taken a submission.
func (r *rings) taken(ticket uint32) bool { return int32(*r.sqHead-ticket) >= 0 }

// complete takes a completion; there must be one.
func (r *rings) complete() cqe {
	head := *r.cqHead
	out := r.cqes[head&uint32(len(r.cqes)-1)]
	*r.cqHead = head + 1
	return out
}

// peek is the completion that is taken after i others; there must be so many.
func (r *rings) peek(i uint32) *cqe { return &r.cqes[(*r.cqHead+i)&uint32(len(r.cqes)-1)] }

// completed is how many completions there are.
func (r *rings) completed() uint32 { return *r.cqTail - *r.cqHead }

// idle reports whether there is nothing to tell the kernel and nothing to fetch
// from it. It costs no system call.
func (r *rings) idle() bool {
	return r.queued() == 0 && atomic.LoadUint32(r.sqFlags)&(sqTaskrun|sqOverflow) == 0
}

// fetch submits what is queued, and has the kernel complete what it can. What it
// cannot take for want of memory, the one failure there is, stays queued.
func (r *rings) fetch() { _ = r.kernel.enter(r.queued(), 0, enterGetEvents, nil, false) }

// flush is fetch, and does not return before all is submitted.
func (r *rings) flush() {
	for r.queued() > 0 {
		r.fetch()
	}
}

// await is fetch, and waits for a completion until the time until. A span of time,
// which is all that kernels before Linux 6.12 take, would begin when everything is
// submitted: some sends too late.
func (r *rings) await(now, until int64, lasts bool) {
	flags := uint32(enterGetEvents | enterExtArg)
	if r.absolute {
		flags |= enterAbsTimer
		now = -r.zero
	}
	r.timeout = unix.NsecToTimespec(max(0, until-now))
	_ = r.kernel.enter(r.queued(), 1, flags, &r.wait, lasts)
}

// close closes the io_uring, which cancels what is under way.
func (r *rings) close() error {
	err := r.kernel.Close()
	for _, b := range [][]byte{r.ring, r.array} {
		if b != nil {
			err = errors.Join(err, unix.Munmap(b))
		}
	}
	return err
}

// mapShared maps a part of a file.
func mapShared(fd int, offset int64, size int) ([]byte, error) {
	return unix.Mmap(fd, offset, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
}

// ringFile is an io_uring's file descriptor.
type ringFile int

func (f ringFile) enter(submit, complete, flags uint32, arg *getEventsArg, lasts bool) (errno syscall.Errno) {
	const size = unsafe.Sizeof(*arg) // without enterExtArg the kernel looks at neither
	if lasts {
		_, _, errno = syscall.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(f), uintptr(submit), uintptr(complete), uintptr(flags), uintptr(unsafe.Pointer(arg)), size)
	} else {
		_, _, errno = syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(f), uintptr(submit), uintptr(complete), uintptr(flags), uintptr(unsafe.Pointer(arg)), size)
	}
	return errno
}

func (f ringFile) register(opcode uint32, arg unsafe.Pointer, count uint32) syscall.Errno {
	_, _, errno := syscall.RawSyscall6(unix.SYS_IO_URING_REGISTER, uintptr(f), uintptr(opcode), uintptr(arg), uintptr(count), 0, 0)
	return errno
}

func (f ringFile) Close() error { return unix.Close(int(f)) }
