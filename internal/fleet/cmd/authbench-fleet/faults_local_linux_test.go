package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authbench/internal/result"
)

// begins starts a load, and returns when it is sent. A machine that is held up for seconds lets
// no fleet begin, and rightly: then it starts anew.
func begins(t testing.TB, start func() (*exec.Cmd, *atomic.Int64), said func() string) {
	t.Helper()
	for range 5 {
		c, asked := start()
		await(t, "load is sent", func() bool { return asked.Load() > 100 || !alive(c.Process.Pid) })
		if alive(c.Process.Pid) {
			return
		}
		_ = c.Wait()
		t.Logf("no load: %s", said())
	}
	t.Fatal("five loads did not begin")
}

// local is 'authbench load' over two workers that its coordinator has started.
type local struct {
	t             *testing.T
	load          *exec.Cmd
	out, said     *bytes.Buffer
	directory     string
	asked, latest *atomic.Int64
	coordinator   int
	workers       []int
}

// beginLocal returns when load is sent, which would go on for minutes.
func beginLocal(t *testing.T) *local {
	t.Helper()
	t.Parallel() // it waits, more than it computes
	l := &local{t: t}
	begins(t, func() (*exec.Cmd, *atomic.Int64) {
		server, asked, latest := target(t)
		l.asked, l.latest = asked, latest
		l.load, l.out, l.said, l.directory = startLoad(t, server.URL, "--rate", "500", "-d", "5m")
		return l.load, asked
	}, func() string { return l.said.String() })
	l.coordinator = childCalled(t, l.load.Process.Pid, "coordinate")
	for pid, words := range children(t, l.coordinator) {
		if slices.Contains(words, "worker") {
			l.workers = append(l.workers, pid)
		}
	}
	if len(l.workers) != 2 {
		t.Fatalf("the coordinator's workers are %v", l.workers)
	}
	return l
}

// signal sends a signal to a process, and returns when.
func (l *local) signal(pid int, s syscall.Signal) time.Time {
	l.t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		l.t.Fatal(err)
	}
	return time.Now()
}

// left waits until the workers are gone.
func (l *local) left() {
	l.t.Helper()
	await(l.t, "the workers have left", func() bool { return !alive(l.workers[0]) && !alive(l.workers[1]) })
}

// invalid is what the result must be, and that nothing is left.
func (l *local) invalid() {
	l.t.Helper()
	if code := ends(l.t, l.load); code != 3 {
		l.t.Errorf("exit %d: %s", code, l.said)
	}
	if r := found(l.t, l.out, l.said); r.Validity != result.Invalid || !strings.Contains(l.said.String(), "is lost") || r.Requests == 0 {
		l.t.Errorf("%s: %v\n%s", r.Validity, codes(r), l.said)
	}
	for _, pid := range append(l.workers, l.coordinator) {
		if alive(pid) {
			l.t.Errorf("process %d is still there", pid)
		}
	}
	if left, _ := filepath.Glob(l.directory + "/*"); len(left) > 0 {
		l.t.Errorf("left behind: %v", left)
	}
}

// stopped looks how long load went on. It is to be the lease of five seconds at most, and a
// machine may be busy; the figure is shown with -v.
func stopped(t testing.TB, latest *atomic.Int64, struck time.Time) {
	t.Helper()
	late := time.Unix(0, latest.Load()).Sub(struck)
	t.Logf("load went on for %.1f s", max(0, late.Seconds()))
	if late > 30*time.Second {
		t.Errorf("load went on for %v", late)
	}
}

// cutOff reports whether so many requests were sent of those that a server saw, when the load was
// cut off: what was under way on one of its eight connections is not counted.
func cutOff(sent, seen int64) bool { return sent <= seen && seen <= sent+8 }

// collected is what 'collect' shows of a run.
func collected(t testing.TB, args ...string) (left remainder) {
	t.Helper()
	code, out, errors := do(t, append([]string{"collect", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &left); code != 0 || err != nil {
		t.Fatalf("exit %d: %v, %s%s", code, err, out, errors)
	}
	return left
}

// all looks whether two workers have reported all that a server saw when they were cut off, each for
// its reason.
func (r remainder) all(t testing.TB, asked int64, why ...string) {
	t.Helper()
	if !r.Interrupted || len(r.Workers) != 2 || r.Outcome == nil || !cutOff(r.Outcome.Sent, asked) {
		t.Fatalf("the server saw %d: %+v", asked, r)
	}
	for i, w := range r.Workers {
		if !w.Reported || w.Missing || !strings.Contains(w.Cut, why[i]) || w.Seconds == 0 {
			t.Errorf("%+v", w)
		}
	}
}

// A worker that is killed makes the result invalid, and nobody takes its place.
func TestFaultWorkerKilled(t *testing.T) {
	l := beginLocal(t)
	struck := l.signal(l.workers[0], syscall.SIGKILL)
	l.invalid()
	stopped(t, l.latest, struck)
}

// A worker that stands still is as good as lost, and is not there any more afterwards.
func TestFaultWorkerStopped(t *testing.T) {
	l := beginLocal(t)
	struck := l.signal(l.workers[0], syscall.SIGSTOP)
	l.invalid()
	stopped(t, l.latest, struck)
}

// When the coordinator is killed, workers stop and go, and what they measured can be collected.
func TestFaultCoordinatorKilled(t *testing.T) {
	l := beginLocal(t)
	struck := l.signal(l.coordinator, syscall.SIGKILL)
	if code := ends(t, l.load); code != exitRuntime {
		t.Errorf("exit %d: %s", code, l.said)
	}
	l.left()
	stopped(t, l.latest, struck)
	run := l.run()
	collected(t, run).all(t, l.asked.Load(), "silent", "silent")
	if code, out, errors := do(t, "collect", run); code != 0 || !strings.Contains(out, "INTERRUPTED") {
		t.Errorf("exit %d: %s%s", code, out, errors)
	}
}

// run is the run's directory, which the user was told of.
func (l *local) run() string {
	l.t.Helper()
	runs, err := filepath.Glob(l.directory + "/*")
	if err != nil || len(runs) != 1 || !strings.Contains(l.said.String(), "authbench-fleet collect "+runs[0]) {
		l.t.Fatalf("%v, %v; said: %s", runs, err, l.said)
	}
	return runs[0]
}

// When the coordinator stands still, workers stop and go. When it goes on, it does not take the
// run for a whole one, and what the workers measured is there.
func TestFaultCoordinatorStopped(t *testing.T) {
	l := beginLocal(t)
	struck := l.signal(l.coordinator, syscall.SIGSTOP)
	l.left()
	stopped(t, l.latest, struck)
	l.signal(l.coordinator, syscall.SIGCONT)
	if code := ends(t, l.load); code == 0 {
		t.Errorf("exit %d: %s", code, l.said)
	}
	collected(t, l.run()).all(t, l.asked.Load(), "silent", "silent")
}

// An interruption ends all, and shows what was measured.
func TestInterrupted(t *testing.T) {
	l := beginLocal(t)
	l.signal(l.load.Process.Pid, syscall.SIGTERM)
	if code := ends(t, l.load); code != exitInterrupted {
		t.Errorf("exit %d: %s", code, l.said)
	}
	if r := found(t, l.out, l.said); !r.Interrupted || r.Requests == 0 || len(r.Workers) != 2 {
		t.Errorf("%+v", r)
	}
	if alive(l.workers[0]) || alive(l.workers[1]) {
		t.Error("workers are still there")
	}
	if left, _ := filepath.Glob(l.directory + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
