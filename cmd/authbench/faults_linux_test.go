package main

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/prometheus/procfs"

	"authbench/bench"
	"authbench/internal/result"
)

// A run that is killed leaves no process and no temporary directory, and a result
// that can be reported on.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, userArm(t, "user", filepath.Join(t.TempDir(), "record"), "")), "--launches", "1000", "--out", dir)
	h.untilMeasured(dir)
	var children map[int]procfs.ProcStat
	until(t, "every arm's process is seen", func() bool { // not so between launches
		children = descendants(t, h.Process.Pid)
		return len(children) >= 3
	})
	if err := h.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-h.done
	untilGone(t, children)
	untilEmpty(t, h.tmp)

	r := start(t, "report", dir)
	if code := r.code(); code != "0" {
		t.Fatalf("report of a killed run: exit code %s\n%s", code, r.stderr.String())
	}
	if !strings.Contains(r.stdout.String(), "cut off") {
		t.Errorf("the report does not say that the run was cut off:\n%s", r.stdout.String())
	}
	for _, name := range []string{"summary.json", "report.md", "report.html"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// Ctrl-C ends the run at once, and reports on what was measured.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, ""), "--launches", "1000", "--out", dir)
	h.untilMeasured(dir)
	children := descendants(t, h.Process.Pid)
	if err := h.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := h.code(); code != "130" {
		t.Errorf("exit code %s, want 130\n%s", code, h.stderr.String())
	}
	untilGone(t, children)
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Footer == nil || run.Footer.Status != bench.Interrupted {
		t.Errorf("footer %+v, want an interrupted one", run.Footer)
	}
	if !strings.Contains(h.stdout.String(), "interrupted") || !strings.HasSuffix(strings.TrimSpace(h.stdout.String()), dir) {
		t.Errorf("the summary does not say that it was interrupted, or does not end with the directory:\n%s", h.stdout.String())
	}
}

// The second Ctrl-C does not wait for anything.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, ""), "--launches", "1000", "--out", dir)
	h.untilMeasured(dir)
	children := descendants(t, h.Process.Pid)
	until(t, "it has ended", func() bool {
		h.Process.Signal(os.Interrupt)
		select {
		case <-h.done:
			return true
		default:
			return false
		}
	})
	untilGone(t, children)
	if _, err := result.Read(dir); err != nil {
		t.Errorf("what was measured is not readable: %v", err)
	}
}

// A target that dies takes its arm out of the run, and nothing else.
func TestTargetDies(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	scenario := tiny(t, userArm(t, "user", filepath.Join(t.TempDir(), "record"), "  expect: {expired: [200], revoked: [200], forged: [200], unknown: [200], malformed: [200]}\n"))
	h := start(t, "run", scenario, "--launches", "6", "--out", dir)
	h.untilMeasured(dir)
	// Again and again: the first one may be ending anyway.
	until(t, "the harness noticed", func() bool {
		for pid := range descendants(t, h.Process.Pid) {
			line, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
			if err == nil && strings.Contains(string(line), beServer+"=") {
				syscall.Kill(pid, syscall.SIGKILL) // may be gone
			}
		}
		return strings.Contains(h.stderr.String(), "the target failed")
	})
	if code := h.code(); code != "1" && code != "3" { // 3 on a noisy machine
		t.Errorf("exit code %s, want 1\n%s", code, h.stderr.String())
	}
	if !regexp.MustCompile(`user.*the target failed.*kill`).MatchString(h.stderr.String()) {
		t.Errorf("standard error does not say which target failed, and how:\n%s", h.stderr.String())
	}
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	last := run.Slices[len(run.Slices)-1]
	if last.Launch != 6 || run.Footer == nil || run.Footer.Status != bench.Completed {
		t.Errorf("the other arms did not go on: last launch %d, footer %+v", last.Launch, run.Footer)
	}
}

// Setups that cannot work say why, and what to do, before anything is measured.
func TestRefusedSetups(t *testing.T) {
	t.Parallel()
	closed := closedPort(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	arm := func(target string) string {
		return "  - {name: user, method: {id: none}, target: " + target + "}\n"
	}
	for name, c := range map[string]struct{ arms, out, code, want string }{
		"port refused": {arms: arm(fmt.Sprintf("{url: 'http://127.0.0.1:%d'}", closed)), code: "4", want: "arm user: no server answers.*start it first"},
		"never ready":  {arms: arm(`{command: [sleep, "600"], ready: {timeout: 300ms}}`), code: "4", want: "arm user: the command was not ready.*does it listen at"},
		"ready by the byte": {
			arms: arm(fmt.Sprintf(`{command: [sh, -c, "%s=drip exec %s {port}"], ready: {http: /, timeout: 300ms}}`, beHostile, os.Args[0])),
			code: "4", want: "arm user: the command was not ready.*within 300ms",
		},
		"answers nothing": {
			arms: arm(fmt.Sprintf(`{command: [sh, -c, "%s=silence exec %s {port}"]}`, beHostile, os.Args[0])),
			code: "4", want: "arm user: it stalled: warm-up for load calibration: none of [0-9]+ requests was answered in",
		},
		"ends at once":   {arms: arm(`{command: [sh, -c, "echo no licence >&2; exit 9"]}`), code: "4", want: "(?s)arm user: the command ended before it was ready.*no licence"},
		"no such binary": {arms: arm(`{command: [no-such-server]}`), code: "4", want: "arm user:.*no-such-server"},
		"not writable":   {out: filepath.Join(file, "out"), code: "2", want: "create the result directory.*--out"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.out == "" {
				c.out = filepath.Join(t.TempDir(), "out")
			}
			h := start(t, "run", tiny(t, c.arms), "--out", c.out)
			if code := h.code(); code != c.code {
				t.Errorf("exit code %s, want %s", code, c.code)
			}
			if !regexp.MustCompile(c.want).MatchString(h.stderr.String()) {
				t.Errorf("standard error does not match %q:\n%s", c.want, h.stderr.String())
			}
			untilEmpty(t, h.tmp)
		})
	}
}

// Too few file descriptors are said at once, with the number that is needed.
func TestFileLimit(t *testing.T) {
	t.Parallel()
	script := fmt.Sprintf("ulimit -n 100 && exec %s run %s --set 'loads[closed].connections=200' --out %s",
		os.Args[0], tiny(t, ""), filepath.Join(t.TempDir(), "out"))
	c := exec.Command("sh", "-c", script)
	out, err := c.CombinedOutput()
	if exitStatus(err) != "4" || !strings.Contains(string(out), "ulimit -n") {
		t.Errorf("exit code %s, want 4 with the remedy:\n%s", exitStatus(err), out)
	}
}

// A server that lets bad credentials in is called unsafe, whatever its speed. The
// same run shows that no secret reaches the result directory: the server recorded
// every credential it was sent and the verification file.
func TestUnsafeAndSecrets(t *testing.T) {
	t.Parallel()
	record := filepath.Join(t.TempDir(), "record")
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", tiny(t, userArm(t, "user", record, "")), "--out", dir)
	if code := h.code(); code != "1" && code != "3" { // 3 on a noisy machine
		t.Errorf("exit code %s, want 1\n%s", code, h.stderr.String())
	}
	if !strings.Contains(h.stdout.String(), "unsafe") {
		t.Errorf("the summary does not call the arm unsafe:\n%s", h.stdout.String())
	}
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	secrets := secretsIn(string(text))
	if len(secrets) < 40 {
		t.Fatalf("the server recorded %d secrets, want those of 40 credentials at least", len(secrets))
	}
	everything := h.stdout.String() + h.stderr.String()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			content, readErr := os.ReadFile(path)
			everything += string(content)
			err = readErr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for secret := range secrets {
		if strings.Contains(everything, secret) {
			t.Errorf("the output holds the secret %q", secret)
		}
	}
}

// secretsIn collects credentials, and the long words of verification files.
func secretsIn(record string) map[string]bool {
	found := map[string]bool{}
	for _, word := range regexp.MustCompile(`[A-Za-z0-9_.+/=-]{20,}`).FindAllString(record, -1) {
		found[word] = true
	}
	return found
}

// userArm is an arm whose server is the test binary itself, started by a shell.
func userArm(t *testing.T, name, record, extra string) string {
	t.Helper()
	binary, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	extra = strings.ReplaceAll(extra, "  expect", "    expect")
	return fmt.Sprintf("  - name: %s\n    method: {id: apikey}\n    target: {command: [sh, -c, \"%s=%s exec %s {port}\"]}\n%s", name, beServer, record, binary, extra)
}

// closedPort returns a port on which nothing listens.
func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
