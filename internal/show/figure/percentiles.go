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

// percentiles draws the latency of every arm by percentile. Closed load gives
// service times under saturation, which are nobody's latency, and says so.
func percentiles(l load) Figure {
	f := frame{
		name: "latency-percentiles", title: "Response time by percentile",
		note: "Lower is better. " + sentence(l.describe()) + ". From the moment a request was due to the last byte of its answer; valid credentials. Requests of all launches together: a slow launch raises the tail here, but not in the table, which has the median of the launches.",
	}
	if l.kind == bench.Closed {
		f.name, f.title = "service-percentiles", "Service time under saturation, by percentile"
		f.note = sentence(l.describe()) + ", so that the server is busy all the time. This is the price of saturation, not the latency of a service in use."
	}
	drawn := l.drawn(func(a arm) bool { return len(curve(a.dist)) > 0 })
	f.legend = legendOf(l, drawn)
	f.alt = f.title + ". " + sentence(l.describe()) + ". " + describeQuantiles(drawn)
	f.height = curveHeight
	if len(drawn) > 0 {
		p := percentilePlot(drawn)
		// The last tick's label is centred on the right edge: leave room for it.
		f.body = func(c draw.Canvas) { p.Draw(draw.Crop(c, 0, -2*lineHeight(textSize), 0, 0)) }
	}
	return f.figure()
}

// curve returns the points of a distribution that a logarithmic plot can show:
// x by [nines], y the logarithm of the time.
func curve(d analysis.Distribution) []point {
	var out []point
	for _, q := range d.Quantiles {
		if q.P >= 0 && q.P < 1 && q.Micros > 0 && finite(q.Micros) {
			out = append(out, point{nines(q.P), math.Log10(q.Micros)})
		}
	}
	return out
}

func percentilePlot(drawn []arm) *plot.Plot {
	right, micros := 1.0, span{}
	for _, a := range drawn {
		for _, q := range a.dist.Quantiles {
			micros.add(q.Micros)
		}
		c := curve(a.dist)
		right = max(right, c[len(c)-1].x)
	}
	p := newPlot()
	p.X.Label.Text = "percentile of requests"
	p.X.Min, p.X.Max = 0, right
	p.Y.Min, p.Y.Max = logRange(micros.lo, micros.hi)
	x, y := ninesTicks(right), logTicks(p.Y.Min, p.Y.Max, unit.Micros)
	p.X.Tick.Marker, p.Y.Tick.Marker = x, y
	p.Add(gridLines{x, y})
	for _, a := range drawn {
		p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawCurve(c, p, a) }))
	}
	return p
}

// drawCurve draws an arm's line, with a glyph at each labelled percentile and at
// its end, where the samples end.
func drawCurve(c draw.Canvas, p *plot.Plot, a arm) {
	points := curve(a.dist)
	line(c, p, a.look.line, points...)
	x, y := p.Transforms(&c)
	end := points[len(points)-1]
	c.DrawGlyphNoClip(a.look.glyph, vg.Point{X: x(end.x), Y: y(end.y)})
	for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		if height, ok := heightAt(points, t.Value); ok {
			c.DrawGlyphNoClip(a.look.glyph, vg.Point{X: x(t.Value), Y: y(height)})
		}
	}
}

// heightAt interpolates between points of rising x; ok is false beyond them.
func heightAt(points []point, x float64) (y float64, ok bool) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		if a.x <= x && x <= b.x && a.x < b.x {
			return a.y + (b.y-a.y)*(x-a.x)/(b.x-a.x), true
		}
	}
	return 0, false
}

// shownQuantiles are those that texts and marks name: the middle and the tail.
var shownQuantiles = [...]string{"p50", "p99"}

// describeQuantiles lists median and 99th percentile of each arm.
func describeQuantiles(arms []arm) string {
	var parts []string
	for _, a := range arms {
		var found []string
		for _, p := range shownQuantiles {
			if e, ok := a.quantile(p); ok {
				found = append(found, p+" "+unit.Micros(e.Value))
			}
		}
		if len(found) > 0 {
			parts = append(parts, fmt.Sprintf("%s: %s", a.name, strings.Join(found, ", ")))
		}
	}
	return strings.Join(parts, "; ") + "."
}

// sentence gives text a capital.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
