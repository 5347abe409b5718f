package proc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// closeGrace is what processes that still run get to end by themselves when the
// starter is closed: nobody waits for their answers any more.
const closeGrace = time.Second

// startTime bounds the start of a process, until its supervisor has it: a few
// milliseconds, but on a machine that swaps, or whose disk is slow.
const startTime = 30 * time.Second

// Starter starts processes, all from one thread of its own. The thread must live
// as long as they do, because PR_SET_PDEATHSIG fires at the death of the thread,
// not of the process, that forked; and it must be nobody else's, because a child
// inherits the thread's affinity and timer slack, which those of the load
// generator have changed.
type Starter struct {
	executable string // this program, for supervisors
	jobs       chan func()
	quit       chan struct{} // closed by Close
	ended      chan struct{} // closed at the end of the thread

	mu      sync.Mutex // guards running
	running map[*Process]struct{}
}

// NewStarter starts the thread.
func NewStarter() (*Starter, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to supervise processes with: %w", err)
	}
	// What a foreign process started is ours to end if its supervisor is killed.
	if err := adoptOrphans(); err != nil {
		return nil, err
	}
	s := &Starter{
		executable: executable, running: map[*Process]struct{}{},
		jobs: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	ready := make(chan error)
	go s.thread(ready)
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("prepare the thread that starts processes: %w", err)
	}
	return s, nil
}

// thread runs jobs until Close. It never unlocks its thread, which therefore ends
// with it.
func (s *Starter) thread(ready chan<- error) {
	defer close(s.ended)
	runtime.LockOSThread()
	affinity, err := ownAffinity()
	ready <- err
	if err != nil {
		return
	}
	for {
		select {
		case job := <-s.jobs:
			job()
			// The next child may be one that inherits.
			affinity.restore()
		case <-s.quit:
			return
		}
	}
}

// Start starts a process. The context, and startTime, bound the start, not the
// process's life.
func (s *Starter) Start(ctx context.Context, spec Spec) (*Process, error) {
	p, err := s.start(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Path, err)
	}
	return p, nil
}

func (s *Starter) start(ctx context.Context, spec Spec) (*Process, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, fmt.Errorf("its supervisor has not started it within %v", startTime))
	defer cancel()
	if err := errors.Join(ctx.Err(), spec.check()); err != nil {
		return nil, err
	}
	program, err := spec.program()
	if err != nil {
		return nil, err
	}
	p := &Process{output: &tail{}, done: make(chan struct{}), caged: spec.Cage != nil}
	if spec.Foreign {
		err = s.startForeign(ctx, p, spec, program)
	} else {
		err = s.startOwn(p, spec, program)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.running[p] = struct{}{}
	s.mu.Unlock()
	go func() {
		p.watch()
		s.mu.Lock()
		delete(s.running, p)
		s.mu.Unlock()
		close(p.done)
	}()
	return p, nil
}

// KeepDir makes a private directory, [Process.TempDir] of what it returns, that is
// removed at its Stop.
func (s *Starter) KeepDir(ctx context.Context) (*Process, error) {
	p, err := s.start(ctx, Spec{Foreign: true, TempDir: true})
	if err != nil {
		return nil, fmt.Errorf("keep a directory: %w", err)
	}
	return p, nil
}

// startOwn starts a direct child.
func (s *Starter) startOwn(p *Process, spec Spec, program string) error {
	p.cmd = exec.Command(program, spec.Args...)
	p.cmd.Args[0] = spec.Path
	p.cmd.Env = append(os.Environ(), spec.Env...)
	p.cmd.SysProcAttr = ownAttributes()
	if spec.Control {
		if err := p.addControl(); err != nil {
			return err
		}
		p.cmd.Env = append(p.cmd.Env, controlVariable+"="+strconv.Itoa(firstExtraFile))
	}
	if err := s.fork(p, spec); err != nil {
		if p.control != nil {
			_ = p.control.Close()
		}
		return err
	}
	p.pid = p.cmd.Process.Pid
	p.meter = newMeter(p.pid)
	return nil
}

// addControl makes the control socket, and gives one end to the child as the next of
// its files.
func (p *Process) addControl() error {
	ours, theirs, err := socketpair()
	if err != nil {
		return err
	}
	p.control = ours
	p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, theirs)
	return nil
}

// fork starts p.cmd from the starter's thread. It closes the child's ends of
// sockets: only without a copy of ours does the child's end show as end of file.
func (s *Starter) fork(p *Process, spec Spec) error {
	defer func() {
		for _, f := range p.cmd.ExtraFiles {
			_ = f.Close()
		}
	}()
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if spec.Stdout != nil {
		p.cmd.Stdout = spec.Stdout
	}
	p.cmd.WaitDelay = outputDelay
	started := make(chan error, 1)
	job := func() {
		if err := pin(spec.CPUs); err != nil {
			started <- err
			return
		}
		started <- p.cmd.Start()
	}
	select {
	case s.jobs <- job:
		return <-started
	case <-s.quit:
		return errors.New("the starter is closed")
	}
}

// Close ends whatever still runs, then the thread. No start may be under way.
func (s *Starter) Close() error {
	s.mu.Lock()
	var errs []error
	var stopping sync.WaitGroup
	results := make(chan error, len(s.running))
	for p := range s.running {
		stopping.Go(func() { results <- p.Stop(closeGrace) })
	}
	s.mu.Unlock()
	stopping.Wait()
	close(results)
	for err := range results {
		errs = append(errs, err)
	}
	close(s.quit)
	<-s.ended
	return errors.Join(append(errs, sweepOrphans())...)
}
