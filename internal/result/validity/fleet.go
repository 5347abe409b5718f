package validity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// The codes of warnings that only a load test over several machines has.
const (
	CodeWorkerLost    = "worker_lost"
	CodeFleetStopped  = "fleet_stopped"
	CodeIdentity      = "schedule_identity"
	CodeDeltas        = "incomplete_deltas"
	CodeClockError    = "clock_error"
	CodeConstantShift = "constant_arrivals_shifted"
)

// clockLimits bound by how much a worker's clock may be off. The arrivals stay Poisson and
// the times are of one clock each, whatever it is; but points of a curve, 1 s long, are off
// by up to twice that: 1 % at the first limit, a tenth at the second.
var clockLimits = limits{suspicious: float64(5 * time.Millisecond), void: float64(50 * time.Millisecond)}

// FleetWorker is what the checks of a fleet look at of one worker.
type FleetWorker struct {
	Name string
	// Lost says that no final figures came from it. Ended says why it ended early by itself, ""
	// if it did not.
	Lost  bool
	Ended string
	// Deltas says what is wrong with its deltas, "" for nothing.
	Deltas string
	// ClockError bounds the error of its clock.
	ClockError time.Duration
	// Due is how many requests it counted as due, Owned how many there are in its part.
	// Identical says that they are the same ones.
	Due, Owned int64
	Identical  bool
	// Own is what [LoadTest] said of its own figures.
	Own []bench.Warning
}

// FleetConditions are what must be known about a fleet besides its workers.
type FleetConditions struct {
	// Identity says that the schedule was compared: that of an open load that was not ended
	// early.
	Identity bool
	// Gap is the shortest between constant arrivals, 0 for others.
	Gap time.Duration
	// Stopped says what broke the test off, "" for nothing. Interrupted says that the user ended
	// it early.
	Stopped     string
	Interrupted bool
}

// Fleet returns what is doubtful about a load test because several machines took part. One
// worker that is void voids the whole: what it should have sent is missing in the others'
// figures.
func Fleet(workers []FleetWorker, c FleetConditions) (out []bench.Warning) {
	add := func(code string, level bench.Level, format string, args ...any) {
		out = append(out, bench.Warning{Code: code, Level: level, Text: fmt.Sprintf(format, args...)})
	}
	which := func(is func(FleetWorker) bool) (text string, those []FleetWorker) {
		var names []string
		for _, w := range workers {
			if is(w) {
				names, those = append(names, w.Name), append(those, w)
			}
		}
		return fmt.Sprintf("%d of %d workers (%s)", len(names), len(workers), firstOf(names)), those
	}
	switch {
	case c.Stopped != "":
		add(CodeFleetStopped, bench.Void, "the test was broken off: %s; mend that, and run again", c.Stopped)
	case c.Interrupted:
		add(CodeFleetStopped, bench.Suspicious, "the test was ended early: nothing proves that the workers sent all that was due until then; let it end by itself")
	}
	if text, lost := which(func(w FleetWorker) bool { return w.Lost }); len(lost) > 0 {
		add(CodeWorkerLost, bench.Void, "no final figures came from %s: what they sent is not known; find out why they ended, and run again", text)
	}
	if text, early := which(func(w FleetWorker) bool { return w.Ended != "" }); len(early) > 0 {
		add(CodeWorkerLost, bench.Void, "%s ended early, %s because: %s; mend that, and run again", text, early[0].Name, early[0].Ended)
	}
	if text, wrong := which(func(w FleetWorker) bool { return c.Identity && !w.Lost && !w.Identical }); len(wrong) > 0 {
		add(CodeIdentity, bench.Void, "what was due is not the schedule: at %s it differs; %s counted %d requests, of %d in its part; use one build on machines of one kind", text, wrong[0].Name, wrong[0].Due, wrong[0].Owned)
	}
	if text, wrong := which(func(w FleetWorker) bool { return w.Deltas != "" }); len(wrong) > 0 {
		add(CodeDeltas, bench.Void, "what came second by second is not what was found in all, from %s: %s of %s; run again, with a coordinator and a network that keep up", text, wrong[0].Deltas, wrong[0].Name)
	}
	return slices.Concat(out, doubtClocks(workers, c), ofWorkers(workers))
}

// doubtClocks says what is doubtful about the workers' clocks.
func doubtClocks(workers []FleetWorker, c FleetConditions) (out []bench.Warning) {
	worst := slices.MaxFunc(workers, func(a, b FleetWorker) int { return cmp.Compare(a.ClockError, b.ClockError) })
	off := worst.ClockError.Round(time.Microsecond)
	if level := clockLimits.level(float64(worst.ClockError)); level != "" {
		out = append(out, bench.Warning{Code: CodeClockError, Level: level, Text: fmt.Sprintf(
			"the clock of %s may be off by %v (at most %v): figures over time are blurred by it; use machines that reach each other faster",
			worst.Name, off, time.Duration(clockLimits.passed(level)))})
	}
	if c.Gap > 0 && len(workers) > 1 && 2*worst.ClockError >= c.Gap {
		out = append(out, bench.Warning{Code: CodeConstantShift, Level: bench.Suspicious, Text: fmt.Sprintf(
			"constant arrivals of several workers are %v apart, and their clocks may be by as much (%v for %s): they may come in groups; use poisson arrivals, which no clock can spoil",
			c.Gap, off, worst.Name)})
	}
	return out
}

// ofWorkers are the workers' own doubts, one for each code.
func ofWorkers(workers []FleetWorker) (out []bench.Warning) {
	type doubt struct {
		bench.Warning
		worker string
		names  []string
	}
	var all []*doubt
	for _, w := range workers {
		for _, own := range w.Own {
			if own.Level == bench.Info {
				continue
			}
			i := slices.IndexFunc(all, func(d *doubt) bool { return d.Code == own.Code })
			if i < 0 {
				all = append(all, &doubt{Warning: own, worker: w.Name})
				i = len(all) - 1
			}
			d := all[i]
			if d.names = append(d.names, w.Name); own.Level == bench.Void && d.Level != bench.Void {
				d.Warning, d.worker = own, w.Name
			}
		}
	}
	for _, d := range all {
		text := "worker " + d.worker + ": " + d.Text
		if len(d.names) > 1 {
			text = fmt.Sprintf("%d of %d workers (%s), as %s: %s", len(d.names), len(workers), firstOf(d.names), d.worker, d.Text)
		}
		out = append(out, bench.Warning{Code: d.Code, Level: d.Level, Text: text})
	}
	return out
}

// firstOf lists names, of many the first few.
func firstOf(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + unit.Count(int64(len(names)-most)) + " more"
}
