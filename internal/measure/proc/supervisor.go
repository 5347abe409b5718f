package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// SuperviseArg is the first argument that makes this program a supervisor; main
// looks for it before anything else.
const SuperviseArg = "supervise-for-authbench"

// What the harness and a supervisor say to each other, JSON values over one
// socketpair: the harness sends a task, the supervisor answers with started; the
// harness may send orders; the supervisor sends ended when everything is gone.
// End of file from the harness is its death.
type (
	task struct {
		Program string
		Spec    Spec
	}
	started struct {
		PID   int
		Dir   string
		Error string
	}
	ended struct {
		// How is empty for exit status 0.
		How string
	}
	order string
)

const (
	orderEnd  order = "end"
	orderKill order = "kill"
)

// supervisorLink is the harness's end of a supervisor.
type supervisorLink struct {
	conn    net.Conn
	answers *json.Decoder
	dir     string
}

// startForeign starts a supervisor and, through it, the process.
func (s *Starter) startForeign(ctx context.Context, p *Process, spec Spec, program string) error {
	ours, theirs, err := socketpair()
	if err != nil {
		return err
	}
	name := "directory" // for those who read ps
	if program != "" {
		name = filepath.Base(program)
	}
	p.cmd = exec.Command(s.executable, SuperviseArg, strconv.Itoa(firstExtraFile), name)
	p.cmd.SysProcAttr = supervisorAttributes()
	p.cmd.ExtraFiles = []*os.File{theirs}
	if spec.Control {
		if err := p.addControl(); err != nil {
			return errors.Join(err, ours.Close(), theirs.Close())
		}
	}
	if err := s.fork(p, spec); err != nil {
		_ = ours.Close()
		return fmt.Errorf("supervisor: %w", err)
	}
	p.supervisor = &supervisorLink{conn: ours, answers: json.NewDecoder(ours)}
	p.meter = newTreeMeter(p.cmd.Process.Pid)
	if p.pid, err = p.supervisor.begin(ctx, task{program, spec}); err == nil {
		err = p.meter.refresh()
	}
	if err != nil {
		_ = ours.Close() // ends the supervisor and all below it
		overdue := time.AfterFunc(killTime, func() { _ = p.cmd.Process.Kill() })
		_ = p.cmd.Wait() // its exit status says no more than its answer
		overdue.Stop()
		return p.quote(err)
	}
	return nil
}

// begin hands over the task and returns the process's id.
func (l *supervisorLink) begin(ctx context.Context, t task) (pid int, err error) {
	release := context.AfterFunc(ctx, func() { _ = l.conn.SetDeadline(time.Unix(1, 0)) })
	pid, err = l.instruct(t)
	if !release() {
		return 0, context.Cause(ctx) // the connection is of no use any more
	}
	return pid, err
}

func (l *supervisorLink) instruct(t task) (pid int, err error) {
	if err := json.NewEncoder(l.conn).Encode(t); err != nil {
		return 0, fmt.Errorf("instruct the supervisor: %w", err)
	}
	var answer started
	if err := l.answers.Decode(&answer); err != nil {
		return 0, fmt.Errorf("hear from the supervisor: %w", err)
	}
	if answer.Error != "" {
		return 0, errors.New(answer.Error)
	}
	l.dir = answer.Dir
	return answer.PID, nil
}

func (l *supervisorLink) send(o order) error { return json.NewEncoder(l.conn).Encode(o) }

// end waits until the supervisor has ended everything, and itself, and returns
// how the process ended.
func (l *supervisorLink) end(supervisor *exec.Cmd) error {
	var last ended
	heard := l.answers.Decode(&last)
	_ = supervisor.Wait() // its end is in ProcessState
	_ = l.conn.Close()
	if heard != nil {
		// It did not live to clean up: the process died with it, and what that started
		// is ours now.
		return errors.Join(fmt.Errorf("its supervisor ended before it (%s)", supervisor.ProcessState), sweepOrphans(), removeAll(l.dir))
	}
	if last.How != "" {
		return errors.New(last.How)
	}
	return nil
}
