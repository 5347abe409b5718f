package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/internal/fleet/consent"
)

// outside is an address of this machine that is not loopback: as good as another machine's.
func outside(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

// fleet is a run by files, with a server that consents as long as it is told to.
type fleet struct {
	t         *testing.T
	directory string
	server    *http.Server
	address   string // of the server
	consents  atomic.Bool
	asked     atomic.Int64
	program   string
	this      string
}

func newFleet(t *testing.T, agents int) *fleet {
	t.Helper()
	return newFleetOf(t, "-n", "1", "--agents", strconv.Itoa(agents), "--listen", "127.0.0.1:"+freePort(t))
}

// newFleetOf is one whom such words invite.
func newFleetOf(t *testing.T, words ...string) *fleet {
	t.Helper()
	t.Parallel() // it waits, more than it computes
	f := &fleet{t: t, directory: t.TempDir()}
	var err error
	if f.program, err = authbench(); err != nil {
		t.Fatal(err)
	}
	if f.this, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	if code, _, said := do(t, append([]string{"invite", "--out", f.directory}, words...)...); code != 0 {
		t.Fatal(said)
	}
	listener, err := net.Listen("tcp", outside(t)+":0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = listener.Addr().String()
	f.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != consent.Path:
			f.asked.Add(1)
		case f.consents.Load():
			fmt.Fprintf(w, `{"version":1,"runs":["*"],"max_rate":300,"expires":%q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})}
	go f.server.Serve(listener)
	t.Cleanup(func() { f.server.Close() })
	return f
}

// start starts a program of the fleet.
func (f *fleet) start(path string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	f.t.Helper()
	c, said := exec.Command(path, args...), &bytes.Buffer{}
	c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+f.this, beMain+"=1", "TMPDIR="+f.directory)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = c.Process.Kill() })
	return c, said
}

func (f *fleet) load(args ...string) (*exec.Cmd, *bytes.Buffer) {
	f.t.Helper()
	return f.start(f.program, append([]string{"load", "http://" + f.address, "--workers", filepath.Join(f.directory, "coordinator.json"), "-c", "4"}, args...)...)
}

func (f *fleet) worker(args ...string) (*exec.Cmd, *bytes.Buffer) {
	f.t.Helper()
	return f.start(f.this, append([]string{"worker", "--invitation", filepath.Join(f.directory, "w1.json"), "--spool", filepath.Join(f.directory, "spool")}, args...)...)
}

// Load goes to another machine only if the worker's owner, the target, and the user of the
// coordinator all say so.
func TestNobodyIsLoadedUnasked(t *testing.T) {
	for _, c := range []struct {
		name     string
		load     []string
		worker   func(f *fleet) []string
		consents bool
		want     string // what load says
	}{
		{"the worker's owner says nothing", []string{"--allow-remote", "--rate", "300"}, func(*fleet) []string { return nil }, true, "does not allow load to go there"},
		{"another port", []string{"--allow-remote", "--rate", "300"}, func(*fleet) []string { return []string{"--allow-target", "0.0.0.0/0:1"} }, true, "does not allow load to go there"},
		{"the target does not consent", []string{"--allow-remote", "--rate", "300"}, (*fleet).allow, false, "the target does not consent"},
		{"the target consents to less", []string{"--allow-remote", "--rate", "400"}, (*fleet).allow, true, "it allows 300"},
		{"the worker's owner allows less", []string{"--allow-remote", "--rate", "300"}, func(f *fleet) []string { return append(f.allow(), "--max-rate", "200") }, true, "--max-rate 200"},
		{"a closed load", []string{"--allow-remote"}, (*fleet).allow, true, "a closed load has no rate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFleet(t, 0)
			f.consents.Store(c.consents)
			worker, _ := f.worker(c.worker(f)...)
			load, said := f.load(append(c.load, "-d", "1s")...)
			if code := ends(t, load); code != exitRuntime || !strings.Contains(said.String(), c.want) {
				t.Errorf("exit %d: %s", code, said)
			}
			if code := ends(t, worker); code != exitRuntime || f.asked.Load() > 0 {
				t.Errorf("the worker: exit %d after %d requests", code, f.asked.Load())
			}
		})
	}
	f := newFleet(t, 0)
	load, said := f.load("--rate", "300")
	if code := ends(t, load); code != exitUsage || !strings.Contains(said.String(), "--allow-remote") {
		t.Errorf("without --allow-remote: exit %d: %s", code, said)
	}
}

// allow is what a worker's owner says to let load go to the server.
func (f *fleet) allow() []string {
	host, port, _ := net.SplitHostPort(f.address)
	return []string{"--allow-target", host + "/32:" + port}
}

// A target that withdraws its consent is left alone.
func TestConsentIsWithdrawn(t *testing.T) {
	f := newFleet(t, 0)
	f.consents.Store(true)
	worker, workerSaid := f.worker(f.allow()...)
	load, said := f.load("--allow-remote", "--rate", "300", "-d", "10m")
	await(t, "load is sent", func() bool { return f.asked.Load() > 50 })
	f.consents.Store(false)
	if code := ends(t, load); code != 3 || !strings.Contains(said.String(), "the target does not consent") {
		t.Errorf("exit %d: %s", code, said)
	}
	if code := ends(t, worker); code != exitRuntime {
		t.Errorf("the worker: exit %d: %s", code, workerSaid)
	}
}

// An agent beside the server consents for it, and reads its CPU clock.
func TestAgent(t *testing.T) {
	f := newFleet(t, 1)
	host, _, _ := net.SplitHostPort(f.address)
	port := freePort(t)
	agent, agentSaid := f.start(f.this, "target", "--invitation", filepath.Join(f.directory, "t1.json"), "--spool", filepath.Join(f.directory, "spool"),
		"--pid", strconv.Itoa(os.Getpid()), "--consent", net.JoinHostPort(host, port))
	worker, workerSaid := f.worker(append(f.allow(), "--consent-port", port)...)
	load, said := f.load("--allow-remote", "--rate", "300", "-d", "3s", "-o", "json")
	if code := ends(t, load); code != 0 && code != 3 || f.asked.Load() < 600 || !strings.Contains(said.String(), `"server_cpu_us_per_request":`) {
		t.Errorf("exit %d after %d requests: %s", code, f.asked.Load(), said)
	}
	for c, said := range map[*exec.Cmd]*bytes.Buffer{agent: agentSaid, worker: workerSaid} {
		if code := ends(t, c); code != 0 {
			t.Errorf("exit %d: %s", code, said)
		}
	}
}
