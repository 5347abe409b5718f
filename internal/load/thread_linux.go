package load

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// thread is one generator thread of the epoll engine. It runs one job at a time
// and sleeps between them.
type thread struct {
	jobs chan func()
	done chan struct{}
	// What a slice writes to belongs to the thread: slices do not overlap, and
	// memory that is touched already brings no page faults into a slice.
	tally  *tally
	buffer []byte
	events []unix.EpollEvent
}

const (
	// receiveBytes takes a large answer in few calls and still fits the CPU's
	// second-level cache.
	receiveBytes = 64 << 10
	// batch is how many ready connections one wait may return: more than are
	// ever ready at once unless the server stalled.
	batch = 128
)

// startThread starts a thread, pinned to a CPU if it is not negative.
func startThread(cpu int) (*thread, error) {
	t := &thread{
		jobs: make(chan func()), done: make(chan struct{}),
		tally: newTally(threadCPU), buffer: make([]byte, receiveBytes), events: make([]unix.EpollEvent, batch),
	}
	ready := make(chan error)
	go func() {
		defer close(t.done)
		// Never unlocked: the thread ends with the goroutine, and no other
		// goroutine inherits its CPU and its timer slack.
		runtime.LockOSThread()
		err := prepareThread(cpu)
		ready <- err
		if err != nil {
			return
		}
		for job := range t.jobs {
			job()
		}
	}()
	return t, <-ready
}

// prepareThread sets up the calling thread.
func prepareThread(cpu int) error {
	if cpu >= 0 {
		var set unix.CPUSet
		set.Set(cpu)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			return fmt.Errorf("pin a generator thread to CPU %d: %w", cpu, err)
		}
	}
	// Linux rounds a thread's sleeps up by 50 µs unless told otherwise.
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set the timer slack of a generator thread: %w", err)
	}
	return nil
}

// run executes a job on the thread and waits for it.
func (t *thread) run(job func()) {
	ended := make(chan struct{})
	t.jobs <- func() {
		defer close(ended)
		job()
	}
	<-ended
}

// end ends the thread.
func (t *thread) end() {
	close(t.jobs)
	<-t.done
}

// canSleep reports whether the kernel has epoll_pwait2 (Linux 5.11): its
// predecessor's milliseconds are no unit to pace with.
func canSleep() error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	defer unix.Close(epfd)
	var zero unix.Timespec
	var event unix.EpollEvent
	_, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(&event)), 1, uintptr(unsafe.Pointer(&zero)), 0, 0)
	if errno != 0 {
		return fmt.Errorf("epoll_pwait2: %w; the engine %q works everywhere", errno, Portable)
	}
	return nil
}
