package courier

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// endWithin is how long the coordinator may take to end after it was told to: workers report
// what they have measured until then.
const endWithin = 20 * time.Second

// Process is a coordinator at work.
type Process struct {
	Roll Roll

	command *exec.Cmd
	in      io.WriteCloser
	lines   *bufio.Reader
	closing sync.Once
}

// Start starts a coordinator and reads its first line. What it says to people goes to stderr.
// When the context ends, it is told to stop, and what it has to say can still be followed.
func Start(ctx context.Context, program string, args []string, stderr io.Writer) (*Process, error) {
	p := &Process{command: exec.Command(program, args...)}
	p.command.Stderr = stderr
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewReader(out)
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start the coordinator: %w", err)
	}
	stop := context.AfterFunc(ctx, p.stop)
	defer stop()
	line, err := p.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.Roll)
	}
	if err != nil {
		return nil, errors.Join(context.Cause(ctx), p.failed(err))
	}
	if err := p.Roll.check(OwnBuild()); err != nil {
		p.Close()
		return nil, fmt.Errorf("the coordinator %s: %w", program, err)
	}
	return p, nil
}

// check refuses a coordinator that is not of this program's build.
func (r Roll) check(own Build) error {
	if r.Version != Version {
		return fmt.Errorf("it speaks version %d, and this program %d: make both of one source ('make fleet')", r.Version, Version)
	}
	return r.Build.differs(own)
}

// stop tells the coordinator to stop everything.
func (p *Process) stop() { p.closing.Do(func() { _ = p.in.Close() }) }

// failed ends a coordinator that did not say what it should, and says what it ended with: it
// has told people why.
func (p *Process) failed(err error) error {
	p.stop()
	kill := time.AfterFunc(endWithin, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	_, _ = io.Copy(io.Discard, p.lines)
	if ended := p.command.Wait(); ended != nil {
		return fmt.Errorf("the coordinator failed: %w", ended)
	}
	return fmt.Errorf("the coordinator: %w", err)
}

// Close ends a coordinator that is not followed.
func (p *Process) Close() { _ = p.failed(nil) }

// Follow hands the order over, and calls take with each line that comes, until the coordinator
// has ended. When the context ends, or take fails, the coordinator is told to stop, and what it
// has to say then is taken, too. The error is that of take, or says that the coordinator ended
// without saying how.
func (p *Process) Follow(ctx context.Context, o Order, take func(News) error) (*Over, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, p.failed(err)
	}
	if _, err := p.in.Write(append(text, '\n')); err != nil {
		return nil, p.failed(err)
	}
	kill := time.AfterFunc(1<<62, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	ending := func() {
		p.stop()
		kill.Reset(endWithin)
	}
	stop := context.AfterFunc(ctx, ending)
	defer stop()
	for {
		line, err := p.lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("%w; 'authbench-fleet collect %s' shows what was measured", p.failed(errors.New("it ended without a word")), p.Roll.Directory)
		}
		var n News
		if err := json.Unmarshal(line, &n); err != nil {
			return nil, p.failed(fmt.Errorf("a line that is none of its news: %w", err))
		}
		if n.Over != nil {
			p.stop()
			return n.Over, p.command.Wait()
		}
		if err := take(n); err != nil {
			return nil, errors.Join(err, p.failed(nil))
		}
	}
}
