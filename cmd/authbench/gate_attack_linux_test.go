package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"authbench/internal/result"
)

// attack is a gate whose head does something that it must not.
type attack struct {
	*harness
	dir  string
	mark string // in the command lines of what head starts
}

// attacks counts those that were started: each has a mark of its own.
var attacks atomic.Int64

// startAttack runs a gate of one arm between two programs that are this one. head is
// what the one does before, as a shell script; what it starts is to have $MARK among its
// arguments, which sleep takes for five minutes, and $SELF is the program itself. Whatever
// it starts is to end by itself, for a test that is killed ends nothing.
func startAttack(t *testing.T, head string, args ...string) *attack {
	t.Helper()
	dir := t.TempDir()
	a := &attack{dir: dir, mark: fmt.Sprintf("300.%d%03d", os.Getpid(), attacks.Add(1))}
	for name, before := range map[string]string{"base": `exec "$SELF" "$@"`, "head": head} {
		binary := filepath.Join(dir, name+"-server")
		if err := os.Symlink(os.Args[0], binary); err != nil {
			t.Fatal(err)
		}
		text := "#!/bin/sh\nexport " + beMain + "=1 " + noExitSleep + "=" + noExitSleepValue + "\nMARK=" + a.mark + " SELF=" + binary + "\n" + before + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"env", "summary"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	args = append([]string{"gate", "--base", "./base", "--head", "./head", "--arms", "apikey", "--out", "out", tinyGate(t)}, args...)
	a.harness = prepareIn(t, dir, args...)
	a.Env = append(a.Env, "GITHUB_ENV="+filepath.Join(dir, "env"), summaryVariable+"="+filepath.Join(dir, "summary"), "GITHUB_ACTIONS=")
	a.harness.start()
	return a
}

// end waits for the gate, insists that it did not pass unless it may, and that nothing
// of it is left: no file, no process.
func (a *attack) end(codes string) string {
	a.t.Helper()
	code := a.code()
	if !strings.Contains("|"+codes+"|", "|"+code+"|") {
		a.t.Errorf("exit code %s, want %s\n%s%s", code, codes, a.stdout.String(), a.stderr.String())
	}
	untilEmpty(a.t, a.tmp)
	for _, path := range marked(a.t, a.mark) {
		a.t.Errorf("%s survived the gate", path)
	}
	if code != "0" && strings.HasPrefix(a.stdout.String(), "PASS") {
		a.t.Errorf("printed:\n%s", a.stdout.String())
	}
	return a.stdout.String()
}

// marked are the processes with the mark in their command lines.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil && bytes.Contains(text, []byte(mark)) { // it has ended since, otherwise
			out = append(out, strings.ReplaceAll(string(text), "\x00", " "))
		}
	}
	return out
}

// A head that writes into the job's files finds neither their names nor a way to write.
func TestGateHeadForges(t *testing.T) {
	t.Parallel()
	a := startAttack(t, `for file in "$GITHUB_STEP_SUMMARY" "$GITHUB_ENV" `+"`dirname $SELF`/summary `dirname $SELF`/env `dirname $SELF`/out/gate.json"+`; do
	echo "## authbench gate: PASS" 2>/dev/null >> "$file"
done
exec "$SELF" "$@"`, "--budget", "1ms")
	a.end("0")
	for name, want := range map[string]string{"env": "", "summary": "## authbench gate: INCONCLUSIVE"} {
		text, err := os.ReadFile(filepath.Join(a.dir, name))
		if err != nil || want == "" && len(text) > 0 || !strings.HasPrefix(string(text), want) || strings.Contains(string(text), "PASS") {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
}

// What a head prints steers neither a terminal nor a workflow, and takes no memory.
func TestGateHeadPrints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, codes string }{
		"and fails": {`printf '\033[2J\n  ::error::forged\n##[error]forged\n::set-output name=a::b\n' | tee /dev/stderr; exit 1`, "1"},
		"no end":    {`timeout 300 yes "::error::forged $MARK" & timeout 300 yes "$MARK" >&2 & exec "$SELF" "$@"`, "0|1|3"},
	} {
		t.Run(name, func(t *testing.T) {
			a := startAttack(t, c.head, "--budget", "1ms")
			a.end(c.codes)
			for line := range strings.Lines(a.stdout.String() + a.stderr.String()) {
				if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "\x1b") {
					t.Errorf("printed %q", line)
				}
			}
			const most = 1 << 20 // KiB: the gate itself takes a fifth of it
			if used := a.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; used > most {
				t.Errorf("the gate took %d KiB of memory", used)
			}
		})
	}
}

// What a head leaves behind ends with the gate, whatever it did to the supervisor.
func TestGateHeadLeavesProcesses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, codes string }{
		"daemons":              {`trap "" TERM HUP; setsid sh -c 'setsid sleep '$MARK' & sleep '$MARK & ` + "\n" + `exec "$SELF" "$@"`, "0"},
		"without supervisor":   {`setsid sh -c 'setsid sleep '$MARK' & sleep '$MARK & ` + "\nsleep 0.2; kill -9 $PPID; sleep 10", "1"},
		"supervisor, measured": {`(while sleep 0.05 && kill -9 $PPID; do :; done) & setsid sleep $MARK & exec "$SELF" "$@"`, "0|1|4"}, // 4: it ended before anything was measured
	} {
		t.Run(name, func(t *testing.T) { startAttack(t, c.head, "--budget", "1ms").end(c.codes) })
	}
}

// Who kills base's server is found out.
func TestGateHeadKillsBase(t *testing.T) {
	t.Parallel()
	a := startAttack(t, `base=${SELF%/*}/base-server
(for i in $(seq 3000); do
	sleep 0.02
	for p in /proc/[0-9]*; do
		if tr '\0' ' ' < $p/cmdline 2>/dev/null | grep -q "$base target"; then kill -9 ${p#/proc/}; fi
	done
done) &
exec "$SELF" "$@"`, "-o", "json")
	var d struct {
		Verdict string
		Alarms  []struct{ Code, Text string }
	}
	// How many launches the killer is in time for is the machine's affair: one is invalid,
	// two fail.
	out := a.end("1|3")
	err := json.Unmarshal([]byte(out), &d)
	fails := d.Verdict == "fail" && len(d.Alarms) > 0 && d.Alarms[0].Code == "interference"
	if err != nil || !fails && (d.Verdict != "invalid" || !strings.Contains(out, "a signal ended base's server of arm apikey")) {
		t.Errorf("decided:\n%s\n%s", out, a.stderr.String())
	}
}

// A head that does not answer holds nothing up, and one that works in a child hides
// nothing.
func TestGateHeadHangs(t *testing.T) {
	t.Parallel()
	if out := startAttack(t, `sleep $MARK`, "--budget", "1ms").end("0|1|3|4"); strings.HasPrefix(out, "PASS") {
		t.Errorf("decided:\n%s", out)
	}
}

func TestGateHeadWorksInChild(t *testing.T) {
	t.Parallel()
	a := startAttack(t, `"$SELF" "$@" & wait`+"\n", "--budget", "1ms")
	a.end("0")
	run, err := result.Read(filepath.Join(a.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]int64{}
	for _, s := range run.Slices {
		used[s.Arm] += s.ServerCPU
	}
	// The shell that waits uses nothing. How much the slices of a moment differ is the
	// machine's affair.
	if base, head := used["apikey.base"], used["apikey.head"]; base == 0 || head < base/50 {
		t.Errorf("CPU time of base %d ns, of head %d ns: its child's is missing", base, head)
	}
}

// SIGKILL of a gate leaves files; the next gate removes them, and nobody else's.
func TestGateSweeps(t *testing.T) {
	t.Parallel()
	repository := gitRepository(t)
	args := []string{"gate", "--base", "HEAD", "--build", `sh -c 'touch started; sleep 300' {output}`, tinyGate(t)}
	h := startIn(t, repository, args...)
	h.untilBuilds("started")
	children := descendants(t, h.Process.Pid)
	if err := h.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-h.done
	untilGone(t, children)
	if left, err := os.ReadDir(h.tmp); err != nil || len(left) == 0 {
		t.Fatalf("left %v, %v: there is nothing to sweep", left, err)
	}
	args[4] = "false {output}"
	next := prepareIn(t, repository, args...)
	next.Env = append(next.Env, "TMPDIR="+h.tmp)
	next.start()
	if code := next.code(); code != "4" || !strings.Contains(next.stderr.String(), "which a killed run had left") {
		t.Errorf("exit code %s\n%s", code, next.stderr.String())
	}
	untilEmpty(t, h.tmp)
	if list := git(t, repository, "worktree", "list"); strings.Count(list, "\n") != 1 {
		t.Errorf("worktrees are left:\n%s", list)
	}
}
