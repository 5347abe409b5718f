package figure

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// overTime draws response times against the time since a ramp began, a curve per arm.
func overTime(l load) Figure {
	var loads []analysis.Load
	for _, a := range l.arms {
		loads = append(loads, a.Load)
	}
	quantile := analysis.RampQuantile(loads...)
	f := frame{
		name: "response-over-time", title: "Response time (" + quantile + ") while the rate changes",
		note: "Lower is better. Rate: " + l.arms[0].Ramp + ". Requests stand where they ended, all launches together. The axis of times is logarithmic. Vertical bars: 95 % intervals over launches in this run.",
	}
	var drawn []arm
	var said []string
	micros, end := span{}, 0.0
	for _, a := range l.drawn(func(a arm) bool { return len(course(a, quantile)) > 0 }) {
		drawn = append(drawn, a)
		longest := span{}
		for _, at := range course(a, quantile) {
			for _, v := range []float64{at.lo, at.y, at.hi} {
				micros.add(math.Pow(10, v))
			}
			longest.add(math.Pow(10, at.y))
			end = max(end, at.x)
		}
		said = append(said, fmt.Sprintf("%s: %s", a.name, longest.format(unit.Micros)))
	}
	f.legend, f.height = legendOf(l, drawn), curveHeight
	f.alt = f.title + ". " + strings.Join(said, "; ") + "."
	if len(drawn) == 0 {
		return f.figure()
	}
	f.body = func(c draw.Canvas) {
		p := newPlot()
		p.X.Label.Text = "time since the ramp began"
		p.X.Min, p.X.Max = 0, end
		p.Y.Min, p.Y.Max = logRange(micros.lo, micros.hi)
		seconds := func(v float64) string { return unit.Micros(1e6 * v) }
		x, y := linearTicks(end, seconds), logTicks(p.Y.Min, p.Y.Max, unit.Micros)
		p.X.Tick.Marker, p.Y.Tick.Marker = x, y
		p.Add(gridLines{x, y})
		for _, a := range drawn {
			p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawSwept(c, p, a, course(a, quantile)) }))
		}
		p.Draw(c)
	}
	return f.figure()
}

// course are the parts of an arm's ramp that have a quantile: seconds, and logarithms of times.
func course(a arm, quantile string) []sweptPoint {
	var out []sweptPoint
	for _, part := range a.Course {
		if at, ok := onLogAxis(part.From+part.Length/2, part.Metrics["response_"+quantile+"_us"]); ok {
			out = append(out, at)
		}
	}
	return out
}

// onLogAxis is a place with an estimate on a logarithmic axis, false if it has none there.
func onLogAxis(x float64, y analysis.Estimate) (sweptPoint, bool) {
	if !positive(y.Value) {
		return sweptPoint{}, false
	}
	at := sweptPoint{point: point{x, math.Log10(y.Value)}}
	at.lo, at.hi = at.y, at.y
	if y.Lo != nil && y.Hi != nil && positive(*y.Lo) && positive(*y.Hi) && *y.Lo <= *y.Hi {
		at.lo, at.hi = math.Log10(*y.Lo), math.Log10(*y.Hi)
	}
	return at, true
}
