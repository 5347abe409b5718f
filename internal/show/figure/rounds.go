package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/axis"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// rounds draws CPU per request slice by slice: how noisy the machine was, and
// whether it drifted.
func rounds(l load) Figure {
	drawn := l.drawn(func(a arm) bool { return len(deviations(a)) > 0 })
	f := frame{
		name: "rounds", title: "Noise and drift: CPU per request, slice by slice",
		note: "Each dot is one slice: how far it is from the median of its arm, on the same scale for all arms. Black lines: the median of each launch. " +
			"Grey lines: a new launch, with fresh processes. Dots at an edge lie beyond it. On a quiet machine the black lines do not rise or fall, and they differ less than the dots do.",
		legend: leftOut(l, drawn),
	}
	f.alt = f.title + ". 90 % of all slices lie within " + unit.Percent(noise(drawn)) + " of the median of their arm."
	return f.stack(roundPanels(drawn))
}

// deviation is one slice: when, in which launch, and how far its CPU per request
// is from its arm's median, as a share of it.
type deviation struct {
	seconds float64
	launch  int
	share   float64
}

func deviations(a arm) []deviation {
	var values []float64
	for _, p := range a.points {
		if hasCPU(p) {
			values = append(values, p.CPUMicros)
		}
	}
	middle := stat.Median(values)
	var out []deviation
	for _, p := range a.points {
		if hasCPU(p) {
			out = append(out, deviation{p.Seconds, p.Launch, p.CPUMicros/middle - 1})
		}
	}
	return out
}

func hasCPU(p analysis.Point) bool {
	return finite(p.CPUMicros) && p.CPUMicros > 0 && finite(p.Seconds)
}

// noise is the deviation that 90 % of all slices do not exceed.
func noise(arms []arm) float64 {
	var all []float64
	for _, a := range arms {
		for _, d := range deviations(a) {
			all = append(all, math.Abs(d.share))
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)*9/10]
}

func roundPanels(drawn []arm) []panel {
	if len(drawn) == 0 {
		return nil
	}
	// The scale shows most slices. It is at least ±5 %, so that small noise does not look
	// large.
	edge := max(0.05, 1.6*noise(drawn))
	starts, lo, hi := launchStarts(drawn)
	ticks := launchTicks(starts, hi)
	step, _ := axis.Round(edge)
	scale := plot.ConstantTicks{{Value: -step, Label: "−" + trimZeros(unit.Percent(step))}, {Value: 0, Label: "0"}, {Value: step, Label: "+" + trimZeros(unit.Percent(step))}}
	var out []panel
	for _, a := range drawn {
		p := newPlot()
		p.X.Label.Text = "launch (" + trimZeros(unit.Duration((hi-lo)*1e9)) + " from the first slice to the last)"
		p.X.Min, p.X.Max = lo, hi
		p.X.Tick.Marker = ticks
		p.X.Tick.Length = 0
		p.Y.Min, p.Y.Max = -edge, edge
		p.Y.Tick.Marker = scale
		p.Add(gridLines{y: scale}, plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawRounds(c, p, a, starts) }))
		out = append(out, panel{title: roundTitle(a), look: a.look, plot: p})
	}
	return out
}

func roundTitle(a arm) string {
	if e, ok := a.metric(cpuMetric); ok {
		return a.name + " · " + unit.Micros(e.Value)
	}
	return a.name
}

// launchStart is when the first slice of a launch began.
type launchStart struct {
	launch  int
	seconds float64
}

// launchStarts returns the launches in the order of time, and the span of time.
func launchStarts(arms []arm) (starts []launchStart, lo, hi float64) {
	first := map[int]float64{}
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, a := range arms {
		for _, d := range deviations(a) {
			lo, hi = min(lo, d.seconds), max(hi, d.seconds)
			if at, seen := first[d.launch]; !seen || d.seconds < at {
				first[d.launch] = d.seconds
			}
		}
	}
	for launch, seconds := range first {
		starts = append(starts, launchStart{launch, seconds})
	}
	slices.SortFunc(starts, func(a, b launchStart) int {
		if a.seconds != b.seconds {
			return int(math.Copysign(1, a.seconds-b.seconds))
		}
		return a.launch - b.launch
	})
	return starts, lo, hi
}

// launchTicks numbers the launches in their middle, leaving out what would not
// fit.
func launchTicks(starts []launchStart, end float64) plot.ConstantTicks {
	const most = 20 // labels of two digits that stand side by side
	every := (len(starts) + most - 1) / most
	var out plot.ConstantTicks
	for i, s := range starts {
		next := end
		if i+1 < len(starts) {
			next = starts[i+1].seconds
		}
		if i%every == 0 {
			out = append(out, plot.Tick{Value: (s.seconds + next) / 2, Label: unit.Count(int64(s.launch))})
		}
	}
	return out
}

func drawRounds(c draw.Canvas, p *plot.Plot, a arm, starts []launchStart) {
	x, y := p.Transforms(&c)
	byLaunch := map[int][]float64{}
	dot := a.look.glyph
	dot.Radius = 1.4
	for _, s := range starts[1:] {
		c.StrokeLine2(draw.LineStyle{Color: rule, Width: 0.8}, x(s.seconds), c.Min.Y, x(s.seconds), c.Max.Y)
	}
	for _, d := range deviations(a) {
		byLaunch[d.launch] = append(byLaunch[d.launch], d.share)
		c.DrawGlyphNoClip(dot, vg.Point{X: x(d.seconds), Y: y(min(max(d.share, p.Y.Min), p.Y.Max))})
	}
	for i, s := range starts {
		end := p.X.Max
		if i+1 < len(starts) {
			end = starts[i+1].seconds
		}
		if shares := byLaunch[s.launch]; len(shares) > 0 {
			at := stat.Median(shares)
			line(c, p, draw.LineStyle{Color: ink, Width: 1.4}, point{s.seconds, at}, point{end, at})
		}
	}
}
