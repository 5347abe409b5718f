package serve

import (
	"fmt"
	"math"
	"strings"

	"authbench/internal/stat"
)

// bars are small bars beside each other, as high as their values.
type bars struct {
	Bars  []bar
	Title string
	top   float64
}

type bar struct {
	X, Y, Height string
	Base         bool
	value        float64
}

const (
	// barStep is from one bar to the next, barHeight what the highest has; in the units
	// of the drawing, which are a screen's pixels.
	barStep, barHeight = 7, 20
)

// add appends a bar and what it says.
func (b *bars) add(says string, value float64, base bool) {
	if !(value > 0) || math.IsInf(value, 0) {
		return
	}
	if b.Title != "" {
		b.Title += ", "
	}
	b.Title += says
	b.Bars = append(b.Bars, bar{Base: base, value: value})
	b.top = max(b.top, value)
	for i := range b.Bars {
		height := max(1, barHeight*b.Bars[i].value/b.top)
		b.Bars[i].X, b.Bars[i].Y, b.Bars[i].Height = fmt.Sprint(i*barStep), short(barHeight-height), short(height)
	}
}

// Width is the drawing's.
func (b bars) Width() int { return max(1, len(b.Bars)*barStep) }

// line is a small line through values.
type line struct {
	// Points are an SVG polyline's, in a drawing of lineWidth by lineHeight.
	Points string
	// LastX and LastY are where the newest is; empty if there is none.
	LastX, LastY string
}

const (
	lineWidth, lineHeight = 120, 24
	// lineEdge keeps the stroke inside.
	lineEdge = 3
	// perDoubling is how far apart a value and its double are, as a part of the height:
	// the same for every line, so that what hardly varies looks flat.
	perDoubling = 0.5
)

// lineOf draws values around their median. Those that are not above 0 are left out.
func lineOf(values []float64) line {
	var kept []float64
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			kept = append(kept, v)
		}
	}
	if len(kept) == 0 {
		return line{}
	}
	middle := stat.Median(kept)
	var l line
	var points []string
	for i, v := range kept {
		x := lineEdge + float64(i)*(lineWidth-2*lineEdge)/float64(max(1, len(kept)-1))
		off := perDoubling * math.Log2(v/middle)
		y := lineEdge + (lineHeight-2*lineEdge)*(0.5-min(max(off, -0.5), 0.5))
		l.LastX, l.LastY = short(x), short(y)
		points = append(points, l.LastX+","+l.LastY)
	}
	l.Points = strings.Join(points, " ")
	return l
}

// short is a coordinate as exact as a screen shows it.
func short(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}
