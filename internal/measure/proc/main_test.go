//go:build unix

package proc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary plays every part: the supervisor, as the program itself does,
// and the children, by the value of role.
const (
	role       = "AUTHBENCH_PROC_TEST_ROLE"
	generation = "AUTHBENCH_PROC_TEST_GENERATION"
	// patience bounds waits that end at once unless something is broken.
	patience = 60 * time.Second
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == SuperviseArg {
		os.Exit(Supervise(os.Args[2:]))
	}
	maps.Copy(roles, systemRoles)
	if play := roles[os.Getenv(role)]; play != nil {
		// A child that is forgotten by a broken test does not stay for ever.
		time.AfterFunc(2*patience, func() { os.Exit(99) })
		play()
		os.Exit(0)
	}
	// The race detector makes every child, supervisors too, sleep a second at its end.
	must(os.Setenv("GORACE", "atexit_sleep_ms=0"))
	goleak.VerifyTestMain(m)
}

var roles = map[string]func(){
	"idle": idle, "stubborn": stubborn, "flood": flood, "echo": echo, "spinner": spinner, "farewell": farewell,
	"family": family, "harness": harness, "forker": forker, "burn": burn, "worker": worker, "files": files, "limit": limit,
	"listener": listener,
}

func idle() { time.Sleep(2 * patience) }

// stubborn says that it ignores SIGTERM, then waits.
func stubborn() {
	signal.Ignore(syscall.SIGTERM)
	ready("stubborn")
	idle()
}

// ready leaves a file with this process's id in the private directory.
func ready(name string) { number(name, os.Getpid()) }

// number leaves a file with a number there, whole from the first moment.
func number(name string, n int) {
	part := filepath.Join(os.Getenv(tempDirVariable), name+".part")
	must(os.WriteFile(part, []byte(strconv.Itoa(n)), 0o600))
	must(os.Rename(part, strings.TrimSuffix(part, ".part")))
}

// flood prints a megabyte of nasty text and fails.
func flood() {
	fmt.Fprint(os.Stdout, strings.Repeat("\x1b[31mnoise\n", 100_000))
	fmt.Fprint(os.Stderr, "the \x07reason\u202e")
	os.Exit(3)
}

// farewell leaves a message on the control socket and ends.
func farewell() { must(json.NewEncoder(controlSocket()).Encode("no licence")) }

// echo sends its status over the control socket.
func echo() {
	c := controlSocket()
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	must(json.NewEncoder(c).Encode(string(status)))
	_, err = io.Copy(io.Discard, c)
	must(err)
}

// spinner uses CPU time on request, and says by getrusage how much it has used.
func spinner() {
	c := controlSocket()
	say := json.NewEncoder(c)
	must(say.Encode(rusage(syscall.RUSAGE_SELF)))
	for hear := json.NewDecoder(c); ; {
		var order time.Duration
		if hear.Decode(&order) != nil {
			return
		}
		spin(order)
		must(say.Encode(rusage(syscall.RUSAGE_SELF)))
	}
}

func spin(d time.Duration) {
	for end := rusage(syscall.RUSAGE_SELF) + d; rusage(syscall.RUSAGE_SELF) < end; {
	}
}

func rusage(who int) time.Duration {
	var u syscall.Rusage
	must(syscall.Getrusage(who, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// listener listens in a child of its, and says where.
func listener() {
	if os.Getenv(generation) == "" {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), generation+"=1")
		must(child.Run())
		return
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(err)
	number("port", l.Addr().(*net.TCPAddr).Port)
	idle()
}

// family is three generations: a daemon of its own session per generation, of
// which the middle one ends, so that the last is an orphan. None heeds SIGTERM.
func family() {
	signal.Ignore(syscall.SIGTERM)
	left, _ := strconv.Atoi(os.Getenv(generation))
	if left < 2 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), generation+"="+strconv.Itoa(left+1))
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		must(child.Start())
		if left == 1 {
			return
		}
		go func() { _ = child.Wait() }()
	}
	ready("generation" + strconv.Itoa(left))
	idle()
}

// harness starts a child of each kind, says which, and waits to be killed.
func harness() {
	s, err := NewStarter()
	must(err)
	own, err := s.Start(context.Background(), self("idle", Spec{}))
	must(err)
	foreign, err := s.Start(context.Background(), self("family", Spec{Foreign: true, TempDir: true}))
	must(err)
	kept, err := s.KeepDir(context.Background())
	must(err)
	must(json.NewEncoder(os.Stdout).Encode(household{
		PIDs: []int{own.PID(), foreign.PID(), foreign.cmd.Process.Pid, kept.cmd.Process.Pid}, Dir: foreign.TempDir(), Kept: kept.TempDir(),
	}))
	idle()
}

type household struct {
	PIDs      []int
	Dir, Kept string
}

// forker starts a worker that stays until there is a file "leave". Then, for every
// file "go…" that appears, it has short-lived children use 200 ms of CPU time, and
// answers with a file "done…" that holds the sum of all that it waited for.
func forker() {
	dir := os.Getenv(tempDirVariable)
	child := func(part string) *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), role+"="+part)
		must(c.Start())
		return c
	}
	worker := child("worker")
	for i := 0; ; i++ {
		await(exists(filepath.Join(dir, fmt.Sprint("go", i))))
		if exists(filepath.Join(dir, "leave"))() {
			must(worker.Wait())
		} else {
			for range 4 {
				must(child("burn").Wait())
			}
		}
		number(fmt.Sprint("done", i), int(rusage(syscall.RUSAGE_CHILDREN)))
	}
}

func worker() {
	spin(200 * time.Millisecond)
	ready("worker")
	await(exists(filepath.Join(os.Getenv(tempDirVariable), "leave")))
}

func exists(path string) func() bool {
	return func() bool { return !gone(path) }
}

func burn() { spin(50 * time.Millisecond) }

// files writes down what it was given.
func files() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	info, err := os.Stat(os.Args[1])
	must(err)
	fmt.Printf("%s|%v|%v", text, info.Mode(), os.Getenv("POINTER") == os.Args[1])
	os.Exit(1)
}

// limit lowers its soft limit of open files and has it raised.
func limit() {
	var l syscall.Rlimit
	must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l))
	l.Cur, l.Max = 50, 100
	must(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l))
	must(RaiseFileLimit(80))
	must(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l))
	fmt.Printf("%d|%v", l.Cur, RaiseFileLimit(101))
	os.Exit(1)
}

func controlSocket() net.Conn {
	fd, err := strconv.Atoi(os.Getenv(controlVariable))
	must(err)
	c, err := connection(fd)
	must(err)
	return c
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// await polls; it gives up by panic.
func await(condition func() bool) {
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic("waited in vain")
		}
	}
}

// self completes a spec that starts this binary in a role.
func self(name string, s Spec) Spec {
	var err error
	s.Path, err = os.Executable()
	must(err)
	s.Env = append(s.Env, role+"="+name)
	return s
}
