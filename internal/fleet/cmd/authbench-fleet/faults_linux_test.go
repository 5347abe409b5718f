package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// Faults of networks, disks and strangers: each member of the fleet is on a machine of its own.
// 'make faults' tries all that TestFault has ten times.

// ended waits for the load, and insists that the result is invalid, for a reason.
func (w *world) ended(why string) result.LoadTest {
	w.t.Helper()
	code := ends(w.t, w.load)
	r := found(w.t, w.out, w.said)
	if code != 3 || r.Validity != result.Invalid || !strings.Contains(w.said.String(), why) {
		w.t.Errorf("exit %d, %s, want %q: %v\n%s", code, r.Validity, why, codes(r), w.said)
	}
	return r
}

// A worker that cannot hear its coordinator stops, though it reaches the target. What it measured
// comes when the network is whole again.
func TestFaultWorkerCutOff(t *testing.T) {
	if !ownWorld(t) {
		return
	}
	w := newWorld(t, 2)
	w.keep = "5m"
	w.begin("-d", "5m")
	struck := time.Now()
	w.workers[0].loses(t, "-s", w.coordinator.address)
	w.workers[0].loses(t, "-d", w.coordinator.address)
	r := w.ended("is lost")
	if r.Requests == 0 || r.Requests > w.asked.Load() {
		t.Errorf("%d requests, at the server %d", r.Requests, w.asked.Load())
	}
	if code := ends(t, w.working[1]); code != exitRuntime {
		t.Errorf("the other worker: exit %d", code)
	}
	await(t, "the worker stops", func() bool { return strings.Contains(w.heard[0].String(), "reporting") })
	w.workers[0].mends(t)
	left := w.collect("--wait", "4m")
	if code := ends(t, w.working[0]); code != exitRuntime || !strings.Contains(w.heard[0].String(), "silent") {
		t.Errorf("the worker: exit %d: %s", code, w.heard[0])
	}
	stopped(t, w.latest, struck)
	left.all(t, w.asked.Load(), "silent", "is lost")
	w.clean()
}

// spooled is where a worker keeps what it measured.
func (w *world) spooled(i int) string {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.spool(), "*-"+w.workers[i].name+".jsonl"))
	if err != nil || len(paths) != 1 {
		w.t.Fatalf("%v, %v", paths, err)
	}
	return paths[0]
}

// When nobody can hear the coordinator, all stop by themselves, and what was measured is theirs.
func TestFaultCoordinatorCutOff(t *testing.T) {
	if !ownWorld(t) {
		return
	}
	w := newWorld(t, 2)
	w.begin("-d", "5m")
	struck := time.Now()
	w.coordinator.loses(t)
	if code := ends(t, w.load); code != exitRuntime || !strings.Contains(w.said.String(), "is lost") {
		t.Errorf("exit %d: %s", code, w.said)
	}
	if codes := w.gone(); codes[0] != exitRuntime || codes[1] != exitRuntime {
		t.Errorf("the workers: exit %d", codes)
	}
	stopped(t, w.latest, struck)
	w.collect("--spool", w.spooled(0), "--spool", w.spooled(1)).all(t, w.asked.Load(), "silent", "silent")
	w.clean("w1", "w2")
}

// A network that loses three messages in ten, both ways, makes all slow. The run is whole then, or
// it is invalid, or does not begin: but it counts no request that was not sent, and hides none.
func TestFaultLoss(t *testing.T) {
	if !ownWorld(t) {
		return
	}
	w := newWorld(t, 2)
	lossy := []string{"-m", "statistic", "--mode", "random", "--probability", "0.3"}
	w.begin("-d", "10s")
	w.coordinator.loses(t, lossy...)
	w.lossy("once load is sent", ends(t, w.load))
	w.gone()
	w.set("-d", "3s")
	if code := ends(t, w.load); w.asked.Load() > 0 {
		w.lossy("from the beginning", code)
	} else if code != exitRuntime || !strings.Contains(w.said.String(), "did not start") && !strings.Contains(w.said.String(), "connect") {
		t.Errorf("no load, exit %d: %s", code, w.said)
	}
	w.gone()
}

// lossy looks at the result of a load whose messages got lost.
func (w *world) lossy(when string, code int) {
	w.t.Helper()
	seen := w.asked.Load()
	if !strings.HasPrefix(w.out.String(), "{") { // no worker has reported
		w.t.Logf("loss %s: no result; the server saw %d: %s", when, seen, w.said)
		if code != exitRuntime || !strings.Contains(w.said.String(), "is lost") {
			w.t.Errorf("exit %d: %s", code, w.said)
		}
		return
	}
	r := found(w.t, w.out, w.said)
	whole := !slices.Contains(codes(r), validity.CodeFleetStopped)
	w.t.Logf("loss %s: whole %v, %d requests, at the server %d: %s %v", when, whole, r.Requests, seen, r.Validity, codes(r))
	switch {
	case whole && (r.Requests != seen || slices.Contains(codes(r), validity.CodeIdentity) || code != 0 && code != 3):
		w.t.Errorf("exit %d, %d requests, at the server %d: %v", code, r.Requests, seen, codes(r))
	case !whole && (code != 3 || r.Validity != result.Invalid || r.Requests > seen):
		w.t.Errorf("exit %d, %s, %d requests, at the server %d: %s", code, r.Validity, r.Requests, seen, w.said)
	}
}

// A coordinator whose disk is full takes nothing more. There is no result, and what was measured is
// with the workers, whole.
func TestFaultDiskFull(t *testing.T) {
	if !ownWorld(t) {
		return
	}
	w := newWorld(t, 2)
	if err := syscall.Mount("tmpfs", w.own, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(w.own, syscall.MNT_DETACH) })
	w.begin("-d", "6s")
	full := filepath.Join(w.own, "full")
	fill(t, full)
	if code := ends(t, w.load); code != exitRuntime || !strings.Contains(w.said.String(), "what it measured cannot be stored") {
		t.Errorf("exit %d: %s", code, w.said)
	}
	w.gone()
	if err := os.Remove(full); err != nil {
		t.Error(err)
	}
	left := w.collect("--spool", w.spooled(0), "--spool", w.spooled(1))
	if left.Outcome == nil || left.Outcome.Sent != w.asked.Load() || !left.Workers[0].Reported || !left.Workers[1].Reported || left.Workers[0].Missing || left.Workers[1].Missing {
		t.Errorf("the server saw %d: %+v", w.asked.Load(), left)
	}
	w.clean("w1", "w2")
}

// fill writes a file until there is no room for a byte.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 16; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
