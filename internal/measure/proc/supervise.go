//go:build unix

package proc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// orphanGrace is what processes get to end by themselves once the harness or
	// their parent is gone: enough to close files, and nobody waits for more.
	orphanGrace = time.Second
	// killStep is the pause between two rounds of SIGKILL, for those who forked
	// while we looked.
	killStep = 10 * time.Millisecond
)

// Supervise is a supervisor's whole life; it returns the exit code. It prints
// nothing once it has begun: with the harness gone, a write to standard error
// would kill it by SIGPIPE before it has cleaned up.
func Supervise(args []string) int {
	// The process that it starts is killed at the death of this thread.
	runtime.LockOSThread()
	s, err := newSupervisor(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "supervise:", err)
		return 2
	}
	if err := s.begin(); err != nil {
		s.tell(started{Error: err.Error()})
		return 1
	}
	s.tell(started{PID: s.pid, Dir: s.dir})
	go s.listen()
	ended := make(chan struct{})
	go func() { // not on this thread, which may sit in a cage
		defer close(ended)
		if s.pid == 0 {
			s.guard()
			return
		}
		go s.reap()
		s.keep()
	}()
	<-ended
	s.tell(s.last)
	return 0
}

// supervisor runs one process and sees to its end and that of all it started.
type supervisor struct {
	conn   net.Conn
	orders *json.Decoder
	pid    int
	dir    string
	// wait are the options of waiting: in a cage, stops are seen as well.
	wait int

	began   time.Time
	reaped  []int          // everything that was waited for; complete once allGone is closed
	kill    chan struct{}  // an order to kill
	finish  chan os.Signal // an order to end, from the harness or from the system
	orphan  chan struct{}  // closed when the harness is gone
	exited  chan ended     // receives how the process ended
	allGone chan struct{}  // closed when nothing is left to wait for
	last    ended
}

func newSupervisor(args []string) (*supervisor, error) {
	if len(args) == 0 {
		return nil, errors.New("authbench starts this by itself")
	}
	fd, err := strconv.Atoi(args[0])
	if err != nil {
		return nil, fmt.Errorf("descriptor of the harness's socket: %w", err)
	}
	conn, err := connection(fd)
	if err != nil {
		return nil, err
	}
	s := &supervisor{
		conn: conn, orders: json.NewDecoder(conn), began: time.Now(),
		kill: make(chan struct{}, 1), finish: make(chan os.Signal, 1), orphan: make(chan struct{}),
		exited: make(chan ended, 1), allGone: make(chan struct{}),
	}
	// Caught, not ignored: the process would inherit an ignored signal.
	signal.Notify(s.finish, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	return s, nil
}

// begin receives the task and starts the process.
func (s *supervisor) begin() error {
	var t task
	if err := s.orders.Decode(&t); err != nil {
		return fmt.Errorf("receive the task: %w", err)
	}
	if err := adoptOrphans(); err != nil {
		return err
	}
	credential, err := credentialOf(t.Spec.User)
	if err == nil {
		err = s.furnish(t.Spec, credential)
	}
	if err == nil && t.Program != "" {
		err = s.exec(t, credential)
	}
	if err != nil {
		removed := make(chan error)
		go func() { removed <- removeAll(s.dir) }() // as in Supervise
		return errors.Join(err, <-removed)
	}
	return nil
}

// credentialOf returns who a user is to the kernel, nil for this process's own.
func credentialOf(name string) (*syscall.Credential, error) {
	if name == "" {
		return nil, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("run as %s: %w", name, err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("run as %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("run as %s: %w", name, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// furnish makes the private directory.
func (s *supervisor) furnish(spec Spec, owner *syscall.Credential) (err error) {
	if !spec.TempDir && len(spec.Files) == 0 && spec.Cage == nil {
		return nil
	}
	if s.dir, err = MakeTemp(); err != nil {
		return err
	}
	for name, content := range spec.Files {
		if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o600); err != nil {
			return fmt.Errorf("write a file of the process: %w", err)
		}
	}
	return s.give(spec, owner)
}

// give makes the private directory its user's.
func (s *supervisor) give(spec Spec, owner *syscall.Credential) error {
	if owner == nil {
		return nil
	}
	paths := []string{s.dir}
	for name := range spec.Files {
		paths = append(paths, filepath.Join(s.dir, name))
	}
	for _, path := range paths {
		if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("give the directory to %s: %w", spec.User, err)
		}
	}
	return nil
}

// exec starts the process. Not with os/exec, whose Wait would compete with reap.
func (s *supervisor) exec(t task, as *syscall.Credential) error {
	args := append([]string{t.Spec.Path}, t.Spec.Args...)
	env := append([]string{}, t.Spec.Env...)
	if s.dir != "" {
		replaceAll(args[1:], s.dir)
		replaceAll(env, s.dir)
		env = append(env, tempDirVariable+"="+s.dir)
	}
	files := []uintptr{0, 1, 2} // those of the supervisor: the null device, and the harness's tail twice
	if t.Spec.Control {
		syscall.CloseOnExec(controlFile)
		defer syscall.Close(controlFile) // nothing was written to it
		files = append(files, controlFile)
		env = append(env, controlVariable+"="+strconv.Itoa(firstExtraFile))
	}
	inherited := os.Environ()
	if t.Spec.Cage != nil {
		inherited, s.wait = cagedEnvironment(s.dir), syscall.WUNTRACED
		// On this thread alone, from which the process is forked.
		if err := t.Spec.Cage.close(s.dir); err != nil {
			return err
		}
	}
	// Of a variable that is there twice, programs take the first or the last, as
	// they like; Environ keeps the last.
	merged := exec.Cmd{Env: append(inherited, env...)}
	attributes := foreignAttributes()
	attributes.Credential = as
	pid, err := syscall.ForkExec(t.Program, args, &syscall.ProcAttr{
		Dir: t.Spec.Dir, Env: merged.Environ(), Files: files, Sys: attributes,
	})
	if err != nil {
		return &os.PathError{Op: "exec", Path: t.Program, Err: err}
	}
	s.pid = pid
	return nil
}

func replaceAll(texts []string, dir string) {
	for i, t := range texts {
		texts[i] = strings.ReplaceAll(t, tempDirPlace, dir)
	}
}

// tell sends an answer. The harness may be gone; then nobody wants it.
func (s *supervisor) tell(answer any) { _ = json.NewEncoder(s.conn).Encode(answer) }

// listen receives the harness's orders until its end.
func (s *supervisor) listen() {
	defer close(s.orphan)
	for {
		var o order
		if s.orders.Decode(&o) != nil {
			return
		}
		switch o {
		case orderEnd:
			s.finish <- syscall.SIGTERM
		case orderKill:
			s.kill <- struct{}{}
		}
	}
}

// reap waits for all children, adopted ones included, until there are none.
func (s *supervisor) reap() {
	defer close(s.allGone)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, s.wait, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err == nil && status.Stopped():
			// A server that somebody holds up would be measured as a slow one. Its end is
			// noticed.
			s.signal(syscall.SIGKILL)
			continue
		case err != nil: // ECHILD: none left
			return
		case pid == s.pid:
			s.exited <- ended{How: how(status)}
		}
		s.reaped = append(s.reaped, pid)
	}
}

// how says how a process ended, empty for exit status 0.
func how(status syscall.WaitStatus) string {
	switch {
	case status.Signaled():
		return signalMark + status.Signal().String()
	case status.ExitStatus() != 0:
		return "exit status " + strconv.Itoa(status.ExitStatus())
	}
	return ""
}

// guard returns when nobody needs the private directory any more, and it is gone.
func (s *supervisor) guard() {
	select {
	case <-s.finish:
	case <-s.kill:
	case <-s.orphan:
	}
	s.close()
}

// keep returns when nothing that the process started is left, and the private
// directory is gone.
func (s *supervisor) keep() {
	var deadline <-chan time.Time // of those who were told to end; the first one set holds
	orphan := s.orphan
	for {
		select {
		case <-s.finish: // the harness keeps the time
			s.signal(syscall.SIGTERM)
		case <-orphan:
			orphan = nil // closed: once is enough
			s.signal(syscall.SIGTERM)
			deadline = cmp.Or(deadline, time.After(orphanGrace))
		case s.last = <-s.exited:
			s.signal(syscall.SIGTERM)
			deadline = cmp.Or(deadline, time.After(orphanGrace))
		case <-s.kill:
			deadline = time.After(0)
		case <-deadline:
			s.signal(syscall.SIGKILL)
			killDescendants(os.Getpid())
			deadline = time.After(killStep)
		case <-s.allGone:
			s.close()
			return
		}
	}
}

// signal sends a signal to the process's group. It may be empty already.
func (s *supervisor) signal(sig syscall.Signal) { _ = syscall.Kill(-s.pid, sig) }

// close removes what the processes left behind and collects how the first ended.
func (s *supervisor) close() {
	select {
	case s.last = <-s.exited:
	default:
	}
	if err := errors.Join(removeAll(s.dir), removeSegments(s.reaped, s.began)); err != nil {
		s.last.How = strings.TrimPrefix(s.last.How+"; "+err.Error(), "; ")
	}
}
