package doctor

import (
	"context"
	"fmt"
	"math"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/loadtest"
	"authbench/internal/result"
	"authbench/internal/text/unit"
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
	queueRate = 250
	queueTime = 8 * time.Second

	// anyCPU is for a generator that is not pinned.
	anyCPU = -1
)

const (
	// lagAdvice is what a p99 of the lag may be: a tenth of a fast server's p99. Above
	// lagUnfit, as late as sends may be at all, latencies are voided in every run.
	lagAdvice, lagUnfit = 100 * time.Microsecond, time.Millisecond
	// freezeMargin is how far off the p95 may be: the end of a standstill is a timer's,
	// and the requests that waited take their time then.
	freezeMargin = 15 * time.Millisecond
	// queueMargin and queueWay are how far off a mean wait may be: 2,000 requests tell
	// it to 8 %, and each has its way through the kernel, on which it is woken twice.
	queueMargin, queueWay = 0.25, 250 * time.Microsecond
	// clockAdvice is how fine the clock should be, for latencies of some microseconds.
	clockAdvice = time.Microsecond
)

// Clock looks for the smallest step of the clock.
func Clock() result.Finding {
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
	f := result.Finding{Area: result.AreaInstrument, Name: "clock", Level: result.Fit, Found: fmt.Sprintf("steps of %v", least)}
	if least > clockAdvice {
		f.Level, f.Remedy = result.Improvable, "the clock is coarser than a fast answer takes: use a newer kernel, or another hypervisor"
	}
	return f
}

// measure runs a load test of a server, from a CPU or, if it is negative, from any.
func measure(ctx context.Context, addr string, cpu int, arrivals bench.Arrivals, rate float64, d time.Duration) (*result.LoadTest, error) {
	site, p := bench.ParseSite("http://" + addr)
	if p != nil {
		return nil, *p
	}
	request, problems := bench.NewMessage(bench.Draft{Authority: site.Authority()})
	if len(problems) > 0 {
		return nil, problems[0]
	}
	const connections = 64
	r, err := loadtest.Run(ctx, loadtest.Spec{
		Expect: loadtest.DefaultExpect(),
		Site:   site, Request: request, Connections: connections, CPUs: []int{cpu},
		Duration: d, Arrivals: arrivals, Rate: rate, Timeout: 2 * freezeEvery, Engine: load.Auto, Poll: load.PollHybrid, Seed: 1,
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("measure a server of known behaviour: %w", err)
	}
	if r.Summary.Response == nil {
		return nil, fmt.Errorf("measure a server of known behaviour: no answer in %d requests, errors %v", r.Summary.Requests, r.Summary.Errors)
	}
	return &r.Summary, nil
}

// Pacing judges how late the generator sent, in µs, while it measured.
func Pacing(p50, p99 float64) result.Finding {
	f := result.Finding{Area: result.AreaInstrument, Name: "pacing", Level: result.Fit,
		Found: fmt.Sprintf("sends %s late (p50) and %s (p99)", unit.Micros(p50), unit.Micros(p99))}
	switch {
	case p99 > micros(lagUnfit):
		f.Level = result.Unfit
		f.Remedy = "requests leave later than a fast server answers: stop what else runs here, or give the generator a CPU of its own"
	case p99 > micros(lagAdvice):
		f.Level = result.Improvable
		f.Remedy = "p99s of fast methods will be held back: stop what else runs here, or give the generator a CPU of its own (cpus.generator)"
	}
	return f
}

// Standstill measures a server in this process that stands still at times.
func Standstill(ctx context.Context) (result.Finding, error) {
	s, err := serve(freezer(freezeEvery, freezeLength))
	if err != nil {
		return result.Finding{}, err
	}
	defer s.close()
	found, err := measure(ctx, s.addr(), anyCPU, bench.Constant, freezeRate, freezeTime)
	if err != nil {
		return result.Finding{}, err
	}
	return judgeFreeze(found.Response.P95), nil
}

// judgeFreeze compares a p95, in µs, with that of even arrivals at a server that stands
// still: the share of the requests that wait longer than x is (length − x) ÷ period.
func judgeFreeze(p95 float64) result.Finding {
	want := freezeLength - freezeEvery/20
	f := result.Finding{Area: result.AreaInstrument, Name: "standstill", Level: result.Fit,
		Found: fmt.Sprintf("a server that stands still %v of every %v has a p95 of %s; %v is right", freezeLength, freezeEvery, unit.Micros(p95), want)}
	if math.Abs(p95-micros(want)) > micros(freezeMargin) {
		f.Level = result.Unfit
		f.Remedy = "the generator misses what clients wait for: stop what else runs here; if it stays, report it with the output of doctor -o json"
	}
	return f
}

// QueueService is the CPU time that a request is to cost the server of [Queue].
const QueueService = 2 * time.Millisecond

// Queue measures a server of its own process that takes one request at a time, and each
// [QueueService], from a CPU that the server leaves alone (or a negative number). used
// is what it used so far.
func Queue(ctx context.Context, addr string, cpu int, used func() (time.Duration, error)) (result.Finding, error) {
	before, err := used()
	if err != nil {
		return result.Finding{}, fmt.Errorf("ask for a server's CPU time: %w", err)
	}
	found, err := measure(ctx, addr, cpu, bench.Poisson, queueRate, queueTime)
	if err != nil {
		return result.Finding{}, err
	}
	after, err := used()
	if err != nil {
		return result.Finding{}, fmt.Errorf("ask for a server's CPU time: %w", err)
	}
	return judgeQueue(found.Response.Mean, (after-before)/time.Duration(max(1, found.Requests))), nil
}

// judgeQueue compares a mean response time, in µs, with that of a queue with random
// arrivals and equal service times (M/D/1), whose mean wait is ρ·D ÷ 2(1 − ρ), by
// Pollaczek and Khinchine.
func judgeQueue(response float64, service time.Duration) result.Finding {
	busy := queueRate * service.Seconds()
	want := busy * micros(service) / (2 * (1 - busy))
	wait := response - micros(service)
	f := result.Finding{Area: result.AreaInstrument, Name: "queue", Level: result.Fit,
		Found: fmt.Sprintf("requests wait %s on average at a server that is busy %s of the time; %s is right", unit.Micros(wait), unit.Percent(busy), unit.Micros(want))}
	if math.Abs(wait-want) > queueMargin*want+micros(queueWay) {
		f.Level = result.Improvable
		f.Remedy = "means are off by what else runs here, or by a slow way through the kernel: compare arms, do not quote absolute latencies"
	}
	return f
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
