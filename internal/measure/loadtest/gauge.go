package loadtest

import (
	"sync"
	"time"

	"authbench/internal/measure/load"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// Gauge shows from outside how a load test goes on. Its methods may be called at once;
// one gauge is for one test.
type Gauge struct {
	live *load.Live // of the latest slice; for whoever runs the test alone

	mu     sync.Mutex // guards what follows
	stage  Stage
	began  time.Time // of the stage, as all below
	sum    load.Counts
	times  *hist.Histogram // of the headline
	series series
}

// Reading is how far a load test is.
type Reading struct {
	Stage Stage
	// What follows is of the stage so far: its length, the answers, and of them those that
	// were not as they should be; requests without an answer; and the times of the headline,
	// nil if there are none.
	Elapsed                     time.Duration
	Answers, Unexpected, Errors int64
	Times                       *result.Spread
	// Intervals has an entry for each interval that has ended.
	Intervals []result.Interval
}

// handover is how long after its end an interval of a busy thread may come.
const handover = shortestInterval

// Read returns how far the test is.
func (g *Gauge) Read() Reading {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := Reading{Stage: g.stage, Answers: g.sum.Completed, Unexpected: g.sum.WrongVerdicts, Errors: g.sum.Errors, Times: spreadOf(g.times)}
	if g.stage == Warming || g.stage == Measuring {
		r.Elapsed = time.Since(g.began)
		r.Intervals = g.series.upTo(r.Elapsed - handover)
	}
	return r
}

// enter begins a stage.
func (g *Gauge) enter(s Stage) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stage, g.began, g.sum, g.times, g.series = s, time.Now(), load.Counts{}, hist.New(), series{}
}

// watch returns what hands a slice over to the gauge, until the function that it returns is
// called.
func (g *Gauge) watch() (*load.Live, func()) {
	live := &load.Live{Every: shortestInterval, Take: g.take}
	g.live = live
	return live, live.Watch()
}

func (g *Gauge) take(i load.Interval) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sum = g.sum.Plus(i.Counts)
	i.Times.AddTo(g.times)
	g.series.add(i)
}

// intervals returns the intervals of a test whose slice has ended, and how long its measured
// part was.
func (g *Gauge) intervals() ([]result.Interval, time.Duration) {
	span := g.live.Span()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.series.whole(span), span
}
