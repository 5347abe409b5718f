package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
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
	"testing"
	"time"

	"authbench/internal/fleet/consent"
	"authbench/internal/measure/courier"
	"authbench/internal/result"
	"authbench/internal/result/validity"
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
	args, env := []string{"build", "-buildvcs=false", "-o", path}, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if strings.Contains(courier.OwnBuild().Options, "-race") { // or it would be of another build than this test
		args, env = append(args, "-race"), append(env, "CGO_ENABLED=1")
	}
	c := exec.Command("go", append(args, "./cmd/authbench")...)
	c.Dir, c.Env = "../../../..", env
	if out, err := c.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return path, nil
})

// target is a server that counts, and consents.
func target(t testing.TB) (*httptest.Server, *atomic.Int64, *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return targetAt(t, listener)
}

// targetAt is one at an address. It counts requests, and notes when the latest came.
func targetAt(t testing.TB, at net.Listener) (s *httptest.Server, asked, latest *atomic.Int64) {
	t.Helper()
	asked, latest = new(atomic.Int64), new(atomic.Int64)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == consent.Path {
			fmt.Fprintf(w, `{"version":1,"runs":["*"],"expires":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
			return
		}
		asked.Add(1)
		latest.Store(time.Now().UnixNano())
	}))
	s.Listener.Close()
	s.Listener = at
	s.Start()
	t.Cleanup(s.Close)
	return s, asked, latest
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
func ends(t testing.TB, c *exec.Cmd) int {
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
func found(t testing.TB, out, said fmt.Stringer) (r result.LoadTest) {
	t.Helper()
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
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
func children(t testing.TB, pid int) map[int][]string {
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

// childCalled is the child of a process that was started with a word.
func childCalled(t testing.TB, pid int, word string) int {
	t.Helper()
	var known []string
	for child, words := range children(t, pid) {
		if slices.Contains(words, word) {
			return child
		}
		known = append(known, strings.Join(words, " "))
	}
	t.Fatalf("process %d has no child %q, but %q", pid, word, known)
	return 0
}

// await waits until something is so.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: in vain", what)
		}
	}
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
	t.Parallel() // it waits, more than it computes
	server, asked, _ := target(t)
	c, out, said, directory := startLoad(t, server.URL, "--rate", "500", "-d", "3s")
	code := ends(t, c)
	r := found(t, out, said)
	if code != 0 && code != 3 || r.Rate == nil || len(r.Workers) != 2 {
		t.Fatalf("exit %d: %+v\n%s", code, r, said)
	}
	// How well the load was paced is the machine's affair. That it was whole is ours.
	for _, w := range r.Warnings {
		if slices.Contains([]string{validity.CodeIdentity, validity.CodeWorkerLost, validity.CodeDeltas, validity.CodeFleetStopped}, w.Code) {
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

// freePort is one that nobody listens at. It is none of those that systems give to who asks for any:
// others do meanwhile.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(10_000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}
