package loadtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/internal/measure/host"
)

// Hooks are what a worker's job is tied to its coordinator with.
type Hooks struct {
	// Armed is called when the connections stand, and returns when the load is to start: on
	// this machine's clock, with its monotonic reading. With its error the job ends, and
	// nothing was sent.
	Armed func(context.Context, Armed) (start time.Time, err error)
	// Delta, unless nil, is told each second what the measured part has brought. Its calls
	// come one after another, from no thread that sends; while one of them blocks, the next
	// delta grows, and nothing is lost.
	Delta func(Delta)
}

// Armed is a job whose connections stand.
type Armed struct {
	// Digest is the job's.
	Digest      string `json:"digest"`
	Address     string `json:"address"`
	Engine      string `json:"engine"`
	Connections int    `json:"connections"`
	Threads     int    `json:"threads"`
}

// Final is what a worker found in all.
type Final struct {
	Version int `json:"version"`
	// Digest is the job's.
	Digest string `json:"digest"`
	Found
	// Span is how long the measured part was, as deltas count it, ns.
	Span time.Duration `json:"span_ns"`
	// Deltas is how many of them there were, DeltaDigest the SHA-256 of their digests.
	Deltas      int    `json:"deltas"`
	DeltaDigest string `json:"delta_digest"`
	// Error says why the job ended early, "" if it did not.
	Error string `json:"error,omitempty"`
}

// RunJob does a job, as [Run] does a load test: it connects, waits for the start that its
// coordinator gives, and measures. With an error it returns a final all the same if anything
// was measured: the context's cause if it ended, [load.ErrGone] if the server went away,
// [load.ErrLate] if the start had passed.
func RunJob(ctx context.Context, j Job, l Local, h Hooks) (*Final, error) {
	s, err := j.spec(l)
	if err != nil {
		return nil, err
	}
	slice, err := j.slice().Bounded(ctx) // before others wait for the start
	if err != nil {
		return nil, err
	}
	t, err := s.open(ctx, l.Allow)
	if err != nil {
		return nil, err
	}
	defer t.close()
	start, err := h.Armed(ctx, Armed{
		Digest: j.Digest(), Address: t.addr.String(), Engine: t.engine.Name(), Connections: s.Connections, Threads: len(s.CPUs),
	})
	if err != nil {
		return nil, err
	}
	slice.Start = start
	told := newTeller(h.Delta)
	stop := told.watch(&slice)
	noise := host.StartNoise()
	out, err := t.client.Run(ctx, slice)
	stop()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && (out == nil || out.Measured == 0) {
		err = errors.New("nothing was measured")
	}
	if out == nil || out.Measured == 0 {
		return nil, err
	}
	f := &Final{
		Version: JobVersion, Digest: j.Digest(), Found: t.found(out, noise.Read(), ctx.Err() != nil),
		Span: told.span(), Deltas: told.seq, DeltaDigest: digest(told.digests),
	}
	if err != nil {
		f.Error = err.Error()
	}
	return f, err
}

// check reports what is wrong with a final of a job that came from elsewhere.
func (f *Final) check(j Job) error {
	switch {
	case f.Version != JobVersion:
		return fmt.Errorf("a final of version %d, not %d", f.Version, JobVersion)
	case f.Digest != j.Digest():
		return errors.New("a final of another job")
	case f.Outcome == nil:
		return errors.New("a final without an outcome")
	case f.CPUs < 1 || f.Threads < 1 || f.Connections != j.Connections || f.Deltas < 0 || f.Span < 0:
		return fmt.Errorf("a final of %d CPUs, %d threads, %d connections, %d deltas in %v", f.CPUs, f.Threads, f.Connections, f.Deltas, f.Span)
	case f.Outcome.Measured <= 0:
		return errors.New("a final of which nothing was measured")
	}
	return f.Outcome.Check()
}
