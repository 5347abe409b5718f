package store

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"time"
)

// An alarm rings no sooner than it is set to, again and again.
func TestAlarm(t *testing.T) {
	a, err := newAlarm()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []time.Duration{time.Microsecond, 300 * time.Microsecond, 5 * time.Millisecond} {
		began := time.Now()
		if err := a.wait(d); err != nil || time.Since(began) < d {
			t.Errorf("%v: rang after %v (%v)", d, time.Since(began), err)
		}
	}
	ended := make(chan error)
	go func() { ended <- a.wait(time.Hour) }()
	time.Sleep(time.Millisecond) // it waits by now, or finds the alarm closed
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, fs.ErrClosed) && !errors.Is(err, syscall.EBADF) {
		t.Errorf("closed while it waited: %v", err)
	}
}

// BenchmarkWait says how late 500 µs come, and what waiting costs, beside Go's own
// timers.
func BenchmarkWait(b *testing.B) {
	const wait = 500 * time.Microsecond
	a, err := newAlarm()
	if err != nil {
		b.Fatal(err)
	}
	defer a.close()
	for name, do := range map[string]func() error{
		"alarm": func() error { return a.wait(wait) },
		"sleep": func() error { time.Sleep(wait); return nil },
	} {
		b.Run(name, func(b *testing.B) {
			var late []time.Duration
			before := used(b)
			for range b.N {
				began := time.Now()
				if err := do(); err != nil {
					b.Fatal(err)
				}
				late = append(late, time.Since(began)-wait)
			}
			b.ReportMetric(float64(used(b)-before)/float64(b.N), "cpu-ns/op")
			slices.Sort(late)
			b.ReportMetric(float64(late[len(late)/2].Nanoseconds()), "p50-late-ns")
			b.ReportMetric(float64(late[len(late)*99/100].Nanoseconds()), "p99-late-ns")
		})
	}
}

// used is the CPU time of this process, ns.
func used(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
