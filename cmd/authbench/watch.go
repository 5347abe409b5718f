package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/measure/proc"
	"authbench/internal/result"
	"authbench/internal/show/live"
)

// watch shows a run on a terminal while it goes on, with estimates from its launches so far.
type watch struct {
	records  runRecords
	color    bool
	screen   *live.Screen    // nil: not shown yet, or no more
	warnings []bench.Warning // of which the result may not keep all that people may see

	running  analysis.Running
	analyzed time.Time // when the launches so far were, the last time
	took     time.Duration
}

const (
	// analysisShare bounds the time for estimates during the run: one in so many parts of the
	// run's time. The analysis of a long run with many arms takes seconds; then it is not done
	// after every launch.
	analysisShare = 20
	// defaultGC is Go's default for its garbage collector, which the runner switches
	// off: the analysis of 800 slices leaves half a gigabyte behind.
	defaultGC = 100
)

// watchable reports whether the run can be shown on a whole screen: on a terminal whose cursor
// moves, and if the output is text.
func watchable(p *progress, o outputFlags) bool {
	term := os.Getenv("TERM")
	return p.live && o.format == "text" && term != "" && term != "dumb"
}

// newWatch returns nil if the run is not to be watched.
func newWatch(p *progress, o outputFlags) *watch {
	if !watchable(p, o) {
		return nil
	}
	return &watch{color: o.terminal(p.out).Color}
}

// recorder returns what takes a run's records: w, which also keeps them in memory if the run is
// watched.
func (p *progress) recorder(w *result.Writer) recorder {
	if p.watch == nil {
		return w
	}
	p.watch.records.Writer = w
	return &p.watch.records
}

// open starts to show a run of s, if it is watched. The function that it returns ends that. An
// interruption also ends it, at once, because a second Ctrl-C may end the program before the
// terminal is restored.
func (p *progress) open(ctx context.Context, s bench.Scenario) func() {
	w := p.watch
	if w == nil {
		return func() {}
	}
	screen, end := p.screen(ctx, live.NewModel(s, w.color))
	w.screen = screen
	return func() {
		w.screen = nil
		end()
		for _, told := range w.warnings {
			p.warn(told)
		}
	}
}

// screen shows a model on the terminal, until the function that it returns is called.
func (p *progress) screen(ctx context.Context, m live.Shown) (*live.Screen, func()) {
	p.clear()
	screen := live.Open(p.out.(*os.File), m)
	stop := context.AfterFunc(ctx, func() { _ = screen.Close() }) // which tells its error again below
	return screen, func() {
		stop()
		if err := screen.Close(); err != nil { // no reason to fail the run
			p.note("%v", err)
		}
	}
}

// event shows an event of the runner; for a visit only if it is due.
func (w *watch) event(e live.Progress, due bool) {
	for _, found := range e.Warnings {
		if _, output := proc.CutOutput(found.Text); output != "" {
			w.warnings = append(w.warnings, found)
		}
	}
	if due || e.Ended || e.Note != "" || len(e.Warnings) > 0 {
		w.screen.Show(e)
	}
	// Before the first launch is whole, its rounds give estimates.
	whole, first := e.Ended && e.Launch > 0, due && e.Launch == 1 && !e.Ended && w.records.launches() == 0
	if (whole || first) && time.Since(w.analyzed) >= analysisShare*w.took {
		began := time.Now()
		if found := w.interim(whole); found.Provisional || whole {
			w.screen.Show(found)
		}
		w.analyzed, w.took = time.Now(), time.Since(began)
	}
}

// interim analyses the run so far. Between launches it collects its garbage at once. Between slices
// it leaves that to the runner, because a collection would disturb the next slice.
func (w *watch) interim(betweenLaunches bool) live.Interim {
	if betweenLaunches {
		defer debug.SetGCPercent(debug.SetGCPercent(defaultGC))
	}
	out := live.Interim{Analysis: &analysis.Analysis{}}
	if n := len(w.records.run.Launches); n > 0 {
		out.Noise = w.records.run.Launches[n-1].Noise
	}
	so, err := w.running.SoFar(&w.records.run)
	if err != nil {
		out.Summary.Warnings = []bench.Warning{{Level: bench.Void, Text: err.Error()}}
		return out
	}
	out.Analysis = so
	return out
}
