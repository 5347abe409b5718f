package svg

import (
	"fmt"
	"math"
	"slices"

	"authbench/internal/show/axis"
	"authbench/internal/text/usertext"
)

// Interval is one row of a forest plot: a value, and what it may be.
type Interval struct {
	Label         string // whose it is
	Under         string // more of it, on a line of its own; all rows have it, or none
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

// Forest puts intervals below each other, over one axis that has 0 on it unless the
// values are too far apart. Print words values; all must be finite.
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
	c.Ticks = scale.ticks(print)
	for _, i := range all {
		c.add(chartRow{Label: i.Label, Under: i.Under, Value: print(i.Value), Says: i.Says,
			Dot: coordinate(scale.x(i.Value)), Left: coordinate(scale.x(i.Lo)), Right: coordinate(scale.x(i.Hi))})
	}
	return c
}

// Split puts stacks below each other, as bars from 0 on. Print words values; all must be
// finite.
func Split(title string, print func(float64) string, all []Stack) RowChart {
	c := RowChart{Title: title}
	if len(all) == 0 {
		return c
	}
	values := []float64{0}
	for _, s := range all {
		values = append(values, sum(s.Parts))
	}
	scale := scaleOf(values)
	c.Ticks = scale.ticks(print)
	for _, s := range all {
		r := chartRow{Label: s.Label, Value: print(sum(s.Parts)), Says: s.Says}
		at := 0.0
		for i, v := range s.Parts {
			if v > 0 {
				r.Bars = append(r.Bars, rowBar{fmt.Sprintf("part%d", i), coordinate(scale.x(at)), coordinate(scale.x(at+v) - scale.x(at)), usertext.Clean(s.PartSays[i])})
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

// RowChart is a chart of one row per name, for the template "rows".
type RowChart struct {
	Title        string
	Height, Foot int // of the drawing, and where its vertical lines end
	Ticks        []rowTick
	Rows         []chartRow
}

type rowTick struct{ X, Label string }

type chartRow struct {
	Label, Under, Value, Says string
	Y                         int // the middle of the row
	Bars                      []rowBar
	// Dot and the interval from Left to Right; empty for none.
	Dot, Left, Right string
}

type rowBar struct{ Class, X, Width, Says string }

const (
	rowsLeft, rowsRight = 170, 590 // the axis; names stand to the left of it, values to the right
	firstRow, rowStep   = 20, 26   // the first row's middle, and from one to the next
	tallStep            = 38       // from one to the next where labels have two lines
	belowRows           = 38       // below the last row's middle
	labelsHeight        = 18       // of the ticks' labels
	longestLabel        = 24       // letters that have room
	mostDecades         = 6        // that a logarithmic axis names
	// logFrom is from which ratio of the largest value to the smallest a scale is
	// logarithmic: on another the small ones all look like zero.
	logFrom = 40
	// leastLog is the smallest value that a logarithmic axis can begin with.
	leastLog = 1e-9
)

func (c *RowChart) add(r chartRow) {
	step := rowStep
	if r.Under != "" {
		step = tallStep
	}
	r.Label, r.Under, r.Says = shortened(usertext.Clean(r.Label)), shortened(usertext.Clean(r.Under)), usertext.Clean(r.Says)
	r.Y = firstRow + step*len(c.Rows)
	c.Rows = append(c.Rows, r)
	c.Height = r.Y + belowRows
	c.Foot = c.Height - labelsHeight
}

func shortened(label string) string {
	if letters := []rune(label); len(letters) > longestLabel {
		return string(letters[:longestLabel-1]) + "…"
	}
	return label
}

// scale places values on the axis of a row chart.
type scale struct {
	lo, hi float64
	log    bool
}

// scaleOf reaches over all values, and from zero on where that leaves the small ones
// room.
func scaleOf(values []float64) scale {
	lo, hi := slices.Min(values), slices.Max(values)
	if lo > leastLog && hi/lo >= logFrom {
		return scale{math.Pow(10, math.Floor(math.Log10(lo))), math.Pow(10, math.Ceil(math.Log10(hi))), true}
	}
	ticks := axis.Ticks(min(lo, 0), max(hi, 0))
	return scale{ticks[0], ticks[len(ticks)-1], false}
}

func (s scale) x(v float64) float64 {
	at := func(v float64) float64 { return v }
	if s.log {
		at = math.Log
	}
	return rowsLeft + (rowsRight-rowsLeft)*(at(v)-at(s.lo))/(at(s.hi)-at(s.lo))
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
	for _, v := range values {
		out = append(out, rowTick{coordinate(s.x(v)), print(v)})
	}
	return out
}
