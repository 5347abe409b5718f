package figure

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/show/axis"
)

// Logarithmic axes are linear for gonum: it gets the logarithms to base ten, and the ticks'
// labels have the values.

// logTicks labels the numbers 1, 2 and 5 of each decade between two logarithms,
// or only the powers of ten where that would be too many.
func logTicks(lo, hi float64, print func(float64) string) plot.ConstantTicks {
	const crowded = 3 // decades, of three labels each
	var out plot.ConstantTicks
	for decade := math.Floor(lo); decade <= hi; decade++ {
		for n := 1; n <= 9; n++ {
			v := decade + math.Log10(float64(n))
			if v < lo-1e-9 || v > hi+1e-9 {
				continue
			}
			t := plot.Tick{Value: v}
			if n == 1 || (n == 2 || n == 5) && hi-lo <= crowded {
				t.Label = trimZeros(print(math.Pow(10, v)))
			}
			out = append(out, t)
		}
	}
	return out
}

// logRange widens a range of positive values to the next numbers 1, 2 or 5 of a
// decade outside it and returns their logarithms: two ticks at least.
func logRange(lo, hi float64) (float64, float64) {
	down, _ := axis.Round(lo)
	_, up := axis.Round(hi)
	return math.Log10(down), math.Log10(up)
}

// linearTicks labels about four round numbers from 0 to hi.
func linearTicks(hi float64, print func(float64) string) plot.ConstantTicks {
	step, _ := axis.Round(hi / 4)
	var out plot.ConstantTicks
	if step == 0 {
		return out
	}
	for k := 0.0; k*step <= hi+1e-9*step; k++ {
		label := "0" // of whatever unit
		if k != 0 {
			label = trimZeros(print(k * step))
		}
		out = append(out, plot.Tick{Value: k * step, Label: label})
	}
	return out
}

// trimZeros removes trailing zeros, which clutter an axis: "20.0 µs" becomes "20 µs".
func trimZeros(text string) string {
	number, symbol, _ := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + symbol)
}

// nines is the coordinate of a quantile on an axis with equal steps between 90 %, 99 % and
// 99.9 %.
func nines(p float64) float64 { return -math.Log10(1 - p) }

// ninesTicks labels the axis of quantiles. It does not round: 99.99 % must not become 100 %.
func ninesTicks(hi float64) plot.ConstantTicks {
	out := plot.ConstantTicks{{Value: 0, Label: "0 %"}, {Value: nines(0.5), Label: "50 %"}}
	for k := 1; float64(k) <= hi+1e-9; k++ {
		label := strconv.FormatFloat(100-math.Pow(10, float64(2-k)), 'f', max(0, k-2), 64)
		out = append(out, plot.Tick{Value: float64(k), Label: label + " %"})
	}
	return out
}

// gridLines draws a faint line at each labelled tick of the given ones.
type gridLines struct{ x, y plot.ConstantTicks }

// Plot implements [plot.Plotter].
func (g gridLines) Plot(c draw.Canvas, p *plot.Plot) {
	sty := draw.LineStyle{Color: rule, Width: 0.5}
	x, y := p.Transforms(&c)
	for _, t := range g.x {
		if at := x(t.Value); c.ContainsX(at) && !t.IsMinor() {
			c.StrokeLine2(sty, at, c.Min.Y, at, c.Max.Y)
		}
	}
	for _, t := range g.y {
		if at := y(t.Value); c.ContainsY(at) && !t.IsMinor() {
			c.StrokeLine2(sty, c.Min.X, at, c.Max.X, at)
		}
	}
}

// line strokes a path through points in the plot's coordinates, clipped to the canvas. Unlike
// gonum's lines it does not affect the layout, so that stacked plots stay aligned.
func line(c draw.Canvas, p *plot.Plot, sty draw.LineStyle, points ...point) {
	x, y := p.Transforms(&c)
	path := make([]vg.Point, len(points))
	for i, at := range points {
		path[i] = vg.Point{X: x(at.x), Y: y(at.y)}
	}
	c.StrokeLines(sty, c.ClipLinesXY(path)...)
}

type point struct{ x, y float64 }

// plotterFunc is a [plot.Plotter] without state.
type plotterFunc func(draw.Canvas, *plot.Plot)

// Plot implements [plot.Plotter].
func (f plotterFunc) Plot(c draw.Canvas, p *plot.Plot) { f(c, p) }
