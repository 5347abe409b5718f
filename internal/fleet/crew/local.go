package crew

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// leaveWithin is how long workers on this machine may take to leave once the run is over.
const leaveWithin = 8 * time.Second

// Locals are workers on the coordinator's machine, each a process of its own. They end by
// themselves when the coordinator does: they hear no lease any more.
type Locals struct {
	all sync.WaitGroup

	mu      sync.Mutex // guards what follows
	running []*exec.Cmd
}

// StartLocals starts a worker for each invitation, with more arguments for all of them. Their
// invitations are files in the run's directory, and their spools are there, too, for Collect.
func StartLocals(directory string, invitations []wire.Invitation, arguments []string, say func(worker, text string)) (*Locals, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	l := &Locals{}
	for _, i := range invitations {
		path := filepath.Join(directory, i.Name+".json")
		err := wire.WriteSecret(path, i)
		if err == nil {
			err = l.start(exec.Command(own, append([]string{
				"worker", "--invitation", path, "--spool", filepath.Join(directory, spoolDirectory), "--keep", "0s", "--quiet",
			}, arguments...)...), func(text string) { say(i.Name, text) })
		}
		if err != nil {
			l.Close()
			return nil, fmt.Errorf("start the worker %s: %w", i.Name, err)
		}
	}
	return l, nil
}

func (l *Locals) start(c *exec.Cmd, say func(string)) error {
	c.SysProcAttr = ownGroup() // Ctrl-C is the coordinator's
	c.Stderr = &lines{say: say}
	if err := c.Start(); err != nil {
		return err
	}
	l.mu.Lock()
	l.running = append(l.running, c)
	l.mu.Unlock()
	l.all.Go(func() { _ = c.Wait() }) // it has said what was wrong; the run tells by its beats
	return nil
}

// Close waits until all have left, and ends those that do not.
func (l *Locals) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveWithin)
	context.AfterFunc(ctx, func() {
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range l.running {
			_ = c.Process.Kill() // it may have left
		}
	})
	l.all.Wait()
	cancel()
}

// Undelivered reports whether a worker on this machine has left a final that the stream does not
// have: a spool whose final was acknowledged is removed.
func Undelivered(directory string) (bool, error) {
	paths, err := filepath.Glob(filepath.Join(directory, spoolDirectory, "*.jsonl"))
	left := false
	for _, path := range paths {
		err = errors.Join(err, readSpool(path, func(m any) {
			f, ok := m.(protocol.Final)
			left = left || ok && f.Data != ""
		}))
	}
	return left, err
}

// lines hands over what is written line by line.
type lines struct {
	say  func(string)
	rest []byte
}

// maxLine bounds what is kept of a line without an end.
const maxLine = 4096

func (l *lines) Write(text []byte) (int, error) {
	for _, b := range text {
		if b != '\n' && len(l.rest) < maxLine {
			l.rest = append(l.rest, b)
			continue
		}
		l.say(string(l.rest))
		l.rest = l.rest[:0]
	}
	return len(text), nil
}
