package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"time"

	"authbench/bench"
	"authbench/internal/load"
	"authbench/internal/trial"
	"authbench/internal/unit"
)

// The servers. Each test is as short as its figure allows.
const (
	// A fifth of the time the server stands still. Of requests at even intervals, one
	// in twenty then waits longer than freezeQuantile.
	freezeEvery, freezeLength = time.Second, 200 * time.Millisecond
	freezeRate                = 500
	freezeTime                = 4 * time.Second

	// The queue is busy half of the time: one that is busier takes longer to settle,
	// one that is idler has no wait to speak of.
	queueService = 2 * time.Millisecond
	queueRate    = 250
	queueTime    = 8 * time.Second
)

const (
	// lagAdvice is what a p99 of the lag may be: a tenth of a fast server's p99. Above
	// lagUnfit, as late as sends may be at all, latencies are voided in every run.
	lagAdvice, lagUnfit = 100 * time.Microsecond, time.Millisecond
	// freezeMargin is how far off the p95 may be: the end of a standstill is a timer's,
	// and the requests that waited take their time then.
	freezeMargin = 15 * time.Millisecond
	// queueMargin is how far off a mean wait may be: 2,000 requests tell it to 8 %,
	// and each has its way through the kernel, a tenth of a millisecond at most.
	queueMargin = 0.25
	// clockAdvice is how fine the clock should be, for latencies of some microseconds.
	clockAdvice = time.Microsecond
)

// Instrument tests the load generator with servers of known behaviour. Its error is that
// of a test that could not be made.
func Instrument(ctx context.Context) ([]Finding, error) {
	out := []Finding{clock()}
	for _, test := range []func(context.Context) (Finding, error){freezing, queueing} {
		f, err := test(ctx)
		if err != nil {
			return out, err
		}
		out = append(out, f)
	}
	return out, nil
}

// clock looks for the smallest step of the clock.
func clock() Finding {
	const tries = 100_000
	least := time.Duration(math.MaxInt64)
	last := time.Now()
	for range tries {
		now := time.Now()
		if d := now.Sub(last); d > 0 {
			least = min(least, d)
		}
		last = now
	}
	f := Finding{Area: areaInstrument, Name: "clock", Level: Good, Found: fmt.Sprintf("steps of %v", least)}
	if least > clockAdvice {
		f.Level, f.Remedy = Advice, "the clock is coarser than a fast answer takes: use a newer kernel, or another hypervisor"
	}
	return f
}

// measure takes a trial of a server in this process.
func measure(ctx context.Context, s *server, arrivals bench.Arrivals, rate float64, d time.Duration) (*trial.Summary, error) {
	defer s.close()
	u, err := url.Parse("http://" + s.addr() + "/")
	if err != nil {
		return nil, fmt.Errorf("measure a server of known behaviour: %w", err)
	}
	const connections = 64
	r, err := trial.Run(ctx, trial.Spec{
		URL: u, Request: load.Request{Method: "GET", Path: "/", Host: u.Host}, Connections: connections, CPUs: []int{-1},
		Duration: d, Arrivals: arrivals, Rate: rate, Timeout: 2 * freezeEvery, Engine: load.Auto, Poll: load.PollHybrid, Seed: 1,
	}, trial.Watch{Stage: func(trial.Stage) {}})
	if err != nil {
		return nil, fmt.Errorf("measure a server of known behaviour: %w", err)
	}
	if r.Summary.Response == nil || r.Summary.Lag == nil {
		text, _ := json.Marshal(r.Summary)
		return nil, fmt.Errorf("measure a server of known behaviour: nothing was answered: %s", text)
	}
	return &r.Summary, nil
}

// Pacing judges how late the generator sent, in µs, while it measured.
func Pacing(p50, p99 float64) Finding {
	f := Finding{Area: areaInstrument, Name: "pacing", Level: Good,
		Found: fmt.Sprintf("sends %s late (p50) and %s (p99)", unit.Micros(p50), unit.Micros(p99))}
	switch {
	case p99 > micros(lagUnfit):
		f.Level = Unfit
		f.Remedy = "requests leave later than a fast server answers: stop what else runs here, or give the generator a CPU of its own"
	case p99 > micros(lagAdvice):
		f.Level = Advice
		f.Remedy = "p99s of fast methods will be held back: stop what else runs here, or give the generator a CPU of its own (cpus.generator)"
	}
	return f
}

func freezing(ctx context.Context) (Finding, error) {
	s, err := serve(freezer(freezeEvery, freezeLength))
	if err != nil {
		return Finding{}, err
	}
	found, err := measure(ctx, s, bench.Constant, freezeRate, freezeTime)
	if err != nil {
		return Finding{}, err
	}
	return judgeFreeze(found.Response.P95), nil
}

// judgeFreeze compares a p95, in µs, with that of even arrivals at a server that stands
// still: the share of the requests that wait longer than x is (length − x) ÷ period.
func judgeFreeze(p95 float64) Finding {
	want := freezeLength - freezeEvery/20
	f := Finding{Area: areaInstrument, Name: "standstill", Level: Good,
		Found: fmt.Sprintf("a server that stands still %v of every %v has a p95 of %s; %v is right", freezeLength, freezeEvery, unit.Micros(p95), want)}
	if math.Abs(p95-micros(want)) > micros(freezeMargin) {
		f.Level = Unfit
		f.Remedy = "the generator misses what clients wait for: stop what else runs here; if it stays, report it with the output of doctor -o json"
	}
	return f
}

func queueing(ctx context.Context) (Finding, error) {
	var q queue
	s, err := serve(func() { q.serve(queueService) })
	if err != nil {
		return Finding{}, err
	}
	found, err := measure(ctx, s, bench.Poisson, queueRate, queueTime)
	if err != nil {
		return Finding{}, err
	}
	return judgeQueue(found.Response.Mean, q.mean()), nil
}

// judgeQueue compares a mean response time, in µs, with that of a queue with random
// arrivals and equal service times (M/D/1), whose mean wait is ρ·D ÷ 2(1 − ρ), by
// Pollaczek and Khinchine.
func judgeQueue(response float64, service time.Duration) Finding {
	busy := queueRate * service.Seconds()
	want := busy * micros(service) / (2 * (1 - busy))
	wait := response - micros(service)
	f := Finding{Area: areaInstrument, Name: "queue", Level: Good,
		Found: fmt.Sprintf("requests wait %s on average at a server that is busy %s of the time; %s is right", unit.Micros(wait), unit.Percent(busy), unit.Micros(want))}
	if math.Abs(wait/want-1) > queueMargin {
		f.Level = Advice
		f.Remedy = "means are off by what else runs here, or by a slow way through the kernel: compare arms, do not quote absolute latencies"
	}
	return f
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
