package serve

import (
	"math"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/show/report"
)

// trail is a figure over the results that have it, from the oldest to the newest, each
// with its interval.
type trail struct {
	Title  string
	Grid   []gridLine
	Points []trailPoint
	Breaks []string // where the machine was another from there on
}

type gridLine struct{ Y, Label string }

type trailPoint struct {
	X, Y, Low, High, Left, Right string
	Interval, Doubtful           bool
	Says, Href                   string
	// Label is the day, for the first point of a day where there is room.
	Label string
}

// The drawing's size and margins, in its own units.
const (
	trailWidth, trailHeight = 760, 280
	trailLeft, trailRight   = 84, 16
	trailTop, trailBottom   = 14, 30
	// capHalf is half the width of an interval's end.
	capHalf = 4
	// dayWidth is what a date below needs.
	dayWidth = 48
)

// past is a result that has the figure.
type past struct {
	*entry
	analysis.Estimate
}

// trailOf draws a figure; nil if no result has it.
func trailOf(c cell, all []*entry) *trail {
	var have []past
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, e := range all {
		v, ok := c.of(e.summary)
		if !ok || math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			continue
		}
		have = append(have, past{e, v})
		lo, hi = min(lo, v.Value), max(hi, v.Value)
		if v.Lo != nil && v.Hi != nil {
			lo, hi = min(lo, *v.Lo), max(hi, *v.Hi)
		}
	}
	if len(have) == 0 {
		return nil
	}
	ticks := report.Ticks(lo, hi)
	lo, hi = ticks[0], ticks[len(ticks)-1]
	y := func(v float64) string {
		return short(trailTop + (trailHeight-trailTop-trailBottom)*(hi-v)/(hi-lo))
	}
	t := &trail{Title: c.label() + " of " + c.arm + " over time"}
	for _, v := range ticks {
		text, _ := c.text(analysis.Estimate{Value: v})
		t.Grid = append(t.Grid, gridLine{y(v), text})
	}
	step := float64(trailWidth-trailLeft-trailRight) / float64(len(have))
	labelled := math.Inf(-1)
	for i, f := range have {
		x := trailLeft + step*(float64(i)+0.5)
		p := f.point(c, x, y)
		if day := f.day(); x >= labelled+dayWidth && (i == 0 || day != have[i-1].day()) {
			p.Label, labelled = day, x
		}
		if i > 0 && otherMachine(have[i-1].entry, f.entry) {
			t.Breaks = append(t.Breaks, short(x-step/2))
		}
		t.Points = append(t.Points, p)
	}
	return t
}

func (p past) day() string { return p.started.UTC().Format("01-02") }

// point is where the result stands.
func (p past) point(c cell, x float64, y func(float64) string) trailPoint {
	value, interval := c.text(p.Estimate)
	out := trailPoint{X: short(x), Y: y(p.Value), Doubtful: p.summary.Verdict != result.Good, Href: resultAt(p.id), Says: moment(p.started) + ": " + value}
	if p.Lo != nil && p.Hi != nil {
		out.Interval, out.Low, out.High, out.Left, out.Right = true, y(*p.Lo), y(*p.Hi), short(x-capHalf), short(x+capHalf)
		out.Says += " (" + interval + ")"
	}
	return out
}
