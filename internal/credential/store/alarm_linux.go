package store

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm waits with a timer of the kernel, on which the runtime's poller waits as it
// does on sockets. Go's own timers come up to a millisecond late on Linux: as much
// as a store in another building is away.
type alarm struct {
	file *os.File
	fd   int
	room [8]byte // what the timer writes; here, because on the stack it would escape
}

func newAlarm() (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer for the store's latency: %w", err)
	}
	return &alarm{file: os.NewFile(uintptr(fd), "timer"), fd: fd}, nil
}

// wait is for one goroutine at a time.
func (a *alarm) wait(d time.Duration) error {
	if err := unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}, nil); err != nil {
		return fmt.Errorf("set the timer of the store's latency: %w", err)
	}
	if _, err := a.file.Read(a.room[:]); err != nil {
		return fmt.Errorf("wait for the store's latency: %w", err)
	}
	return nil
}

func (a *alarm) close() error { return a.file.Close() }
