package figure

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// sweptPoint is a level of a sweep, or a part of a ramp, as the figure shows it: logarithms,
// but for a ramp's seconds.
type sweptPoint struct {
	point
	lo, hi float64 // the interval of y; equal for none
}

// swept returns an arm's levels that a logarithmic plot can show.
func swept(a arm, quantile string) []sweptPoint {
	var out []sweptPoint
	for _, l := range a.Levels {
		x, y := l.Metrics["throughput_rps"], l.Metrics["response_"+quantile+"_us"]
		if at, ok := onLogAxis(math.Log10(x.Value), y); ok && positive(x.Value) {
			out = append(out, at)
		}
	}
	return out
}

func positive(v float64) bool { return finite(v) && v > 0 }

// goal is an objective with the arms' capacities under it.
type goal struct {
	bench.Objective
	arms []arm
}

// goalOf returns the objective of the first search that is about a quantile which
// sweeps have.
func goalOf(capacities []load) goal {
	for _, l := range capacities {
		if len(l.arms) == 0 {
			continue
		}
		o, err := bench.ParseObjective(l.arms[0].SLO)
		if err == nil && (o.Name == "p50" || o.Name == "p90" || o.Name == "p99") {
			return goal{o, l.drawn(func(a arm) bool { _, _, ok := capacityOf(a); return ok })}
		}
	}
	return goal{Objective: bench.Objective{Name: "p99"}}
}

// capacityOf returns an arm's capacity, and whether it is only a lower bound.
func capacityOf(a arm) (e analysis.Estimate, atLeast, ok bool) {
	if e, ok = a.metric("capacity_rps"); ok {
		return e, false, positive(e.Value)
	}
	e, ok = a.metric("capacity_at_least_rps")
	return e, true, ok && positive(e.Value)
}

// latencyThroughput draws a sweep: response time against throughput, a curve per
// arm, and where each of them meets the objective.
func latencyThroughput(l load, g goal) Figure {
	f := frame{
		name: "latency-throughput", title: "Response time (" + g.Name + ") against throughput",
		note: "Lower and further right is better. " + sentence(l.describe()) + ", all launches together. Both axes are logarithmic. Vertical bars: 95 % intervals over launches in this run.",
	}
	if g.Limit > 0 {
		f.note += fmt.Sprintf(" Horizontal line: the objective %v. Thick bars on it: each arm's capacity with its interval.", g.Objective)
	}
	drawn := l.drawn(func(a arm) bool { return len(swept(a, g.Name)) > 0 })
	f.legend = legendOf(l, drawn)
	f.alt = f.title + ". " + sentence(l.describe()) + ". " + describeSweep(drawn, g.Name)
	f.height = curveHeight
	if len(drawn) > 0 {
		f.body = sweepPlot(drawn, g).Draw
	}
	return f.figure()
}

func sweepPlot(drawn []arm, g goal) *plot.Plot {
	rate, micros := span{}, span{}
	for _, a := range drawn {
		for _, at := range swept(a, g.Name) {
			rate.add(math.Pow(10, at.x))
			micros.add(math.Pow(10, at.y))
			if at.lo < at.hi {
				micros.add(math.Pow(10, at.lo))
				micros.add(math.Pow(10, at.hi))
			}
		}
	}
	micros.add(float64(g.Limit.Nanoseconds()) / 1e3)
	for _, a := range g.arms {
		lo, value, hi := capacitySpan(a)
		rate.add(lo)
		rate.add(value)
		rate.add(hi)
	}
	p := newPlot()
	p.X.Label.Text = "answers per second"
	p.X.Min, p.X.Max = logRange(rate.lo, rate.hi)
	p.Y.Min, p.Y.Max = logRange(micros.lo, micros.hi)
	x, y := logTicks(p.X.Min, p.X.Max, unit.Rate), logTicks(p.Y.Min, p.Y.Max, unit.Micros)
	p.X.Tick.Marker, p.Y.Tick.Marker = x, y
	p.Add(gridLines{x, y})
	if g.Limit > 0 {
		p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawGoal(c, p, g) }))
	}
	for _, a := range drawn {
		p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawSwept(c, p, a, swept(a, g.Name)) }))
	}
	return p
}

func drawSwept(c draw.Canvas, p *plot.Plot, a arm, points []sweptPoint) {
	x, y := p.Transforms(&c)
	path := make([]point, len(points))
	bar := draw.LineStyle{Color: a.look.line.Color, Width: 1}
	for i, at := range points {
		path[i] = at.point
		if at.lo < at.hi {
			line(c, p, bar, point{at.x, at.lo}, point{at.x, at.hi})
		}
	}
	line(c, p, a.look.line, path...)
	for _, at := range path {
		c.DrawGlyphNoClip(a.look.glyph, vg.Point{X: x(at.x), Y: y(at.y)})
	}
}

// drawGoal draws the objective's line, its name above it, and the capacities.
func drawGoal(c draw.Canvas, p *plot.Plot, g goal) {
	x, y := p.Transforms(&c)
	limit := math.Log10(float64(g.Limit.Nanoseconds()) / 1e3)
	line(c, p, draw.LineStyle{Color: accent, Width: 0.9, Dashes: []vg.Length{5, 3}}, point{p.X.Min, limit}, point{p.X.Max, limit})
	sty := textStyle(smallSize, accent)
	c.FillText(sty, vg.Point{X: c.Min.X + gap, Y: y(limit) + 2}, g.Objective.String())
	for _, a := range g.arms {
		lo, value, hi := capacitySpan(a)
		from, to := x(math.Log10(lo)), x(math.Log10(hi))
		c.StrokeLine2(draw.LineStyle{Color: a.look.line.Color, Width: 4}, from, y(limit), to, y(limit))
		at := vg.Point{X: x(math.Log10(value)), Y: y(limit)}
		c.StrokeLine2(draw.LineStyle{Color: a.look.line.Color, Width: 1.4}, at.X, at.Y-6, at.X, at.Y+6)
	}
}

// capacitySpan is an arm's capacity with its interval, if it has one.
func capacitySpan(a arm) (lo, value, hi float64) {
	e, _, _ := capacityOf(a)
	if e.Lo != nil && e.Hi != nil && positive(*e.Lo) && positive(*e.Hi) && *e.Lo <= *e.Hi {
		return *e.Lo, e.Value, *e.Hi
	}
	return e.Value, e.Value, e.Value
}

// describeSweep gives the first and the last point of each curve.
func describeSweep(drawn []arm, quantile string) string {
	var parts []string
	for _, a := range drawn {
		points := swept(a, quantile)
		at := func(p sweptPoint) string {
			return unit.Micros(math.Pow(10, p.y)) + " at " + unit.Rate(math.Pow(10, p.x))
		}
		parts = append(parts, fmt.Sprintf("%s: %s to %s", a.name, at(points[0]), at(points[len(points)-1])))
	}
	return strings.Join(parts, "; ") + "."
}

// capacity draws the highest rate that meets the objective as bars.
func capacity(l load) Figure {
	var rows []bar
	for _, a := range l.arms {
		r := metricBar(a, "capacity_rps", unit.PerSecond)
		if e, atLeast, ok := capacityOf(a); ok && atLeast && a.status == analysis.ArmOK {
			r = bar{name: a.name, pieces: []barPiece{{colour: a.look.line.Color, end: e.Value}}, text: "≥ " + unit.Rate(e.Value) + ", limited by the generator"}
		}
		rows = append(rows, r)
	}
	slo := l.arms[0].SLO // a load's arms share it
	note := "Higher is better. The highest rate that meets the objective " + slo + ", searched in each launch."
	note += intervalNote(rows, l.launches)
	return barFigure(frame{name: "capacity", title: "Capacity within " + slo, note: note}, "requests per second", unit.Rate, rows)
}
