package svg

import (
	"math"

	"authbench/internal/show/axis"
	"authbench/internal/text/usertext"
)

// Point is one point of a time series.
type Point struct {
	Value float64
	// Lo and Hi are the ends of the value's interval; both nil for none.
	Lo, Hi *float64
	Hollow bool   // the result is doubtful
	Break  bool   // it was measured in other circumstances than the point before
	Change bool   // the value has another level from here on
	Says   string // the point in words
	Href   string // where its result is
	Day    string // its date, which stands below the first point of a day that has room
}

const (
	seriesWidth, seriesHeight = 760, 280
	seriesLeft, seriesRight   = 84, 16 // margins
	seriesTop, seriesBottom   = 14, 30
	// capHalf is half the width of an interval's end.
	capHalf = 4
	// dayWidth is what a date below needs.
	dayWidth = 48
)

// Series is a time series, for the template "series".
type Series struct {
	Title  string
	Grid   []gridLine
	Points []seriesPoint
	Breaks []string
	// Changes are where the level changes.
	Changes []string
}

type gridLine struct{ Y, Label string }

type seriesPoint struct {
	X, Y string
	// The interval's ends; empty for none.
	Low, High, Left, Right string
	Hollow                 bool
	Says, Href, Label      string
}

// TimeSeries puts points at equal steps, from the oldest to the newest. print words values, which
// must be finite.
func TimeSeries(title string, print func(float64) string, points []Point) Series {
	s := Series{Title: usertext.Clean(title)}
	if len(points) == 0 {
		return s
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range points {
		lo, hi = min(lo, p.Value), max(hi, p.Value)
		if p.Lo != nil && p.Hi != nil {
			lo, hi = min(lo, *p.Lo), max(hi, *p.Hi)
		}
	}
	ticks := axis.Ticks(lo, hi)
	lo, hi = ticks[0], ticks[len(ticks)-1]
	y := func(v float64) string {
		return coordinate(seriesTop + (seriesHeight-seriesTop-seriesBottom)*(hi-v)/(hi-lo))
	}
	for _, v := range ticks {
		s.Grid = append(s.Grid, gridLine{y(v), print(v)})
	}
	step := float64(seriesWidth-seriesLeft-seriesRight) / float64(len(points))
	labelled := math.Inf(-1)
	for i, p := range points {
		x := seriesLeft + step*(float64(i)+0.5)
		drawn := p.at(x, y)
		if x >= labelled+dayWidth && (i == 0 || p.Day != points[i-1].Day) {
			drawn.Label, labelled = p.Day, x
		}
		if p.Break {
			s.Breaks = append(s.Breaks, coordinate(x-step/2))
		}
		if p.Change {
			s.Changes = append(s.Changes, coordinate(x-step/2))
		}
		s.Points = append(s.Points, drawn)
	}
	return s
}

// at is where the point stands.
func (p Point) at(x float64, y func(float64) string) seriesPoint {
	out := seriesPoint{X: coordinate(x), Y: y(p.Value), Hollow: p.Hollow, Says: usertext.Clean(p.Says), Href: p.Href}
	if p.Lo != nil && p.Hi != nil {
		out.Low, out.High, out.Left, out.Right = y(*p.Lo), y(*p.Hi), coordinate(x-capHalf), coordinate(x+capHalf)
	}
	return out
}
