package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
)

// hostileArm is a user's server that lets everybody in, and is expected to.
func hostileArm(t *testing.T, record, before string) string {
	t.Helper()
	arm := userArm(t, "user", record, "  expect: {expired: [200], revoked: [200], forged: [200], unknown: [200], malformed: [200]}\n")
	return strings.Replace(arm, `-c, "`, `-c, "`+before, 1)
}

// A target that is stopped in mid-run costs its arm, and not the timeout at each visit:
// that would be 160 s here. The others go on, what was measured is kept, and nothing
// is left behind.
func TestTargetStops(t *testing.T) {
	t.Parallel()
	record, dir := filepath.Join(t.TempDir(), "record"), filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, hostileArm(t, record, "")), "--launches", "1", "--set", "rounds=40",
		"--set", "loads[closed].timeout=2s", "--set", "loads[open].timeout=2s", "--out", dir)
	until(t, "the calibration is over", func() bool {
		text, _ := os.ReadFile(filepath.Join(dir, "result.jsonl"))
		return bytes.Contains(text, []byte(`{"kind":"launch","launch":0,`))
	})
	before := asked(t, record)
	until(t, "the user's server is asked again", func() bool { return asked(t, record) > before+200 })
	children := descendants(t, h.Process.Pid)
	for pid := range children {
		if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid)); err == nil && strings.Contains(string(line), beServer+"=") {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Two slices with their timeouts, the time of a stall, of finding out whether it is
	// dead, of killing it: 8 s, on a machine that has time for it.
	stopped, bound := time.Now(), time.Minute
	until(t, "the harness noticed", func() bool { return strings.Contains(h.stderr.String(), "it stalled") })
	if took := time.Since(stopped); took > bound {
		t.Errorf("the stall was noticed after %v, want %v at most", took, bound)
	}
	if code := h.code(); code != "1" && code != "3" { // 3 on a noisy machine
		t.Errorf("exit code %s, want 1\n%s", code, h.stderr.String())
	}
	if !regexp.MustCompile(`user.*it stalled: (load|warm-up).*none of [0-9]+ requests was answered in [0-9.]+s`).MatchString(h.stderr.String()) {
		t.Errorf("standard error does not say which target stalled, when and for how long:\n%s", h.stderr.String())
	}
	untilGone(t, children)
	untilEmpty(t, h.tmp)
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	rounds := map[string]int{}
	for _, s := range run.Slices {
		if s.Launch == 1 {
			rounds[s.Arm] = max(rounds[s.Arm], s.Round+1)
		}
	}
	if rounds["none"] != 40 || rounds["apikey"] != 40 || run.Footer == nil || run.Footer.Status != bench.Completed {
		t.Errorf("rounds %v, footer %+v; want all rounds of the other arms", rounds, run.Footer)
	}
}

// asked is how many lines the user's server has recorded.
func asked(t *testing.T, record string) int {
	t.Helper()
	text, err := os.ReadFile(record)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("\n"))
}

// A command that does not end when it is told to is killed, at each of its ends.
func TestTargetStays(t *testing.T) {
	t.Parallel()
	record, dir := filepath.Join(t.TempDir(), "record"), filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, hostileArm(t, record, beStubborn+"=1 ")), "--out", dir)
	h.untilMeasured(dir)
	children, began := descendants(t, h.Process.Pid), time.Now()
	if code := h.code(); code != "1" && code != "3" { // it lets everybody in
		t.Errorf("exit code %s, want 1\n%s", code, h.stderr.String())
	}
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("it took %v: the command was not waited for", took)
	}
	untilGone(t, children)
	untilEmpty(t, h.tmp)
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Footer == nil || run.Footer.Status != bench.Completed {
		t.Errorf("footer %+v, want a completed run", run.Footer)
	}
}
