// Package loadtest is the plain load test of one URL: what wrk, hey, oha and vegeta
// do, with the instrument and the checks of a run.
//
// What flows in is a [Spec]; what flows out a [Result]: a [result.LoadTest] for people and
// scripts, and the histograms behind it.
//
//  1. [Run] finds the server's address and refuses one that is not on this machine
//     unless it is told to go there.
//  2. It renders the request, opens an engine and the connections, and warms up if
//     it is to.
//  3. The measured part is one slice of the engine, however long it is: memory does
//     not grow with time, and no seam between slices lets a stalled server catch
//     its breath. What it finds comes interval by interval meanwhile, makes a [series],
//     and shows in a [Gauge].
//  4. The outcome is summed up, and judged by the checks of [validity.LoadTest].
//
// Over several machines it is a [Fleet]'s: [Split] makes a [Job] for each worker, [RunJob] does
// one as above, from a start that all have in common, and tells of it second by second. Who
// carries what they tell is not known here, nor believed.
//
// A load test has no launches, hence no intervals: its figures hold for this run.
package loadtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/host"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/result"
	"authbench/internal/result/limit"
)

// Spec says what to measure. The caller vouches for its sense.
type Spec struct {
	Site bench.Site
	// Shown is the URL as the summary shows it: without what only the user may know.
	Shown string
	// Request is sent as it is; its credential, if any, comes from Credentials.
	Request bench.Message
	// Credentials are sent with the requests, in the shares of their mix; nil for
	// none. Each class must then get its verdict.
	Credentials *arms.Ready
	// Expect are the statuses that are success: the right answers to valid
	// credentials, or to requests without any.
	Expect bench.Statuses

	Connections int
	// CPUs has an entry per generator thread, as in [load.Options].
	CPUs []int
	// Duration and Requests end the measuring, whichever comes first; 0 is no end.
	Duration time.Duration
	Requests int64
	// Arrivals and Rate are an open load's; both are zero for a closed one. Where the rate
	// changes, Ramp has its course, Duration is as long, and Rate is the mean.
	Arrivals bench.Arrivals
	Rate     float64
	Ramp     bench.Ramp
	// Warmup is the same load before the measured one, not counted.
	Warmup  time.Duration
	Timeout time.Duration
	// RequestsPerConnection is as in [load.Endpoint].
	RequestsPerConnection int

	Engine string
	Poll   load.Poll
	Seed   uint64
	// Insecure takes any certificate. AllowRemote lets load leave this machine.
	Insecure, AllowRemote bool
}

// Stage is a part of a load test.
type Stage string

// The stages, in their order. Warming is left out where there is none to do.
const (
	Connecting Stage = "connecting"
	Warming    Stage = "warming up"
	Measuring  Stage = "measuring"
)

// Result is what a load test found.
type Result struct {
	Summary result.LoadTest
	// Began is when the measured part was to begin.
	Began   time.Time
	Outcome *load.Outcome

	answers *limit.Answers
}

// spareFiles is what the process needs beside its connections: standard streams,
// event sets, the runtime's own.
const spareFiles = 64

// endless is a measured part that only a count or the user ends: a century.
const endless = 100 * 365 * 24 * time.Hour

// Run runs a load test, which the gauge shows unless it is nil. With an error it returns a
// result all the same if anything was measured: the context's error if it was interrupted, [load.ErrGone] if the
// server went away.
func Run(ctx context.Context, s Spec, g *Gauge) (*Result, error) {
	if g == nil {
		g = new(Gauge)
	}
	g.enter(Connecting)
	t, err := s.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.close()
	t.gauge = g
	if err := t.warmUp(ctx); err != nil {
		return nil, err
	}
	return t.measure(ctx)
}

// test is a load test whose connections stand.
type test struct {
	Spec
	addr   bench.Address
	engine load.Engine
	client load.Client
	gauge  *Gauge
	// warmFalseAccepts counts the false accepts of the warm-up: a server may let a bad
	// credential in only while its cache is cold.
	warmFalseAccepts int64
}

// open finds the server and opens the connections. Addresses that are not allowed are not
// dialled; nil allows all that the spec does.
func (s Spec) open(ctx context.Context, allow func(context.Context, bench.Address) error) (*test, error) {
	addr, err := resolve(ctx, s.Site, s.AllowRemote, allow)
	if err != nil {
		return nil, err
	}
	workload, err := s.workload()
	if err != nil {
		return nil, err
	}
	if err := proc.RaiseFileLimit(s.Connections + spareFiles); err != nil {
		return nil, err
	}
	engine, err := load.Open(load.Options{CPUs: s.CPUs, Poll: s.Poll, Name: s.Engine})
	if err != nil {
		return nil, err
	}
	client, err := engine.Dial(ctx, load.Endpoint{
		Addr: addr, AllowRemote: s.AllowRemote, TLS: s.tls(), Connections: s.Connections, Timeout: s.Timeout,
		RequestsPerConnection: s.RequestsPerConnection, Breakdown: true, Workload: workload,
	})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return &test{Spec: s, addr: addr, engine: engine, client: client}, nil
}

// close closes the connections and ends the generator. Nothing is left to be learned from
// its sockets, and threads cannot fail to end.
func (t *test) close() {
	_ = t.client.Close()
	_ = t.engine.Close()
}

// warmSeed tells the warm-up's schedule from the measured one.
const warmSeed = 0x77_61_72_6d

func (t *test) warmUp(ctx context.Context) error {
	if t.Warmup == 0 {
		return nil
	}
	out, err := t.run(ctx, Warming, load.Slice{Arrivals: t.Arrivals, Rate: t.Rate, Seed: t.Seed ^ warmSeed, Measure: t.Warmup})
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	t.warmFalseAccepts = out.FalseAccepts
	return nil
}

// run takes a slice, and shows it in the gauge.
func (t *test) run(ctx context.Context, s Stage, slice load.Slice) (*load.Outcome, error) {
	t.gauge.enter(s)
	live, stop := t.gauge.watch()
	defer stop()
	slice.Live = live
	return t.client.Run(ctx, slice)
}

func (t *test) measure(ctx context.Context) (*Result, error) {
	noise := host.StartNoise()
	began := time.Now()
	out, err := t.run(ctx, Measuring, t.slice())
	if err == nil && (out == nil || out.Measured == 0) {
		err = errors.New("nothing was measured: give it more time (-d) or requests (-n)")
	}
	if out == nil || out.Measured == 0 {
		return nil, err
	}
	out.FalseAccepts += t.warmFalseAccepts
	out.WrongVerdicts += t.warmFalseAccepts
	intervals, span := t.gauge.intervals()
	r, sumErr := t.summarise(t.found(out, noise.Read(), ctx.Err() != nil), intervals, span)
	if sumErr != nil {
		return nil, sumErr
	}
	rank(&r.Summary)
	r.Began = began
	return r, err
}

// slice is the measured part.
func (s Spec) slice() load.Slice {
	out := load.Slice{Arrivals: s.Arrivals, Rate: s.Rate, Ramp: s.Ramp, Seed: s.Seed, Measure: s.Duration, Count: s.Requests}
	if out.Measure == 0 {
		out.Measure = endless
	}
	return out
}

// Found is what a generator found of a load test, or several of them together.
type Found struct {
	Engine  string `json:"engine"`
	Threads int    `json:"threads"`
	// CPUs is how many the generator had to itself at most.
	CPUs        int           `json:"cpus"`
	Connections int           `json:"connections"`
	Noise       bench.Noise   `json:"noise"`
	Outcome     *load.Outcome `json:"outcome"`
	// Interrupted says that it was ended early from outside.
	Interrupted bool `json:"interrupted,omitempty"`
}

func (t *test) found(o *load.Outcome, noise bench.Noise, interrupted bool) Found {
	return Found{
		Engine: t.engine.Name(), Threads: max(1, len(t.CPUs)), CPUs: t.cpus(), Connections: t.Connections,
		Noise: noise, Outcome: o, Interrupted: interrupted,
	}
}

// cpus is how many the generator has to itself at most: a thread cannot use more
// than one, and the portable engine shares the process's.
func (t *test) cpus() int {
	if t.engine.Name() == load.Portable {
		return runtime.GOMAXPROCS(0)
	}
	return min(max(1, len(t.CPUs)), t.Connections)
}

// tls is nil for plain HTTP. Sessions are not resumed: every handshake is whole.
func (s Spec) tls() *tls.Config {
	if !s.Site.Secure {
		return nil
	}
	return &tls.Config{ServerName: s.Site.Name, NextProtos: []string{"http/1.1"}, InsecureSkipVerify: s.Insecure}
}

// refusals are the right answers to a bad credential, whoever wrote the server:
// 401 (RFC 9110 §15.5.2), 403, and 400 for what does not parse.
var refusals = []int{400, 401, 403}

// DefaultExpect is what success is where nobody says otherwise: 2xx (RFC 9110 §15.3).
func DefaultExpect() bench.Statuses {
	var out bench.Statuses
	for status := 200; status < 300; status++ {
		out = append(out, status)
	}
	return out
}

// succeeds reports whether a status is success.
func (s Spec) succeeds(status int) bool { return slices.Contains(s.Expect, status) }

// expects reports whether a class may get a status.
func (s Spec) expects(class bench.Class, status int) bool {
	if class == bench.Valid {
		return s.succeeds(status)
	}
	return slices.Contains(refusals, status)
}

// workload renders the requests.
func (s Spec) workload() (*load.Workload, error) {
	var spec load.WorkloadSpec
	spec.Prefix, spec.Suffix = s.Request.Bytes()
	spec.Expect[0] = s.Expect
	if s.Credentials == nil {
		return load.NewWorkload(spec)
	}
	spec.Credentials, spec.Mix = s.Credentials.Credentials, s.Credentials.Mix
	spec.Zipf = *bench.DefaultPopulation().Zipf
	for i := range spec.Expect[1:] {
		spec.Expect[i+1] = refusals
	}
	return load.NewWorkload(spec)
}

// perSecond is a rate over the measured part.
func perSecond(n int64, measured time.Duration) float64 {
	if measured <= 0 {
		return math.NaN()
	}
	return float64(n) / measured.Seconds()
}
