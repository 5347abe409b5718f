package figure

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// atOnce is where times below what can be measured are drawn, µs.
const atOnce = 300

// staleArm is an arm's episode with the arm's look.
type staleArm struct {
	analysis.Staleness
	look look
	cpu  analysis.Estimate // above the baseline, µs
	ok   bool              // cpu is known
}

// staleArms are the arms of an episode that may be compared, in the scenario's order.
func staleArms(s *analysis.Summary, episode string) []staleArm {
	looks := looksOf(s)
	var out []staleArm
	for i, a := range s.Arms {
		for _, one := range s.Staleness {
			if one.Arm != a.Name || one.Episode != episode || a.Status != analysis.ArmOK {
				continue
			}
			at := staleArm{Staleness: one, look: looks[i]}
			at.cpu, at.ok = aboveBaseline(a)
			out = append(out, at)
		}
	}
	return out
}

// aboveBaseline is what an arm's requests cost more than the baseline's, under the load of
// which tables show the costs: a closed one, or an open one where there is none.
func aboveBaseline(a analysis.Arm) (analysis.Estimate, bool) {
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		i := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Kind == kind })
		if i < 0 {
			continue
		}
		c, ok := a.Loads[i].VersusBaseline["cpu_us_per_request"]
		return analysis.Estimate{Value: c.Difference, Lo: &c.DifferenceLo, Hi: &c.DifferenceHi, N: c.N}, ok
	}
	return analysis.Estimate{}, false
}

// stalenessFigures are those of a run's episodes, two for each.
func stalenessFigures(s *analysis.Summary) []Figure {
	var names []string
	for _, one := range s.Staleness {
		if !slices.Contains(names, one.Episode) {
			names = append(names, one.Episode)
		}
	}
	var out []Figure
	for _, name := range names {
		drawn := staleArms(s, name)
		if len(drawn) == 0 {
			continue
		}
		suffix := ""
		if len(names) > 1 {
			suffix = "-" + name
		}
		out = append(out, stillAccepted(drawn, suffix), priceOfBeingSure(drawn, suffix))
	}
	return out
}

// holder says how the credentials were used before they were taken back.
func holder(a staleArm) string {
	if a.ClientRate == 0 {
		return "each credential was used just before (the worst case)"
	}
	return fmt.Sprintf("each credential was used %s times a second before", unit.Plain(a.ClientRate, 0))
}

// clamped is a time as it is drawn: not before atOnce.
func clamped(micros float64) float64 { return math.Log10(max(atOnce, micros)) }

// stillAccepted draws which share of the credentials still works, against the time since
// their revocation was acknowledged.
func stillAccepted(drawn []staleArm, suffix string) Figure {
	f := frame{
		name: "revocation" + suffix, title: "Revoked credentials that still work",
		note:   fmt.Sprintf("Further left is better. Time since the revocation was acknowledged; %d revocations for each arm; %s. Thin dashes: what the design lets one expect.", drawn[0].Revocations, holder(drawn[0])),
		height: curveHeight,
	}
	longest := 10.0 * atOnce
	var said []string
	for _, a := range drawn {
		f.legend = append(f.legend, entry{text: a.Arm, look: a.look})
		longest = max(longest, a.Longest)
		if a.Law != nil {
			longest = max(longest, a.Law.Bound)
		}
		said = append(said, fmt.Sprintf("%s: %d of %d at once, longest %s", a.Arm, a.AtOnce, a.Revocations, unit.Micros(a.Longest)))
	}
	f.alt = f.title + ". " + strings.Join(said, "; ") + "."
	f.body = func(c draw.Canvas) {
		p := newPlot()
		p.X.Label.Text, p.Y.Label.Text = "time since the revocation", "still accepted"
		_, hi := logRange(atOnce, longest)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = math.Log10(atOnce), hi, 0, 1
		x := logTicks(p.X.Min, p.X.Max, unit.Micros)
		x = append(x, plot.Tick{Value: p.X.Min, Label: "at once"})
		var y plot.ConstantTicks
		for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
			y = append(y, plot.Tick{Value: v, Label: unit.Plain(100*v, 0) + " %"})
		}
		p.X.Tick.Marker, p.Y.Tick.Marker = x, y
		p.Add(gridLines{x, y})
		for _, a := range drawn {
			p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) {
				if a.Law != nil {
					line(c, p, draw.LineStyle{Color: a.look.line.Color, Width: 0.7, Dashes: []vg.Length{2, 2}}, lawCurve(a.Law, p.X.Max)...)
				}
				line(c, p, a.look.line, steps(a.Works)...)
			}))
		}
		p.Draw(c)
	}
	return f.figure()
}

// steps is the empirical share of times that are longer.
func steps(works []float64) []point {
	out := []point{{clamped(0), 1}}
	for i, w := range works {
		x := clamped(w)
		out = append(out, point{x, out[len(out)-1].y}, point{x, 1 - float64(i+1)/float64(len(works))})
	}
	return out
}

func lawCurve(l *analysis.Law, until float64) []point {
	const points = 200
	from := clamped(0)
	var out []point
	for i := 0; i <= points; i++ {
		x := from + (until-from)*float64(i)/points
		out = append(out, point{x, l.Accepted(math.Pow(10, x))})
	}
	return out
}

// priceOfBeingSure draws what a request costs against how long revoked credentials work on.
func priceOfBeingSure(drawn []staleArm, suffix string) Figure {
	f := frame{
		name: "staleness-cost" + suffix, title: "What it costs to be sure",
		note: fmt.Sprintf("Lower and further left is better. Horizontally: the time within which 95 %% of %d revoked credentials stop working; %s. Vertically: server CPU per request above the baseline, store and issuer included. Bars: 95 %% intervals in this run; an arrow stands for an end that so few revocations cannot tell.",
			drawn[0].Revocations, holder(drawn[0])),
		height: curveHeight,
	}
	shown := slices.DeleteFunc(slices.Clone(drawn), func(a staleArm) bool { return !a.ok })
	longest, lo, hi := 10.0*atOnce, 0.0, 1.0
	var said []string
	for _, a := range shown {
		f.legend = append(f.legend, entry{text: a.Arm, look: a.look})
		longest = max(longest, a.P95.Value)
		if a.P95.Hi != nil {
			longest = max(longest, *a.P95.Hi)
		}
		lo, hi = min(lo, *a.cpu.Lo), max(hi, *a.cpu.Hi)
		said = append(said, fmt.Sprintf("%s: %s for %s", a.Arm, unit.Micros(a.cpu.Value), unit.Micros(a.P95.Value)))
	}
	f.alt = f.title + ". " + strings.Join(said, "; ") + "."
	if len(shown) == 0 {
		return f.figure()
	}
	f.body = func(c draw.Canvas) {
		p := newPlot()
		p.X.Label.Text, p.Y.Label.Text = "95 % of the revoked credentials stop working within", "CPU per request above the baseline"
		_, most := logRange(atOnce, longest)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = math.Log10(atOnce)-0.12, most+0.2, lo, 1.08*hi
		x, y := logTicks(p.X.Min, p.X.Max, unit.Micros), linearTicks(p.Y.Max, unit.Micros)
		for i := range x { // a place that stands for less than can be measured
			if x[i].Value <= math.Log10(atOnce) {
				x[i].Label = ""
			}
		}
		x = append(x, plot.Tick{Value: math.Log10(atOnce), Label: "at once"})
		p.X.Tick.Marker, p.Y.Tick.Marker = x, y
		p.Add(gridLines{x, y})
		for _, a := range shown {
			p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawPrice(c, p, a) }))
		}
		p.Draw(c)
	}
	return f.figure()
}

// arrow is the part of the plot's width that an arrow takes.
const arrow = 0.04

func drawPrice(c draw.Canvas, p *plot.Plot, a staleArm) {
	bar := draw.LineStyle{Color: a.look.line.Color, Width: 1}
	x, y := p.Transforms(&c)
	at := point{clamped(a.P95.Value), a.cpu.Value}
	line(c, p, bar, point{at.x, *a.cpu.Lo}, point{at.x, *a.cpu.Hi})
	from, to := at.x, at.x
	if a.P95.Lo != nil {
		from = clamped(*a.P95.Lo)
	}
	switch {
	case a.Longest == 0:
	case a.P95.Hi != nil:
		to = clamped(*a.P95.Hi)
	default:
		to = at.x + arrow*(p.X.Max-p.X.Min)
		tip := vg.Point{X: x(to), Y: y(at.y)}
		c.StrokeLines(bar, []vg.Point{{X: tip.X - 4, Y: tip.Y + 2.5}, tip, {X: tip.X - 4, Y: tip.Y - 2.5}})
	}
	line(c, p, bar, point{from, at.y}, point{to, at.y})
	c.DrawGlyphNoClip(a.look.glyph, vg.Point{X: x(at.x), Y: y(at.y)})
}
