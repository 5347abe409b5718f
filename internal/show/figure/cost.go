package figure

import (
	"fmt"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

const cpuMetric = "cpu_us_per_request"

// cpu draws CPU per request as bars: what the baseline costs in grey, and what
// the arm adds to it.
func cpu(l load) Figure {
	var rows []bar
	floorMicros, hasFloor := l.floor()
	for _, a := range l.arms {
		rows = append(rows, cpuBar(a, floorMicros, hasFloor))
	}
	note := "Lower is better. " + sentence(l.describe()) + "."
	if hasFloor {
		note += fmt.Sprintf(" Grey: the baseline (%s). Colour: the tax, which is what the arm adds in the same launches.", l.baseline)
	}
	var names []string
	var loads []analysis.Load
	for _, a := range l.drawn(func(arm) bool { return true }) {
		names, loads = append(names, a.name), append(loads, a.Load)
	}
	note += tokenNote(names, loads) + intervalNote(rows, l.launches)
	return barFigure(frame{name: "cpu", title: "Server CPU per request", note: note}, "CPU time per request", unit.Micros, rows)
}

// floor is the baseline's CPU per request, if it can be drawn.
func (l load) floor() (float64, bool) {
	for _, a := range l.arms {
		if a.name == l.baseline && a.status == analysis.ArmOK {
			e, ok := a.metric(cpuMetric)
			return e.Value, ok
		}
	}
	return 0, false
}

func cpuBar(a arm, floorMicros float64, hasFloor bool) bar {
	r := metricBar(a, cpuMetric, unit.Microseconds)
	tax, compared := a.VersusBaseline[cpuMetric]
	if r.out || !hasFloor || !compared || !finite(tax.Difference) {
		return r
	}
	r.pieces = []barPiece{{colour: floor, end: min(floorMicros, floorMicros+tax.Difference)}, {colour: a.look.line.Color, end: floorMicros + tax.Difference}}
	r.text = unit.Micros(a.Metrics[cpuMetric].Value) + ", tax " + unit.Micros(tax.Difference)
	r.hasWhisker = finite(tax.DifferenceLo) && finite(tax.DifferenceHi) && tax.DifferenceLo <= tax.DifferenceHi
	if r.hasWhisker {
		r.lo, r.hi = max(0, floorMicros+tax.DifferenceLo), max(0, floorMicros+tax.DifferenceHi)
		r.text += " (" + unit.Microseconds.Interval(tax.DifferenceLo, tax.DifferenceHi) + ")"
	}
	return r
}

// throughput draws what a closed load got from each arm.
func throughput(l load) Figure {
	var rows []bar
	for _, a := range l.arms {
		rows = append(rows, metricBar(a, "throughput_rps", unit.PerSecond))
	}
	note := "Higher is better. " + sentence(l.describe()) + "."
	note += intervalNote(rows, l.launches)
	return barFigure(frame{name: "throughput", title: "Throughput at saturation", note: note}, "answers per second", unit.Rate, rows)
}

// metricBar is an arm's bar of one metric with its interval.
func metricBar(a arm, metric string, q unit.Quantity) bar {
	r := bar{name: a.name}
	e, ok := a.metric(metric)
	if a.status != analysis.ArmOK || !ok {
		r.out, r.text = true, a.missing()
		return r
	}
	r.pieces, r.text = []barPiece{{colour: a.look.line.Color, end: e.Value}}, q.Format(e.Value)
	if e.Lo != nil && e.Hi != nil && finite(*e.Lo) && finite(*e.Hi) && *e.Lo >= 0 && *e.Lo <= *e.Hi {
		r.lo, r.hi, r.hasWhisker = *e.Lo, *e.Hi, true
		r.text += " (" + q.Interval(*e.Lo, *e.Hi) + ")"
	}
	return r
}

// intervalNote says what the whiskers are, if there are any.
func intervalNote(rows []bar, launches int) string {
	if !slices.ContainsFunc(rows, func(r bar) bool { return r.hasWhisker }) {
		return ""
	}
	return fmt.Sprintf(" Whiskers: 95 %% intervals over %s launches in this run.", unit.Count(int64(launches)))
}

// barFigure fills in a frame with rows.
func barFigure(f frame, axisLabel string, print func(float64) string, rows []bar) Figure {
	f.alt = f.title + ". " + describeBars(rows)
	f.width, f.height = barSize(rows)
	if slices.ContainsFunc(rows, func(r bar) bool { return !r.out }) {
		f.body = barPlot(rows, axisLabel, print).Draw
	}
	return f.figure()
}

func describeBars(rows []bar) string {
	parts := make([]string, len(rows))
	for i, r := range rows {
		parts[i] = r.name + ": " + r.text
		if r.alt != "" {
			parts[i] += " (" + r.alt + ")"
		}
	}
	return strings.Join(parts, "; ") + "."
}
