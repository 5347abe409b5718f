package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authbench/internal/fleet/consent"
	"authbench/internal/result"
)

// patience is longer than anything that works takes, on any machine.
const patience = 2 * time.Minute

// authbench builds the main program, once.
var authbench = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "authbench-fleet-test-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "authbench")
	c := exec.Command("go", "build", "-o", path, "./cmd/authbench")
	c.Dir = "../../../.."
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return path, nil
})

// target is a server that counts, and consents.
func target(t *testing.T) (*httptest.Server, *atomic.Int64, *atomic.Int64) {
	t.Helper()
	var asked, latest atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == consent.Path {
			fmt.Fprintf(w, `{"version":1,"runs":["*"],"expires":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
			return
		}
		asked.Add(1)
		latest.Store(time.Now().UnixNano())
	}))
	t.Cleanup(s.Close)
	return s, &asked, &latest
}

// startLoad starts 'authbench load' over two workers, whose program is this test.
func startLoad(t *testing.T, url string, args ...string) (c *exec.Cmd, out, said *bytes.Buffer, directory string) {
	t.Helper()
	program, err := authbench()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	directory = t.TempDir()
	out, said = &bytes.Buffer{}, &bytes.Buffer{}
	c = exec.Command(program, append([]string{"load", url, "--workers", "2", "-c", "8", "-o", "json", "--seed", "7"}, args...)...)
	c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+self, beMain+"=1", "TMPDIR="+directory)
	c.Stdout, c.Stderr = out, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	return c, out, said, directory
}

// ends waits for a program and returns its exit code.
func ends(t *testing.T, c *exec.Cmd) int {
	t.Helper()
	kill := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

// found reads what 'load -o json' printed.
func found(t *testing.T, out, said *bytes.Buffer) (r result.LoadTest) {
	t.Helper()
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, said)
	}
	return r
}

// codes are those of the warnings.
func codes(r result.LoadTest) (out []string) {
	for _, w := range r.Warnings {
		out = append(out, w.Code)
	}
	return out
}

// children are a process's, with the words of their command lines.
func children(t *testing.T, pid int) map[int][]string {
	t.Helper()
	out := map[int][]string{}
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(text)) {
			child, _ := strconv.Atoi(word)
			line, _ := os.ReadFile("/proc/" + word + "/cmdline")
			out[child] = strings.Split(string(line), "\x00")
		}
	}
	return out
}

// await waits until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: in vain", what)
		}
	}
}

// processes are the coordinator of a load test and its workers, once load is sent.
func processes(t *testing.T, c *exec.Cmd, asked *atomic.Int64, said *bytes.Buffer) (coordinator int, workers []int) {
	t.Helper()
	await(t, "load is sent", func() bool { return asked.Load() > 100 })
	for pid, words := range children(t, c.Process.Pid) {
		if slices.Contains(words, "coordinate") {
			coordinator = pid
		}
	}
	for pid, words := range children(t, coordinator) {
		if slices.Contains(words, "worker") {
			workers = append(workers, pid)
		}
	}
	if coordinator == 0 || len(workers) != 2 {
		t.Fatalf("the coordinator is %d, its workers are %v; said: %s", coordinator, workers, said)
	}
	return coordinator, workers
}

// alive reports whether a process is there, and no zombie.
func alive(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z")
}

// Two workers make one result: every request of the schedule, once.
func TestTwoWorkers(t *testing.T) {
	server, asked, _ := target(t)
	c, out, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "3s")
	code := ends(t, c)
	r := found(t, out, said)
	if code != 0 && code != 3 || r.Rate == nil || len(r.Workers) != 2 {
		t.Fatalf("exit %d: %+v\n%s", code, r, said)
	}
	// How well the load was paced is the machine's affair. That it was whole is ours.
	for _, w := range r.Warnings {
		if slices.Contains([]string{"identity", "worker_lost", "deltas", "stopped"}, w.Code) {
			t.Errorf("%s: %s", w.Code, w.Text)
		}
	}
	var sum int64
	for _, w := range r.Workers {
		sum += w.Requests
		if w.Requests < 600 || w.Name == "" || w.Host == "" || w.ClockError <= 0 {
			t.Errorf("%+v", w)
		}
	}
	if r.Requests != asked.Load() || sum != asked.Load() || r.Requests < 1350 || r.Requests > 1650 || r.Response.Count != r.Requests {
		t.Errorf("%d requests, of workers %d, at the server %d", r.Requests, sum, asked.Load())
	}
	if left, _ := filepath.Glob(directory + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A worker that is killed makes the result invalid, and nobody takes its place.
func TestWorkerIsKilled(t *testing.T) {
	server, asked, latest := target(t)
	c, out, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "5m")
	coordinator, workers := processes(t, c, asked, said)
	killed := time.Now()
	if err := syscall.Kill(workers[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, c); code != 3 {
		t.Errorf("exit %d: %s", code, said)
	}
	if r := found(t, out, said); r.Validity != result.Invalid || !strings.Contains(said.String(), "is lost") {
		t.Errorf("%s: %v\n%s", r.Validity, codes(r), said)
	}
	// Three seconds without a beat, and a wide margin for a machine that is busy.
	if late := time.Unix(0, latest.Load()).Sub(killed); late > 30*time.Second {
		t.Errorf("load went on for %v", late)
	}
	for _, pid := range append(workers, coordinator) {
		if alive(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	if left, _ := filepath.Glob(directory + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// cutOff reports whether so many requests were sent of those that a server saw, when the load was
// cut off: what was under way on one of its eight connections is not counted.
func cutOff(sent, seen int64) bool { return sent <= seen && seen <= sent+8 }

// When the coordinator is killed, workers stop and go, and what they measured can be collected.
func TestCoordinatorIsKilled(t *testing.T) {
	server, asked, latest := target(t)
	c, _, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "5m")
	coordinator, workers := processes(t, c, asked, said)
	killed := time.Now()
	if err := syscall.Kill(coordinator, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, c); code != 4 || !strings.Contains(said.String(), "authbench-fleet collect ") {
		t.Errorf("exit %d: %s", code, said)
	}
	await(t, "the workers have left", func() bool { return !alive(workers[0]) && !alive(workers[1]) })
	if late := time.Unix(0, latest.Load()).Sub(killed); late > 30*time.Second {
		t.Errorf("load went on for %v", late)
	}
	runs, err := filepath.Glob(directory + "/authbench-fleet-*")
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	code, out, errors := do(t, "collect", runs[0], "-o", "json")
	var left remainder
	if err := json.Unmarshal([]byte(out), &left); code != 0 || err != nil {
		t.Fatalf("exit %d: %v, %s%s", code, err, out, errors)
	}
	if !left.Interrupted || len(left.Workers) != 2 || left.Outcome == nil || !cutOff(left.Outcome.Sent, asked.Load()) {
		t.Errorf("sent %d: %.300s", asked.Load(), out)
	}
	for _, w := range left.Workers {
		if !w.Reported || w.Missing || !strings.Contains(w.Cut, "silent") || w.Seconds == 0 {
			t.Errorf("%+v", w)
		}
	}
	if code, out, errors := do(t, "collect", runs[0]); code != 0 || !strings.Contains(out, "INTERRUPTED") {
		t.Errorf("exit %d: %s%s", code, out, errors)
	}
}

// A worker that stands still is as good as lost, and is not there any more afterwards.
func TestWorkerStandsStill(t *testing.T) {
	server, asked, _ := target(t)
	c, out, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "5m")
	_, workers := processes(t, c, asked, said)
	if err := syscall.Kill(workers[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, c); code != 3 {
		t.Errorf("exit %d: %s", code, said)
	}
	if r := found(t, out, said); r.Validity != result.Invalid || !strings.Contains(said.String(), "is lost") {
		t.Errorf("%s: %v\n%s", r.Validity, codes(r), said)
	}
	if alive(workers[0]) || alive(workers[1]) {
		t.Error("workers are still there")
	}
	if left, _ := filepath.Glob(directory + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// When the coordinator stands still, workers stop and go. When it goes on, it does not take the
// run for a whole one, and what the workers measured is there.
func TestCoordinatorStandsStill(t *testing.T) {
	server, asked, _ := target(t)
	c, _, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "5m")
	coordinator, workers := processes(t, c, asked, said)
	if err := syscall.Kill(coordinator, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await(t, "the workers have left", func() bool { return !alive(workers[0]) && !alive(workers[1]) })
	if err := syscall.Kill(coordinator, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, c); code == 0 {
		t.Errorf("exit %d: %s", code, said)
	}
	runs, err := filepath.Glob(directory + "/authbench-fleet-*")
	if err != nil || len(runs) != 1 || !strings.Contains(said.String(), "collect "+runs[0]) {
		t.Fatalf("%v, %v; said: %s", runs, err, said)
	}
	code, out, errors := do(t, "collect", runs[0], "-o", "json")
	var left remainder
	if err := json.Unmarshal([]byte(out), &left); code != 0 || err != nil || left.Outcome == nil || !cutOff(left.Outcome.Sent, asked.Load()) {
		t.Errorf("exit %d: %v, sent %d: %.300s%s", code, err, asked.Load(), out, errors)
	}
}

// An interruption ends all, and shows what was measured.
func TestInterrupted(t *testing.T) {
	server, asked, _ := target(t)
	c, out, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "5m")
	_, workers := processes(t, c, asked, said)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := ends(t, c); code != 130 {
		t.Errorf("exit %d: %s", code, said)
	}
	if r := found(t, out, said); !r.Interrupted || r.Requests == 0 || len(r.Workers) != 2 {
		t.Errorf("%+v", r)
	}
	if alive(workers[0]) || alive(workers[1]) {
		t.Error("workers are still there")
	}
	if left, _ := filepath.Glob(directory + "/*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Workers with invitations from files, one of which is used twice.
func TestInvited(t *testing.T) {
	server, asked, _ := target(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if code, _, err := do(t, "invite", "-n", "2", "--listen", "127.0.0.1:"+freePort(t), "--out", dir); code != 0 {
		t.Fatal(err)
	}
	program, err := authbench()
	if err != nil {
		t.Fatal(err)
	}
	start := func(path string, args ...string) (*exec.Cmd, *bytes.Buffer) {
		c := exec.Command(path, args...)
		var said bytes.Buffer
		c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+self, beMain+"=1", "TMPDIR="+dir)
		c.Stdout, c.Stderr = &said, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill() })
		return c, &said
	}
	worker := func(name, spool string) (*exec.Cmd, *bytes.Buffer) {
		return start(self, "worker", "--invitation", filepath.Join(dir, name), "--spool", filepath.Join(dir, spool),
			"--allow-target", strings.TrimPrefix(server.URL, "http://"))
	}
	first, firstSaid := worker("w1.json", "a") // before there is a coordinator
	c, said := start(program, "load", server.URL, "--workers", filepath.Join(dir, "coordinator.json"), "-c", "8", "--rate", "300", "-d", "2s", "-o", "json")
	time.Sleep(time.Second) // the first one shall be the first
	double, doubleSaid := worker("w1.json", "b")
	if code := ends(t, double); code != exitRuntime || !strings.Contains(doubleSaid.String(), "another process has joined with the invitation w1") {
		t.Errorf("the second with one invitation: %d, %s", code, doubleSaid)
	}
	second, secondSaid := worker("w2.json", "a")
	if code := ends(t, c); code != 0 && code != 3 || asked.Load() < 450 {
		t.Errorf("exit %d after %d requests: %s", code, asked.Load(), said)
	}
	for w, said := range map[*exec.Cmd]*bytes.Buffer{first: firstSaid, second: secondSaid} {
		if code := ends(t, w); code != 0 || !strings.Contains(said.String(), "loading") {
			t.Errorf("a worker: %d, %s", code, said)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "a", "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// freePort is one that nobody listens at.
func freePort(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(nil)
	defer s.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	return port
}
