package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// shownShare is the share of each arm's requests within the axis of a histogram. The rest are
// single requests that would stretch the axis over decades.
const shownShare = 0.999

// histogram draws each arm's response times as a panel of log-width bins.
func histogram(l load) Figure {
	drawn := l.drawn(func(a arm) bool { return len(densities(a.dist)) > 0 })
	f := frame{
		name: "latency-histogram", title: "Distribution of response times",
		note: sentence(l.describe()) + ". Height: share of the requests, on the same scale for all arms. " +
			"Lines: p50, and p99 (dashed), as in the table. The axis ends where the last arm has " + trimZeros(unit.Percent(shownShare)) + " of its requests.",
		legend: leftOut(l, drawn),
	}
	f.alt = f.title + ". " + sentence(l.describe()) + ". " + describeQuantiles(drawn)
	return f.stack(histogramPanels(drawn))
}

// leftOut lists the arms that have no panel.
func leftOut(l load, drawn []arm) []entry {
	var out []entry
	for _, e := range legendOf(l, drawn) {
		if e.out {
			out = append(out, e)
		}
	}
	return out
}

// density is one bin: its edges as logarithms, and its share of the requests.
type density struct{ lo, hi, share float64 }

// densities returns the bins that a logarithmic axis can show.
func densities(d analysis.Distribution) []density {
	total := int64(0)
	for _, b := range d.Bins {
		total += max(0, b.Count)
	}
	var out []density
	for _, b := range d.Bins {
		if b.LoMicros > 0 && b.HiMicros > b.LoMicros && finite(b.HiMicros) && b.Count > 0 {
			out = append(out, density{math.Log10(b.LoMicros), math.Log10(b.HiMicros), float64(b.Count) / float64(total)})
		}
	}
	return out
}

// axisEnd is the upper edge of the bin in which shownShare is reached.
func axisEnd(bins []density) float64 {
	sum := 0.0
	for _, b := range bins {
		if sum += b.share; sum >= shownShare {
			return b.hi
		}
	}
	return bins[len(bins)-1].hi
}

func histogramPanels(drawn []arm) []panel {
	if len(drawn) == 0 {
		return nil
	}
	lo, hi, highest := densities(drawn[0].dist)[0].lo, axisEnd(densities(drawn[0].dist)), 0.0
	for _, a := range drawn {
		bins := densities(a.dist)
		lo, hi = min(lo, bins[0].lo), max(hi, axisEnd(bins))
		for _, b := range bins {
			highest = max(highest, b.share)
		}
	}
	ticks := logTicks(lo, hi, unit.Micros)
	var out []panel
	for _, a := range drawn {
		p := newPlot()
		p.X.Label.Text = "response time"
		p.X.Min, p.X.Max = lo, hi
		p.X.Tick.Marker = ticks
		p.Y.Min, p.Y.Max = 0, highest
		p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0 %"}, {Value: highest, Label: unit.Percent(highest)}}
		p.Add(gridLines{x: ticks}, plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawHistogram(c, p, a) }))
		out = append(out, panel{title: histogramTitle(a), look: a.look, plot: p})
	}
	return out
}

func histogramTitle(a arm) string {
	title := a.name
	for _, p := range shownQuantiles {
		if e, ok := a.quantile(p); ok {
			title += " · " + p + " " + unit.Micros(e.Value)
		}
	}
	return title
}

func drawHistogram(c draw.Canvas, p *plot.Plot, a arm) {
	x, y := p.Transforms(&c)
	colour := a.look.line.Color
	for _, b := range densities(a.dist) {
		if b.hi > p.X.Max+1e-9 {
			break
		}
		c.FillPolygon(tint(colour), []vg.Point{{X: x(b.lo), Y: y(0)}, {X: x(b.lo), Y: y(b.share)}, {X: x(b.hi), Y: y(b.share)}, {X: x(b.hi), Y: y(0)}})
		c.StrokeLine2(draw.LineStyle{Color: colour, Width: 1.2}, x(b.lo), y(b.share), x(b.hi), y(b.share))
	}
	for i, q := range shownQuantiles {
		if e, ok := a.quantile(q); ok && e.Value > 0 {
			sty := draw.LineStyle{Color: ink, Width: 0.9, Dashes: [...][]vg.Length{nil, {3, 2}}[i]}
			line(c, p, sty, point{math.Log10(e.Value), 0}, point{math.Log10(e.Value), p.Y.Max})
		}
	}
}

// tint is a colour's lighter self, solid, since grey print and old viewers
// render transparency differently.
func tint(colour color.Color) color.Color {
	r, g, b, _ := colour.RGBA()
	lighten := func(v uint32) uint8 { return uint8((v>>8 + 2*0xff) / 3) }
	return color.RGBA{lighten(r), lighten(g), lighten(b), 0xff}
}
