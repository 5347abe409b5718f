package proc

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	// outputDelay is how long after its end a process's output may stay open: a
	// grandchild that holds it must not keep us from noticing the end.
	outputDelay = 500 * time.Millisecond
	// killTime bounds the wait after SIGKILL. Only the kernel can need longer,
	// for a process in an uninterruptible sleep.
	killTime = 10 * time.Second
)

// Process is a process that was started. Its methods may be called from any
// goroutine.
type Process struct {
	cmd        *exec.Cmd // the process, or its supervisor
	pid        int
	control    net.Conn
	supervisor *supervisorLink // nil for a process of ours
	caged      bool
	meter      *meter
	output     *tail
	done       chan struct{}
	err        error // written before done is closed
}

// PID returns the process's id; of a foreign one its own, not the supervisor's.
func (p *Process) PID() int { return p.pid }

// Control returns the harness's end of the control socket, nil if the process
// has none. Closing it orders the process to end; Stop closes it, too.
func (p *Process) Control() net.Conn { return p.control }

// Caged reports whether it is in a cage.
func (p *Process) Caged() bool { return p.caged }

// TempDir returns the path of the private directory, empty if there is none.
func (p *Process) TempDir() string {
	if p.supervisor == nil {
		return ""
	}
	return p.supervisor.dir
}

// Done is closed once the process has ended and, of a foreign one, everything
// that it started has, too, and its temporary directory is gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how the process ended, with the last of what it printed: nil for exit
// status 0, and as long as it runs.
func (p *Process) Err() error {
	if !p.ended() {
		return nil
	}
	return p.err
}

func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Refresh looks again which processes belong to a foreign tree. It takes
// milliseconds and belongs between measurements.
//
// A process in a cage fails it by starting processes that work while CPU does not see
// them yet.
func (p *Process) Refresh() error {
	if err := p.meter.refresh(); err != nil || !p.caged {
		return err
	}
	return p.meter.whole()
}

// CPU returns the CPU time that the process has used. It takes a microsecond or
// less and allocates nothing.
//
// For a foreign process it is the sum over the processes that were in its tree at
// the last Refresh, one call each; readings compare only as long as Refresh is not
// called. A process that has ended since keeps its last reading. The time of
// younger processes counts once they have ended and their parent has waited for
// them, from the parent's records (rounded down to 10 ms), provided that the last
// Refresh has seen that the parent has such children: a process per request, say.
// Missed are younger processes that live on, and children that nobody waits for.
//
// Where the system does not tell, the error is [errors.ErrUnsupported].
func (p *Process) CPU() (time.Duration, error) {
	if p.ended() {
		return 0, fmt.Errorf("read the CPU clock: %w", errEnded)
	}
	return p.meter.cpu()
}

// PSS returns the proportional set size of the process, or of the tree of a
// foreign one, which it refreshes, in bytes. Where the system does not tell, the error is
// [errors.ErrUnsupported].
func (p *Process) PSS() (int64, error) {
	if p.ended() {
		return 0, fmt.Errorf("read the memory: %w", errEnded)
	}
	return p.meter.pss()
}

var errEnded = errors.New("the process has ended")

// Stop orders the process to end, kills it if it has not within grace, and
// returns when it is gone. The error says that it could not be ended; how it
// ended is Err's to say. Stopping twice is no error.
func (p *Process) Stop(grace time.Duration) error {
	p.order()
	if p.within(grace) {
		return nil
	}
	p.kill()
	if p.within(killTime) {
		return nil
	}
	return fmt.Errorf("process %d does not end, not even killed", p.pid)
}

// order asks the process to end. Errors mean that it ends already, or else show
// in its not ending.
func (p *Process) order() {
	switch {
	case p.supervisor != nil:
		p.instruct(orderEnd)
	case p.control != nil:
		_ = p.control.Close()
	default:
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
}

func (p *Process) kill() {
	if p.supervisor != nil {
		p.instruct(orderKill)
		return
	}
	_ = p.cmd.Process.Kill()
}

// instruct gives the supervisor an order, and wakes it if somebody has stopped it: it
// alone knows what has to end.
func (p *Process) instruct(o order) {
	_ = p.supervisor.send(o)
	wake(p.cmd.Process)
}

// within reports whether the process ends within d.
func (p *Process) within(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
		return p.ended()
	}
}

// watch waits for the end and notes how it came.
func (p *Process) watch() {
	var how error
	if p.supervisor != nil {
		how = p.supervisor.end(p.cmd)
	} else {
		how = p.cmd.Wait()
		if errors.Is(how, exec.ErrWaitDelay) {
			how = nil // exit status 0; only its output stayed open
		}
	}
	// The control socket stays open: it may hold a last message, the reason for
	// the end.
	p.meter.close()
	if how != nil {
		p.err = p.quote(how)
	}
}

// quote adds the last output to an error.
func (p *Process) quote(err error) error { return fmt.Errorf("%w%s", err, p.Quoted()) }

// Quoted returns the last of what the process printed, as [Process.Err] quotes it at its
// end: on lines of its own, with nothing that could steer a terminal or a workflow (see
// [Defuse]). It is empty if the process printed nothing.
func (p *Process) Quoted() string {
	if last := p.output.String(); last != "" {
		return outputMark + last
	}
	return ""
}

// outputMark stands between how a process ended and what it printed last.
const outputMark = "; it printed:"

// Killed reports whether a text that may quote [Process.Err] says that a signal ended
// the process or its supervisor.
func Killed(text string) bool {
	text = WithoutOutput(text)
	return strings.Contains(text, signalMark) || strings.Contains(text, "its supervisor ended before it")
}

// signalMark begins what is said of the end by a signal.
const signalMark = "killed by signal: "

// WithoutOutput returns a text that may quote [Process.Err] without what the
// process printed. A user's server may have printed credentials: people at the
// terminal may see that, a result file must not keep it.
func WithoutOutput(text string) string {
	text, _ = CutOutput(text)
	return text
}

// CutOutput returns a text that may quote [Process.Err] in two parts: what is said, and
// the quoted lines with what leads to them.
func CutOutput(text string) (said, output string) {
	if at := strings.Index(text, outputMark+outputMargin); at >= 0 {
		return text[:at], text[at:]
	}
	return text, ""
}
