package load

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// thread is one generator thread. It runs one job at a time and sleeps between
// them.
type thread struct {
	jobs   chan func()
	done   chan struct{}
	pinned bool
	// The tally belongs to the thread: slices do not overlap, and memory that is
	// touched already brings no page faults into a slice.
	tally *tally
}

// startThread starts a thread, pinned to a CPU if it is not negative.
func startThread(cpu int) (*thread, error) {
	t := &thread{pinned: cpu >= 0, jobs: make(chan func()), done: make(chan struct{}), tally: newTally(threadCPU)}
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

// threadCPU returns the CPU time of the calling thread.
func threadCPU() time.Duration {
	var t unix.Timespec
	syscall.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_THREAD_CPUTIME_ID, uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}
