package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/prometheus/procfs"
)

// descendants returns the processes below pid, by pid.
func descendants(t *testing.T, pid int) map[int]procfs.ProcStat {
	t.Helper()
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		t.Fatal(err)
	}
	all, err := fs.AllProcs()
	if err != nil {
		t.Fatal(err)
	}
	stats := map[int]procfs.ProcStat{}
	for _, p := range all {
		if s, err := p.Stat(); err == nil { // gone meanwhile otherwise
			stats[p.PID] = s
		}
	}
	below := map[int]procfs.ProcStat{}
	for grown := true; grown; {
		grown = false
		for id, s := range stats {
			_, parentIn := below[s.PPID]
			if _, in := below[id]; !in && (s.PPID == pid || parentIn) {
				below[id], grown = s, true
			}
		}
	}
	return below
}

// untilGone waits until none of the processes lives. A pid that was taken over
// by another process has another start time.
func untilGone(t *testing.T, processes map[int]procfs.ProcStat) {
	t.Helper()
	for pid, was := range processes {
		until(t, fmt.Sprintf("process %d (%s) is gone", pid, was.Comm), func() bool {
			p, err := procfs.NewProc(pid)
			if err != nil {
				return true
			}
			now, err := p.Stat()
			return err != nil || now.Starttime != was.Starttime || now.State == "Z"
		})
	}
}

// endWithTest has a program end with the tests, also if they are killed: nobody would end
// it then.
func endWithTest(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// beHost makes the test binary one that starts a program and waits for its own end.
const beHost = "AUTHBENCH_TEST_BE_HOST"

// TestEndsWithTest is, as the host, a test that is killed while a program of its runs.
func TestEndsWithTest(t *testing.T) {
	if os.Getenv(beHost) != "" {
		start(t, "target", "--method", "none").code()
		return
	}
	host := exec.Command(os.Args[0], "-test.run=^TestEndsWithTest$")
	host.Env = append(os.Environ(), beHost+"=1", beMain+"=")
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	var below map[int]procfs.ProcStat
	until(t, "it runs", func() bool {
		below = descendants(t, host.Process.Pid)
		return len(below) > 0
	})
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait() // it was killed
	untilGone(t, below)
}
