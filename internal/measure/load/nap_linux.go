package load

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// timerGrain is by how much Go's timers may be late on Linux, where the runtime waits
	// in whole milliseconds while nothing else is to be done.
	timerGrain = time.Millisecond
	// timerSlack is by how much Linux prolongs a sleep of a thread that did not ask it to
	// be exact.
	timerSlack = 50 * time.Microsecond
)

// nap waits for at most timerGrain, and holds a thread of the operating system for that
// long: it sleeps, and spins for what is left when the kernel rouses it early.
func nap(d time.Duration) {
	d = min(d, timerGrain)
	end := time.Now().Add(d)
	if d > timerSlack {
		t := unix.NsecToTimespec(int64(d - timerSlack))
		_ = unix.Nanosleep(&t, nil) // a signal ends it early
	}
	for time.Now().Before(end) {
	}
}
