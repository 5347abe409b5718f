package svg

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/stat"
	"authbench/internal/text/usertext"
)

const (
	sparkWidth, sparkHeight = 120, 24
	// sparkEdge keeps the stroke inside.
	sparkEdge = 3
	// perDoubling is the distance between a value and its double, as a part of the height. It
	// is the same for every line, so that small variation looks flat.
	perDoubling = 0.5
)

// Line is a sparkline, for the template "sparkline".
type Line struct {
	// Points are an SVG polyline's; empty if there is no line.
	Points string
	// LastX and LastY are where the newest value is.
	LastX, LastY string
}

// Sparkline puts values around their median, from the oldest to the newest. It leaves out
// those that are not positive and finite.
func Sparkline(values []float64) Line {
	kept := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !positive(v) })
	if len(kept) == 0 {
		return Line{}
	}
	middle := stat.Median(kept)
	var line Line
	var points []string
	for i, v := range kept {
		x := sparkEdge + float64(i)*(sparkWidth-2*sparkEdge)/float64(max(1, len(kept)-1))
		off := perDoubling * math.Log2(v/middle)
		y := sparkEdge + (sparkHeight-2*sparkEdge)*(0.5-min(max(off, -0.5), 0.5))
		line.LastX, line.LastY = coordinate(x), coordinate(y)
		points = append(points, line.LastX+","+line.LastY)
	}
	line.Points = strings.Join(points, " ")
	return line
}

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

// Bar is one bar.
type Bar struct {
	Value float64
	Says  string // the bar in words
	Base  bool   // what the others are compared with
}

// barStep is from one bar to the next, barHeight what the highest has.
const barStep, barHeight = 7, 20

// BarRow is bars beside each other, for the template "bars".
type BarRow struct {
	Bars  []placedBar
	Title string
	Width int
}

type placedBar struct {
	X, Y, Height string
	Base         bool
}

// Bars are as high as their values, on a scale up to top, which the rows that are
// compared with each other share. It leaves out those that are not positive and finite.
func Bars(all []Bar, top float64) BarRow {
	kept := slices.DeleteFunc(slices.Clone(all), func(b Bar) bool { return !positive(b.Value) })
	out := BarRow{Width: barStep * len(kept)}
	var says []string
	for i, b := range kept {
		height := max(1, barHeight*min(1, b.Value/top))
		out.Bars = append(out.Bars, placedBar{fmt.Sprint(i * barStep), coordinate(barHeight - height), coordinate(height), b.Base})
		says = append(says, usertext.Clean(b.Says))
	}
	out.Title = strings.Join(says, ", ")
	return out
}
