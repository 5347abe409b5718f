package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	// worldVariable says that a test is in a world of its own, programVariable where the main
	// program is: it is built once for all worlds.
	worldVariable   = "AUTHBENCH_FLEET_TEST_WORLD"
	programVariable = "AUTHBENCH_FLEET_TEST_PROGRAM"
	// worldLength is longer than any test in a world takes, on any machine.
	worldLength = 15 * time.Minute
)

// ownWorld reports whether this process has a network and mounts of its own. If not, it runs the
// test in one that has, and then the test is over here: what it wires and mounts ends with it.
func ownWorld(t testing.TB) bool {
	t.Helper()
	if os.Getenv(worldVariable) != "" {
		return true
	}
	which := []string{"-test.run", "^" + t.Name() + "$"}
	if test, is := t.(*testing.T); is {
		test.Parallel() // it waits, more than it computes
	} else {
		which = []string{"-test.run", "^$", "-test.bench", "^" + t.Name() + "$", "-test.benchtime", flag.Lookup("test.benchtime").Value.String()}
	}
	for _, name := range []string{"ip", "iptables"} {
		if _, err := exec.LookPath(name); err != nil {
			lacks(t, fmt.Sprintf("this machine has no %s", name))
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root may make networks")
	}
	program, err := authbench()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, append(which, "-test.v", "-test.timeout", worldLength.String())...)
	c.Env = append(os.Environ(), worldVariable+"=1", programVariable+"="+program)
	// A mount namespace that is unshared, and not cloned, hands no mount on to the others.
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Unshareflags: syscall.CLONE_NEWNS}
	out, err := c.CombinedOutput()
	if _, is := t.(*testing.B); is {
		os.Stdout.Write(out) // a log of many lines would be cut
	} else {
		t.Logf("%s", out)
	}
	if err != nil || !bytes.Contains(out, []byte("\nPASS\n")) || !bytes.Contains(out, []byte(t.Name())) {
		t.Errorf("in its own world: %v", err)
	}
	return false
}

// lacks skips a test for what is not installed; in CI that is a failure.
func lacks(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// machine is a network namespace with a cable to a switch, at which all machines are.
type machine struct{ name, address string }

// run runs a program on the machine, to its end.
func (m machine) run(t testing.TB, line ...string) {
	t.Helper()
	if out, err := m.command(line...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %v\n%s", m.name, line, err, out)
	}
}

// command is a program on the machine. Its process is the program's own.
func (m machine) command(line ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", m.name}, line...)...)
}

// loses has the machine lose a share of all messages in both directions, or all of another one.
func (m machine) loses(t testing.TB, which ...string) {
	t.Helper()
	for _, chain := range [][]string{{"INPUT", "-i"}, {"OUTPUT", "-o"}} {
		m.run(t, append([]string{"iptables", "-A", chain[0], chain[1], "eth0", "-j", "DROP"}, which...)...)
	}
}

// mends ends that.
func (m machine) mends(t testing.TB) {
	t.Helper()
	m.run(t, "iptables", "-F")
}

// switchAddress is where the target listens.
const switchAddress = "10.77.0.1"

// network makes a switch, and machines that are at it.
func network(t testing.TB, names ...string) (all []machine) {
	t.Helper()
	here := func(command string) {
		t.Helper()
		words := strings.Fields(command)
		if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	if err := syscall.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil { // where ip keeps its names
		t.Fatal(err)
	}
	here("ip link set lo up")
	here("ip link add switch type bridge")
	here("ip address add " + switchAddress + "/24 dev switch")
	here("ip link set switch up")
	for i, name := range names {
		m := machine{name, fmt.Sprintf("10.77.0.%d", 11+i)}
		here("ip netns add " + name)
		here("ip link add " + name + " type veth peer name eth0 netns " + name)
		here("ip link set " + name + " master switch up")
		m.run(t, "ip", "address", "add", m.address+"/24", "dev", "eth0")
		m.run(t, "ip", "link", "set", "eth0", "up")
		m.run(t, "ip", "link", "set", "lo", "up")
		all = append(all, m)
	}
	return all
}

// world is a fleet whose members have a machine each, and a target.
type world struct {
	t             testing.TB
	coordinator   machine
	workers       []machine
	directory     string // of the invitations
	own           string // the coordinator's directory for temporary files
	server        *httptest.Server
	asked, latest *atomic.Int64
	this, program string
	keep          string // how long workers keep what nobody takes

	load      *exec.Cmd
	out, said *words
	working   []*exec.Cmd
	heard     []*words
}

func newWorld(t testing.TB, workers int) *world {
	t.Helper()
	names := []string{"c"}
	for i := range workers {
		names = append(names, fmt.Sprintf("w%d", i+1))
	}
	all := network(t, names...)
	w := &world{t: t, coordinator: all[0], workers: all[1:], own: t.TempDir(), keep: "0s", program: os.Getenv(programVariable)}
	var err error
	if w.this, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	return w
}

// invite makes new keys.
func (w *world) invite() {
	w.t.Helper()
	w.directory = w.t.TempDir()
	if code, _, said := do(w.t, "invite", "-n", fmt.Sprint(len(w.workers)), "--listen", w.coordinator.address+":7422", "--out", w.directory); code != 0 {
		w.t.Fatal(said)
	}
}

// count makes a target that counts.
func (w *world) count() {
	w.t.Helper()
	listener, err := net.Listen("tcp", switchAddress+":0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.server, w.asked, w.latest = targetAt(w.t, listener)
}

// start starts a program on a machine.
func (w *world) start(m machine, line ...string) (c *exec.Cmd, out, said *words) {
	w.t.Helper()
	c, out, said = m.command(line...), &words{}, &words{}
	c.Env = append(os.Environ(), "AUTHBENCH_FLEET="+w.this, beMain+"=1", "TMPDIR="+w.own)
	c.Stdout, c.Stderr = out, said
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Process.Kill() })
	return c, out, said
}

// work starts the program of a worker with its invitation, unless others are named.
func (w *world) work(i int, args ...string) (*exec.Cmd, *words) {
	w.t.Helper()
	name := w.workers[i].name
	c, _, said := w.start(w.workers[i], append([]string{w.this, "worker", "--invitation", filepath.Join(w.directory, name+".json"),
		"--spool", w.spool(), "--allow-target", w.server.Listener.Addr().String(), "--keep", w.keep}, args...)...)
	return c, said
}

func (w *world) spool() string { return filepath.Join(w.directory, "spool") }

// send starts the load, with more arguments.
func (w *world) send(args ...string) {
	w.t.Helper()
	w.load, w.out, w.said = w.start(w.coordinator, append([]string{w.program, "load", w.server.URL, "--workers", filepath.Join(w.directory, "coordinator.json"),
		"--allow-remote", "-c", "8", "--rate", "500", "--seed", "7", "-o", "json"}, args...)...)
}

// set starts the load and all workers, with new keys and a new target.
func (w *world) set(args ...string) {
	w.t.Helper()
	w.invite()
	w.count()
	w.working, w.heard = nil, nil
	w.send(args...)
	for i := range w.workers {
		c, said := w.work(i)
		w.working, w.heard = append(w.working, c), append(w.heard, said)
	}
}

// begin sets the load and all workers, and returns when load is sent. A machine that is held up
// for seconds lets no fleet begin: then it begins anew.
func (w *world) begin(args ...string) {
	w.t.Helper()
	begins(w.t, func() (*exec.Cmd, *atomic.Int64) {
		for _, c := range w.working { // of an attempt before
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		w.set(args...)
		return w.load, w.asked
	}, func() string { return w.said.String() })
}

// gone waits for the workers, and returns their exit codes.
func (w *world) gone() (codes []int) {
	w.t.Helper()
	for _, c := range w.working {
		codes = append(codes, ends(w.t, c))
	}
	return codes
}

// clean looks whether anything is left: a process on a machine, a file of the coordinator's, or
// spools but of workers that are named.
func (w *world) clean(spools ...string) {
	w.t.Helper()
	for _, m := range append(w.workers, w.coordinator) {
		if out, err := exec.Command("ip", "netns", "pids", m.name).Output(); err != nil || len(out) > 0 {
			w.t.Errorf("processes are left on %s: %s %v", m.name, out, err)
		}
	}
	if left, _ := filepath.Glob(w.own + "/*"); len(left) > 0 {
		w.t.Errorf("left behind: %v", left)
	}
	var kept []string
	left, _ := filepath.Glob(w.spool() + "/*")
	for _, path := range left {
		kept = append(kept, strings.TrimSuffix(path[strings.LastIndex(path, "-")+1:], ".jsonl"))
	}
	if fmt.Sprint(kept) != fmt.Sprint(spools) {
		w.t.Errorf("spools are left of %v, want them of %v", kept, spools)
	}
}

// collect collects what is left of the run, on the coordinator's machine, and removes the run's
// directory, which the user must have been told of.
func (w *world) collect(args ...string) (left remainder) {
	w.t.Helper()
	runs, err := filepath.Glob(w.own + "/authbench-fleet-*")
	if err != nil || len(runs) != 1 || !strings.Contains(w.said.String(), "authbench-fleet collect "+runs[0]) {
		w.t.Fatalf("%v, %v; said: %s", runs, err, w.said)
	}
	c, out, said := w.start(w.coordinator, append([]string{w.this, "collect", "-o", "json", runs[0]}, args...)...)
	code := ends(w.t, c)
	if err := json.Unmarshal([]byte(out.String()), &left); code != 0 || err != nil {
		w.t.Fatalf("exit %d: %v, %s%s", code, err, out, said)
	}
	if err := os.RemoveAll(runs[0]); err != nil {
		w.t.Error(err)
	}
	return left
}
