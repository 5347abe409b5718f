//go:build unix

package proc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"
)

// starter returns a starter that is closed with the test.
func starter(t *testing.T) *Starter {
	t.Helper()
	s, err := NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// start starts this binary in a role.
func start(t *testing.T, s *Starter, role string, spec Spec) *Process {
	t.Helper()
	p, err := s.Start(context.Background(), self(role, spec))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// waitFor waits until a process has ended by itself.
func waitFor(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatalf("process %d does not end", p.PID())
	}
}

// appears waits for a file and returns the number that it holds.
func appears(t *testing.T, path string) int {
	t.Helper()
	var text []byte
	await(func() bool {
		var err error
		text, err = os.ReadFile(path)
		return err == nil
	})
	n, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alive reports whether a process runs; one that only waits to be reaped, by
// whoever is its parent now, does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	p, err := procfs.NewProc(pid)
	if err != nil {
		return false
	}
	stat, err := p.Stat()
	return err == nil && stat.State != "Z" && stat.State != "X"
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// both runs a test on a process of ours and on a foreign one.
func both(t *testing.T, test func(t *testing.T, foreign bool)) {
	t.Run("own", func(t *testing.T) { test(t, false) })
	t.Run("foreign", func(t *testing.T) { test(t, true) })
}

func TestStop(t *testing.T) {
	both(t, func(t *testing.T, foreign bool) {
		p := start(t, starter(t), "idle", Spec{Foreign: foreign})
		if !alive(p.PID()) || p.Err() != nil {
			t.Fatalf("process %d: alive %v, Err %v; want it to run", p.PID(), alive(p.PID()), p.Err())
		}
		for range 2 { // stopping twice is no error
			if err := p.Stop(patience); err != nil {
				t.Fatal(err)
			}
		}
		if alive(p.PID()) {
			t.Error("it still runs")
		}
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), "terminated") {
			t.Errorf("Err: %v, want the signal named", err)
		}
		if _, err := p.CPU(); err == nil {
			t.Error("CPU of a process that has ended: want an error")
		}
		if _, err := p.PSS(); err == nil {
			t.Error("PSS of a process that has ended: want an error")
		}
	})
}

// A process that somebody has stopped ends all the same, and so does one whose
// supervisor was stopped with it.
func TestStopWhatIsStopped(t *testing.T) {
	both(t, func(t *testing.T, foreign bool) {
		p := start(t, starter(t), "idle", Spec{Foreign: foreign, TempDir: foreign})
		for _, pid := range []int{p.PID(), p.cmd.Process.Pid} {
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Stop(10 * time.Millisecond); err != nil {
			t.Error(err)
		}
		if alive(p.PID()) || alive(p.cmd.Process.Pid) || foreign && !gone(p.TempDir()) {
			t.Error("something is left behind")
		}
	})
}

// End of file is the order to end for who has a control socket.
func TestStopByEndOfFile(t *testing.T) {
	both(t, func(t *testing.T, foreign bool) {
		p := start(t, starter(t), "echo", Spec{Control: true, Foreign: foreign})
		if err := json.NewDecoder(p.Control()).Decode(new(string)); err != nil {
			t.Fatal(err)
		}
		if foreign {
			_ = p.Control().Close()
			waitFor(t, p)
		}
		if err := p.Stop(patience); err != nil {
			t.Fatal(err)
		}
		if err := p.Err(); err != nil {
			t.Errorf("Err: %v, want nil: it ended by itself", err)
		}
	})
}

// What a process said before it ended can still be read.
func TestLastMessage(t *testing.T) {
	p := start(t, starter(t), "farewell", Spec{Control: true})
	waitFor(t, p)
	var message string
	if err := json.NewDecoder(p.Control()).Decode(&message); err != nil || message != "no licence" {
		t.Errorf("message %q, %v", message, err)
	}
	if err := p.Stop(0); err != nil {
		t.Error(err)
	}
}

// Who ignores SIGTERM is killed.
func TestStopStubborn(t *testing.T) {
	p := start(t, starter(t), "stubborn", Spec{Foreign: true, TempDir: true})
	appears(t, filepath.Join(p.TempDir(), "stubborn"))
	if err := p.Stop(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("Err: %v, want it killed", err)
	}
	if !gone(p.TempDir()) {
		t.Errorf("%s is still there", p.TempDir())
	}
}

// Daemons in sessions of their own end with the process that started them,
// whether it is stopped or killed by somebody.
func TestFamilyEnds(t *testing.T) {
	for name, end := range map[string]func(*Process) error{
		"stopped": func(p *Process) error { return p.Stop(50 * time.Millisecond) },
		"killed":  func(p *Process) error { return syscall.Kill(p.PID(), syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, starter(t), "family", Spec{Foreign: true, TempDir: true})
			appears(t, filepath.Join(p.TempDir(), "generation0"))
			last := appears(t, filepath.Join(p.TempDir(), "generation2"))
			if err := end(p); err != nil {
				t.Fatal(err)
			}
			waitFor(t, p)
			if alive(p.PID()) || alive(last) {
				t.Errorf("alive: first generation %v, last %v; want neither", alive(p.PID()), alive(last))
			}
			if !gone(p.TempDir()) {
				t.Errorf("%s is still there", p.TempDir())
			}
		})
	}
}

// SIGKILL of the harness leaves no child, no grandchild, no supervisor and no
// directory.
func TestHarnessKilled(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), role+"=harness", "TMPDIR="+t.TempDir())
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // it should be dead already
	var h household
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&h); err != nil {
		t.Fatal(err)
	}
	pids := append(h.PIDs, appears(t, filepath.Join(h.Dir, "generation0")), appears(t, filepath.Join(h.Dir, "generation2")))
	for _, pid := range pids {
		if !alive(pid) {
			t.Fatalf("of %v, %d does not run", pids, pid)
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Fatal("the harness was not killed")
	}
	await(func() bool { return !slices.ContainsFunc(pids, alive) })
	await(func() bool { return gone(h.Dir) && gone(h.Kept) })
}

// A supervisor that is killed takes its process with it, and the harness removes
// the directory.
func TestSupervisorKilled(t *testing.T) {
	p := start(t, starter(t), "stubborn", Spec{Foreign: true, TempDir: true})
	appears(t, filepath.Join(p.TempDir(), "stubborn"))
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, p)
	await(func() bool { return !alive(p.PID()) })
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "supervisor") {
		t.Errorf("Err: %v, want the supervisor named", err)
	}
	if !gone(p.TempDir()) {
		t.Errorf("%s is still there", p.TempDir())
	}
}

// Close ends what still runs.
func TestClose(t *testing.T) {
	s, err := NewStarter()
	if err != nil {
		t.Fatal(err)
	}
	own, foreign := start(t, s, "idle", Spec{}), start(t, s, "idle", Spec{Foreign: true})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if alive(own.PID()) || alive(foreign.PID()) {
		t.Errorf("alive: own %v, foreign %v; want neither", alive(own.PID()), alive(foreign.PID()))
	}
	if p, err := s.Start(context.Background(), self("idle", Spec{})); err == nil {
		_ = p.Stop(0)
		t.Error("a closed starter started a process")
	}
}

// However much a process prints, the end of it is kept, and cannot play tricks on
// a terminal.
func TestLastOutput(t *testing.T) {
	both(t, func(t *testing.T, foreign bool) {
		p := start(t, starter(t), "flood", Spec{Foreign: foreign})
		waitFor(t, p)
		err := p.Err()
		if err == nil {
			t.Fatal("Err: nil, want exit status 3")
		}
		text := err.Error()
		for _, want := range []string{"exit status 3", `the \areason\u202e`, "\n    | \\x1b[31mnoise\n", "more lines …"} {
			if !strings.Contains(text, want) {
				t.Errorf("Err does not contain %q", want)
			}
		}
		// Escaping makes at most six bytes of one.
		if len(text) > 7*tailBytes || strings.ContainsAny(text, "\x1b\x07\u202e") {
			t.Errorf("Err has %d bytes, or raw control characters: %.100q…", len(text), text)
		}
	})
}

// A process's standard output goes where the spec says, whole; the quote keeps
// what it printed on standard error.
func TestStdout(t *testing.T) {
	both(t, func(t *testing.T, foreign bool) {
		var out bytes.Buffer
		p := start(t, starter(t), "flood", Spec{Foreign: foreign, Stdout: &out})
		waitFor(t, p)
		if want := strings.Repeat("\x1b[31mnoise\n", 100_000); out.String() != want {
			t.Errorf("%d bytes of output, want %d", out.Len(), len(want))
		}
		if err := p.Err(); err == nil || !strings.Contains(err.Error(), "reason") || strings.Contains(err.Error(), "noise") {
			t.Errorf("Err: %.100v, want it to quote standard error alone", err)
		}
	})
}

// Files are there at the start, and what is added to the environment has
// precedence over what is inherited.
func TestFiles(t *testing.T) {
	t.Setenv("POINTER", "inherited")
	p := start(t, starter(t), "files", Spec{
		Foreign: true, Files: map[string][]byte{"keys": []byte("content")},
		Args: []string{"{tmp}/keys"}, Env: []string{"POINTER={tmp}/keys"},
	})
	waitFor(t, p)
	if err := p.Err(); err == nil || !strings.HasSuffix(err.Error(), "; it printed:\n    | content|-rw-------|true") {
		t.Errorf("Err: %v, want the content, mode 0600 and equal paths", err)
	}
	if !gone(p.TempDir()) {
		t.Errorf("%s is still there", p.TempDir())
	}
}

func TestStartFails(t *testing.T) {
	notExecutable := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(notExecutable, []byte("not a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		spec Spec
		want []string
	}{
		"missing":          {spec: Spec{Path: "no-such-server"}, want: []string{"start no-such-server", "not found", "install it"}},
		"missing, foreign": {spec: Spec{Path: "./no-such-server", Foreign: true}, want: []string{"no-such-server", "no such file", "install it"}},
		"no program":       {spec: Spec{Path: notExecutable}, want: []string{notExecutable, "exec format error"}},
		"no program, foreign, with a directory": {spec: Spec{Path: notExecutable, Foreign: true, TempDir: true},
			want: []string{notExecutable, "exec format error"}},
		"no program and no directory":  {spec: Spec{Foreign: true}, want: []string{"neither a program nor a directory"}},
		"no such user":                 {spec: Spec{Path: "sh", Foreign: true, TempDir: true, User: "nobody-of-this-name"}, want: []string{"nobody-of-this-name"}},
		"own process as another user":  {spec: Spec{Path: "sh", User: "nobody"}, want: []string{"as the harness does"}},
		"directory without supervisor": {spec: Spec{Path: "sh", TempDir: true}, want: []string{"only a foreign process"}},
		"cage without supervisor":      {spec: Spec{Path: "sh", Cage: &Cage{}}, want: []string{"only a foreign process"}},
		"directory of its own":         {spec: Spec{Path: "sh", Dir: "/"}, want: []string{"where the harness runs"}},
		"file outside": {spec: Spec{Path: "sh", Foreign: true, Files: map[string][]byte{"../keys": nil}},
			want: []string{`"../keys"`, "without directory"}},
		"cancelled": {ctx: cancelled, spec: Spec{Path: "sh", Foreign: true}, want: []string{"context canceled"}},
	} {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			t.Setenv("TMPDIR", tmp)
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			p, err := starter(t).Start(c.ctx, c.spec)
			if err == nil {
				_ = p.Stop(0)
				t.Fatal("it started")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not contain %q", err, want)
				}
			}
			left, err := os.ReadDir(tmp)
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v (%v)", left, err)
			}
		})
	}
}

// A start that hangs ends with its context.
func TestStartCancelled(t *testing.T) {
	ours, theirs, err := socketpair() // nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(ours.Close(), theirs.Close()) }()
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	l := &supervisorLink{conn: ours, answers: json.NewDecoder(ours)}
	if _, err := l.begin(ctx, task{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestSuperviseByHand(t *testing.T) {
	for _, args := range [][]string{nil, {"three"}, {"0"}} {
		c := exec.Command(os.Args[0], append([]string{SuperviseArg}, args...)...)
		out, err := c.CombinedOutput()
		if c.ProcessState.ExitCode() != 2 || !strings.HasPrefix(string(out), "supervise: ") {
			t.Errorf("arguments %q: %v, %q; want exit status 2 and a reason", args, err, out)
		}
	}
}

func TestFileLimit(t *testing.T) {
	p := start(t, starter(t), "limit", Spec{})
	waitFor(t, p)
	err := p.Err()
	if err == nil || !strings.Contains(err.Error(), "    | 100|101 files") || !strings.Contains(err.Error(), "ulimit -n 101") {
		t.Errorf("%v, want a limit of 100, and the remedy for 101", err)
	}
}

func TestFreePort(t *testing.T) {
	port, err := FreePort()
	if err != nil || port < 1024 || port > 65535 {
		t.Errorf("port %d, error %v", port, err)
	}
}
