package main

import (
	"context"
	"sync"
	"time"

	"authbench/internal/measure/loadtest"
	"authbench/internal/show/live"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// gauge shows how far a load test is.
type gauge interface{ Read() loadtest.Reading }

// watchLoadTest runs a load test, and shows its progress.
func watchLoadTest(ctx context.Context, spec loadtest.Spec, p *progress, o outputFlags) (*loadtest.Result, error) {
	var g loadtest.Gauge
	defer p.showing(ctx, spec, &g, o)()
	return loadtest.Run(ctx, spec, &g)
}

// showing shows what a gauge reads until the function that it returns is called.
func (p *progress) showing(ctx context.Context, spec loadtest.Spec, g gauge, o outputFlags) (stop func()) {
	ended := make(chan struct{})
	var showing sync.WaitGroup
	showing.Go(func() { p.loadtest(ctx, spec, g, o, ended) })
	return func() {
		close(ended)
		showing.Wait()
	}
}

// loadtest shows what a gauge reads until the test has ended.
func (p *progress) loadtest(ctx context.Context, spec loadtest.Spec, g gauge, o outputFlags, ended <-chan struct{}) {
	if !p.live {
		return
	}
	show, end := func(r live.LoadReading) { p.line("%v", r) }, p.clear
	defer func() { end() }()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for begun := false; ; begun = true {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		if !begun && watchable(p, o) { // not before: a short test shows nothing
			var screen *live.Screen
			screen, end = p.screen(ctx, live.NewLoadModel(liveLoadTest(spec), o.terminal(p.out).Color))
			show = func(r live.LoadReading) { screen.Show(r) }
		}
		show(liveReading(spec, g.Read()))
	}
}

// liveLoadTest is the part of the display that does not change.
func liveLoadTest(spec loadtest.Spec) live.LoadTest {
	out := live.LoadTest{URL: usertext.Clean(spec.Shown), Load: "closed load", Headline: "service time"}
	if spec.Arrivals != "" {
		out.Load, out.Headline = "open load of "+unit.Rate(spec.Rate), "response time"
		if len(spec.Ramp.Stages) > 0 {
			out.Load = "open load " + spec.Ramp.Text(unit.Rate)
		}
	}
	return out
}

// liveReading is a gauge's as the screen shows it.
func liveReading(spec loadtest.Spec, r loadtest.Reading) live.LoadReading {
	out := live.LoadReading{
		Stage: string(r.Stage), Elapsed: r.Elapsed, Answers: r.Answers, Failures: r.Unexpected + r.Errors, Times: r.Times, Intervals: r.Intervals,
	}
	switch r.Stage {
	case loadtest.Warming:
		out.Whole = spec.Warmup
	case loadtest.Measuring:
		out.Whole, out.Requests = spec.Duration, spec.Requests
	}
	return out
}
