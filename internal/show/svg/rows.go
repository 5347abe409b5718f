package svg

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/show/axis"
	"authbench/internal/text/usertext"
)

// Interval is one row of a forest plot: a value with its interval.
type Interval struct {
	Label         string // the row's name
	Under         string // a second line of the name; all rows have one, or none
	Value, Lo, Hi float64
	Says          string // the row in words
}

// Stack is one row of a split: what a whole is made of.
type Stack struct {
	Label string
	// Parts are in the order of their classes, part0, part1 and so on. Those that are not
	// above 0 are left out.
	Parts []float64
	Says  string // the row in words
	// PartSays are the parts in words, as many as there are parts.
	PartSays []string
}

// Forest puts intervals below each other, over one axis. The axis includes 0 unless the values
// are too far apart. print words values, which must be finite.
func Forest(title string, print func(float64) string, all []Interval) RowChart {
	c := RowChart{Title: title}
	if len(all) == 0 {
		return c
	}
	var values []float64
	for _, i := range all {
		values = append(values, i.Value, i.Lo, i.Hi)
	}
	scale := scaleOf(values)
	c.Ticks, c.Log = scale.ticks(print), scale.log
	for _, i := range all {
		c.add(chartRow{Label: i.Label, Under: i.Under, Value: print(i.Value), Says: i.Says,
			Dot: share(scale.at(i.Value)), Left: share(scale.at(i.Lo)), Right: share(scale.at(i.Hi))})
	}
	return c
}

// Split puts stacks below each other, as bars from 0 on. print words values, which must be
// finite.
func Split(title string, print func(float64) string, all []Stack) RowChart {
	c := RowChart{Title: title}
	if len(all) == 0 {
		return c
	}
	most := 0.0
	for _, s := range all {
		most = max(most, sum(s.Parts))
	}
	scale := fromZero(0, most)
	c.Ticks = scale.ticks(print)
	for _, s := range all {
		r := chartRow{Label: s.Label, Value: print(sum(s.Parts)), Says: s.Says}
		at := 0.0
		for i, v := range s.Parts {
			if v > 0 {
				r.Bars = append(r.Bars, rowBar{fmt.Sprintf("part%d", i), share(scale.at(at)), share(scale.at(at+v) - scale.at(at)), usertext.Clean(s.PartSays[i])})
				at += v
			}
		}
		c.add(r)
	}
	return c
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}

// RowChart is a chart with one row per name, for the template "rows". Places and widths are
// shares of the axis, which is as wide as the page allows. Names and numbers are text of the page,
// in its font.
type RowChart struct {
	Title string
	// Log: the labels of the axis are powers of ten, and it has no 0.
	Log   bool
	Ticks []rowTick
	Rows  []chartRow
}

// rowTick is a line across all rows. If room is short, every second label is left out.
type rowTick struct {
	X, Label string
	Odd      bool
}

type chartRow struct {
	Label, Under, Value, Says string
	Bars                      []rowBar
	// Dot and the interval from Left to Right; empty for none.
	Dot, Left, Right string
}

type rowBar struct{ Class, X, Width, Says string }

const (
	mostDecades = 6 // that a logarithmic axis names
	// logFrom is the ratio of the largest value to the smallest above which a scale is
	// logarithmic: on a linear scale the small values would all look like zero.
	logFrom = 40
	// leastLog is the smallest value that a logarithmic axis can begin with.
	leastLog = 1e-9
)

func (c *RowChart) add(r chartRow) {
	r.Label, r.Under, r.Says = usertext.Clean(r.Label), usertext.Clean(r.Under), usertext.Clean(r.Says)
	c.Rows = append(c.Rows, r)
}

// share is a part of the axis, as exact as a screen shows it.
func share(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*v), "0"), ".") + "%"
}

// scale places values on the axis of a row chart.
type scale struct {
	lo, hi float64
	log    bool
}

// scaleOf covers all values. It includes zero if small values remain distinct.
func scaleOf(values []float64) scale {
	lo, hi := slices.Min(values), slices.Max(values)
	if lo > leastLog && hi/lo >= logFrom {
		return scale{math.Pow(10, math.Floor(math.Log10(lo))), math.Pow(10, math.Ceil(math.Log10(hi))), true}
	}
	return fromZero(lo, hi)
}

// fromZero reaches over two values and zero.
func fromZero(lo, hi float64) scale {
	ticks := axis.Ticks(min(lo, 0), max(hi, 0))
	return scale{ticks[0], ticks[len(ticks)-1], false}
}

// at is where a value stands: 0 at the axis's beginning, 1 at its end.
func (s scale) at(v float64) float64 {
	on := func(v float64) float64 { return v }
	if s.log {
		on = math.Log
	}
	return (on(v) - on(s.lo)) / (on(s.hi) - on(s.lo))
}

func (s scale) ticks(print func(float64) string) []rowTick {
	values := axis.Ticks(s.lo, s.hi)
	if s.log {
		first, last := math.Round(math.Log10(s.lo)), math.Round(math.Log10(s.hi))
		values = nil
		for e := first; e <= last; e += math.Ceil((last - first) / mostDecades) {
			values = append(values, math.Pow(10, e))
		}
	}
	var out []rowTick
	for i, v := range values {
		out = append(out, rowTick{share(s.at(v)), print(v), i%2 == 1})
	}
	return out
}
