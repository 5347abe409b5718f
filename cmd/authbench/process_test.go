package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests. It is no expectation: a loaded
// machine may take long, a broken program for ever.
const patience = 5 * time.Minute

func splitCodes(list string) []string { return strings.Split(list, "|") }

// exitStatus returns a process's exit code in text.
func exitStatus(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &exit):
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}

// noExitSleep: a program with the race detector sleeps for a second before it
// ends, and each run ends many.
const noExitSleep, noExitSleepValue = "GORACE", "atexit_sleep_ms=0"

// harness is a running 'authbench'.
type harness struct {
	*exec.Cmd
	t              *testing.T
	stdout, stderr lockedBuffer
	tmp            string // its TMPDIR
	waited         error
	done           chan struct{}
}

// lockedBuffer may be read while the program still writes to it.
type lockedBuffer struct {
	guard sync.Mutex // guards text
	text  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.guard.Lock()
	defer b.guard.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.guard.Lock()
	defer b.guard.Unlock()
	return b.text.String()
}

// start runs the program with arguments in a directory of its own.
func start(t *testing.T, args ...string) *harness {
	t.Helper()
	return startIn(t, t.TempDir(), args...)
}

func startIn(t *testing.T, dir string, args ...string) *harness {
	t.Helper()
	h := prepareIn(t, dir, args...)
	h.start()
	return h
}

// prepareIn is startIn before the start.
func prepareIn(t *testing.T, dir string, args ...string) *harness {
	t.Helper()
	h := &harness{Cmd: exec.Command(os.Args[0], args...), t: t, tmp: t.TempDir(), done: make(chan struct{})}
	h.Dir = dir
	// Stores run as users of their own, who must get in.
	if err := os.Chmod(filepath.Dir(h.tmp), 0o755); err != nil {
		t.Fatal(err)
	}
	h.Env = append(os.Environ(), "TMPDIR="+h.tmp)
	h.Stdout, h.Stderr = &h.stdout, &h.stderr
	return h
}

// forks takes the functions that start programs, for a thread that lives as long as the
// tests: a program that ends with its parent ends with the thread that forked it.
var forks = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for start := range jobs {
			start()
		}
	}()
	return jobs
})

func (h *harness) start() {
	h.t.Helper()
	endWithTest(h.Cmd)
	started := make(chan error)
	forks() <- func() { started <- h.Start() }
	if err := <-started; err != nil {
		h.t.Fatal(err)
	}
	go func() {
		h.waited = h.Wait()
		close(h.done)
	}()
	h.t.Cleanup(func() {
		h.Process.Kill()
		<-h.done
	})
}

// code waits for the end and returns the exit code.
func (h *harness) code() string {
	h.t.Helper()
	select {
	case <-h.done:
	case <-time.After(patience):
		h.t.Fatalf("still running after %v; stderr:\n%s", patience, h.stderr.String())
	}
	return exitStatus(h.waited)
}

// until polls a condition.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

// untilMeasured waits until dir's result holds a whole counted launch.
func (h *harness) untilMeasured(dir string) {
	h.t.Helper()
	until(h.t, "a launch was measured", func() bool {
		select {
		case <-h.done:
			h.t.Fatalf("ended early (%v):\n%s", h.waited, h.stderr.String())
		default:
		}
		text, _ := os.ReadFile(filepath.Join(dir, "result.jsonl"))
		return bytes.Contains(text, []byte(`{"kind":"launch","launch":1,`))
	})
}

// untilEmpty waits until a directory holds nothing.
func untilEmpty(t *testing.T, dir string) {
	t.Helper()
	until(t, dir+" is empty", func() bool {
		entries, err := os.ReadDir(dir)
		return err == nil && len(entries) == 0
	})
}

// tiny writes a scenario that takes a second or two; extra is added to its arms.
func tiny(t *testing.T, extra string) string {
	t.Helper()
	text := `question: Does it work?
baseline: none
launches: 2
rounds: 1
slice: 20ms
settle: 5ms
warmup: 20ms
population: {credentials: 40, bad_share: 0.2}
loads:
  - {name: closed, kind: closed, connections: 4}
  - {name: open, kind: open, connections: 8, rate: 4000}
arms:
  - {name: none, method: {id: none}}
  - {name: apikey, method: {id: apikey}}
` + extra
	path := filepath.Join(t.TempDir(), "tiny.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// beServer makes the test binary a user's own server: its value is a file that
// receives every Authorization value and the verification file.
const beServer = "AUTHBENCH_TEST_BE_SERVER"

// serveForTest is that server. It lets everybody in.
func serveForTest() {
	if os.Getenv(beStubborn) != "" {
		signal.Ignore(syscall.SIGTERM)
	}
	record, err := os.OpenFile(os.Getenv(beServer), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	verification, err := os.ReadFile(os.Getenv("AUTHBENCH_CREDENTIALS"))
	if err != nil {
		panic(err)
	}
	var guard sync.Mutex // serialises the lines of record
	fmt.Fprintf(record, "%s\n", verification)
	serve := func(w http.ResponseWriter, r *http.Request) {
		guard.Lock()
		defer guard.Unlock()
		fmt.Fprintln(record, r.Header.Get("Authorization"))
	}
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], http.HandlerFunc(serve)); err != nil {
		panic(err)
	}
}

// beHostile makes the test binary a server that takes connections and is of no use:
// its value is how.
const beHostile = "AUTHBENCH_TEST_BE_HOSTILE"

// serveBadly is that server: "drip" answers byte by byte without end, others say
// nothing.
func serveBadly(how string) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		for how == "drip" {
			if _, err := c.Write([]byte("H")); err != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// beStubborn makes a user's own server one that does not end when it is told to.
const beStubborn = "AUTHBENCH_TEST_BE_STUBBORN"
