package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"authbench/internal/measure/proc"
)

const (
	// lookStep is the pause between two looks whether a client has begun to send.
	lookStep = 5 * time.Millisecond
	// settle is how long a client has sent before anything is measured: every
	// connection stands, and buffers have found their size.
	settle = 150 * time.Millisecond
	// margin is how long before the end of the job the measurement ends: clients
	// begin a little before we see it. longMargin is that of loads at a rate: some
	// open their connections one by one before they send.
	margin, longMargin = 100 * time.Millisecond, time.Second
	// patience bounds the start of a client, and its end after the job's time; k6
	// needs a second.
	patience = 20 * time.Second
)

// stage is where clients run, one at a time.
type stage struct {
	starter *proc.Starter
	server  *server
	// cpus are the clients', those of the peers program itself if there are none.
	cpus []int
	dir  string
}

// visit is one run of one client: the raw data.
type visit struct {
	Client  string   `json:"client"`
	Command []string `json:"command"`
	// Of the job.
	Connections int `json:"connections"`
	Rate        int `json:"rate,omitempty"` // per second; 0: as fast as the server answers
	JobSeconds  int `json:"job_s"`          // that count
	// Of the measured part, between two moments inside the run: its length, the
	// requests that the server answered meanwhile, and the CPU time that client and
	// server used. A client's start and its final report are thereby not counted.
	Seconds        float64 `json:"seconds"`
	Requests       int64   `json:"requests"`
	ClientCPUNanos int64   `json:"client_cpu_ns"`
	ServerCPUNanos int64   `json:"server_cpu_ns"`
	// Claim is what the client says of the whole run, Served how many requests the
	// server answered in it.
	Claim  claim `json:"claim"`
	Served int64 `json:"served"`
}

// run has a client do a job. begun, if not nil, is called when the client begins to
// send. A run that fails is repeated once, unless begun has done something already: a client
// now and then ends a moment before its time.
func (s *stage) run(ctx context.Context, c client, j job, begun func()) (visit, error) {
	v, err := s.once(ctx, c, j, begun)
	if err != nil && begun == nil && ctx.Err() == nil {
		return s.once(ctx, c, j, nil)
	}
	return v, err
}

func (s *stage) once(ctx context.Context, c client, j job, begun func()) (visit, error) {
	j.url, j.dir = s.server.url, s.dir
	counted := j.duration
	if j.rate > 0 {
		j.duration += c.uncounted
	}
	cmd := c.command(j)
	v := visit{
		Client: c.name, Command: append([]string{c.program}, cmd.args...),
		Connections: j.connections, Rate: j.rate, JobSeconds: int(counted / time.Second),
	}
	if c.loads&open == 0 {
		v.Rate = 0
	}
	var stdout bytes.Buffer
	err := s.runProgram(ctx, c, j, cmd, &v, &stdout, begun)
	if err == nil && cmd.readBack != nil {
		stdout.Reset()
		err = s.readBack(ctx, c, cmd.readBack, &stdout)
	}
	if err == nil {
		if v.Claim, err = c.read(stdout.Bytes()); err != nil {
			err = fmt.Errorf("its output cannot be read: %w", err)
		}
	}
	if err == nil {
		err = v.checkCounts(j)
	}
	if err != nil {
		return v, &failure{c.name, err, v.Command, lastOf(stdout.Bytes())}
	}
	return v, nil
}

// failure is a run that went wrong.
type failure struct {
	client  string
	cause   error
	command []string
	output  string // the end of it
}

func (f *failure) Error() string {
	return fmt.Sprintf("%s: %v\n  command: %s\n  output: %s", f.client, f.cause, strings.Join(f.command, " "), f.output)
}

func (f *failure) Unwrap() error { return f.cause }

// runProgram runs the client's program and measures it.
func (s *stage) runProgram(ctx context.Context, c client, j job, cmd command, v *visit, stdout *bytes.Buffer, begun func()) error {
	for name, content := range cmd.files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	before, err := s.server.session.Counters()
	if err != nil {
		return err
	}
	p, err := s.starter.Start(ctx, proc.Spec{Path: c.program, Args: cmd.args, CPUs: s.cpus, Stdout: stdout})
	if err != nil {
		return err
	}
	err = s.measure(ctx, p, j, before.Requests, v, begun)
	if err == nil {
		err = waitForEnd(ctx, p, margin+patience, c.doubtful)
	}
	if err != nil {
		err = errors.Join(err, p.Stop(stopTime))
		if errors.Is(err, errEarly) && p.Err() != nil {
			return p.Err() // the reason
		}
		return err
	}
	after, err := s.server.session.Counters()
	v.Served = after.Requests - before.Requests
	return err
}

// measure waits until the client sends, and reads the clocks and the counters near
// both ends of the job.
func (s *stage) measure(ctx context.Context, p *proc.Process, j job, served int64, v *visit, begun func()) error {
	if err := s.await(ctx, p, served); err != nil {
		return err
	}
	began := time.Now()
	if begun != nil {
		begun()
	}
	if err := pause(ctx, p, settle); err != nil {
		return err
	}
	first, err := s.read(p)
	if err != nil {
		return err
	}
	if err := pause(ctx, p, time.Until(began.Add(j.duration-j.margin()))); err != nil {
		return err
	}
	last, err := s.read(p)
	if err != nil {
		return err
	}
	v.Seconds = last.at.Sub(first.at).Seconds()
	v.Requests = last.requests - first.requests
	v.ClientCPUNanos = int64(last.client - first.client)
	v.ServerCPUNanos = last.server - first.server
	return nil
}

// margin is how long before the job's end its measurement ends.
func (j job) margin() time.Duration {
	if j.rate > 0 {
		return longMargin
	}
	return margin
}

// await waits until the server has answered more requests than it had.
func (s *stage) await(ctx context.Context, p *proc.Process, served int64) error {
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		c, err := s.server.session.Counters()
		if err != nil || c.Requests > served {
			return err
		}
		if err := pause(ctx, p, lookStep); err != nil {
			return err
		}
	}
	return fmt.Errorf("it has sent nothing after %v", patience)
}

// reading is what clocks and counters say at one moment.
type reading struct {
	at       time.Time
	client   time.Duration
	server   int64 // ns
	requests int64
}

// read reads the client's clock right after the server's answer, which on a busy CPU
// takes its time: as long at the first reading as at the last.
func (s *stage) read(p *proc.Process) (reading, error) {
	c, err := s.server.session.Counters()
	if err != nil {
		return reading{}, err
	}
	cpu, err := p.CPU()
	return reading{time.Now(), cpu, c.CPU, c.Requests}, err
}

// errEarly says that a client ended before its time.
var errEarly = errors.New("it ended before its time")

// pause waits while the client runs.
func pause(ctx context.Context, p *proc.Process, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.Done():
		return errEarly
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitForEnd waits for the client's end, and returns how it came unless that is status 0
// or the one of its doubts.
func waitForEnd(ctx context.Context, p *proc.Process, longest time.Duration, doubtful int) error {
	switch err := pause(ctx, p, longest); {
	case err == nil:
		return fmt.Errorf("it runs %v longer than it was told to", longest)
	case !errors.Is(err, errEarly):
		return err
	}
	var exit *exec.ExitError
	if errors.As(p.Err(), &exit) && doubtful != 0 && exit.ExitCode() == doubtful {
		return nil
	}
	return p.Err()
}

func (v visit) clientCPU() float64 { return float64(v.ClientCPUNanos) / float64(v.Requests) }
func (v visit) serverCPU() float64 { return float64(v.ServerCPUNanos) / float64(v.Requests) }
func (v visit) bothCPU() float64   { return v.clientCPU() + v.serverCPU() }

// clientLoad is the share of a CPU that the client used.
func (v visit) clientLoad() float64 { return float64(v.ClientCPUNanos) / (v.Seconds * 1e9) }

// throughput is in requests per second.
func (v visit) throughput() float64 { return float64(v.Requests) / v.Seconds }

// readBack runs the client's program once more for what it found.
func (s *stage) readBack(ctx context.Context, c client, args []string, stdout *bytes.Buffer) error {
	p, err := s.starter.Start(ctx, proc.Spec{Path: c.program, Args: args, Stdout: stdout})
	if err != nil {
		return err
	}
	if err := waitForEnd(ctx, p, patience, 0); err != nil {
		return errors.Join(err, p.Stop(stopTime))
	}
	return nil
}

// checkCounts holds what the client says against what the server counted. Some count
// requests that are under way at the end, some send a few for themselves first.
func (v *visit) checkCounts(j job) error {
	if v.Claim.Failed > 0 {
		return fmt.Errorf("%d of %d requests failed", v.Claim.Failed, v.Claim.Requests)
	}
	tolerance := int64(2*j.maxConnections) + v.Served/100
	if d := v.Claim.Requests - v.Served; d > tolerance || d < -tolerance {
		return fmt.Errorf("it counts %d requests, the server %d", v.Claim.Requests, v.Served)
	}
	return nil
}

// lastOf quotes the end of an output.
func lastOf(out []byte) string {
	const most = 500 // enough for an error message
	return strconv.Quote(string(bytes.TrimSpace(out[max(0, len(out)-most):])))
}
