package figure

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// atOnce is where times below what can be measured are drawn, µs.
const atOnce = 300

// staleArm is an arm's episode with the arm's look.
type staleArm struct {
	analysis.Staleness
	look look
}

// staleArms are the arms of an episode that were measured, in the scenario's order.
func staleArms(s *analysis.Summary, episode string) []staleArm {
	looks := looksOf(s)
	var out []staleArm
	for i, a := range s.Arms {
		for _, one := range s.Staleness {
			if one.Arm != a.Name || one.Episode != episode || !a.Status.Measured() {
				continue
			}
			out = append(out, staleArm{one, looks[i]})
		}
	}
	return out
}

// stalenessFigures are those of a run's episodes: one for each, and one that sets all of them
// against the cost.
func stalenessFigures(s *analysis.Summary) []Figure {
	var out []Figure
	names := s.Episodes()
	for _, name := range names {
		drawn := staleArms(s, name)
		if len(drawn) == 0 {
			continue
		}
		suffix := ""
		if len(names) > 1 {
			suffix = "-" + name
		}
		out = append(out, stillAccepted(drawn, suffix))
	}
	if len(out) > 0 {
		out = append(out, priceOfBeingSure(s))
	}
	return out
}

// holder says how the credentials were used before they were taken back.
func holder(a analysis.Staleness) string {
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
		note:   fmt.Sprintf("Further left is better. Time since the revocation was acknowledged; %d revocations for each arm; %s. Thin dashed lines: what the design predicts.", drawn[0].Revocations, holder(drawn[0].Staleness)),
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
		said = append(said, fmt.Sprintf("%s: %d of %d at once%s", a.Arm, a.AtOnce, a.Revocations, longestOf(a.Staleness)))
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
				line(c, p, a.look.line, steps(a.Works, a.Longer)...)
			}))
		}
		p.Draw(c)
	}
	return f.figure()
}

// longestOf is the longest time seen, in words; where all stopped at once, how many might not.
func longestOf(a analysis.Staleness) string {
	if later, all := a.MostLater(); all {
		return fmt.Sprintf(" (so at most %s later)", unit.About(later))
	}
	if a.Longer == 0 {
		return ", longest " + unit.Micros(max(a.Longest, a.Within))
	}
	ended, some := a.LastEnded()
	if !some {
		return ", all longer than " + unit.Micros(a.Longest)
	}
	return fmt.Sprintf(", %d longer than %s, the others up to %s", a.Longer, unit.Micros(a.Longest), unit.Micros(ended))
}

// steps is the empirical share of times that are longer. It stays open at the end where some
// are longer than anybody waited.
func steps(works []float64, longer int) []point {
	out := []point{{clamped(0), 1}}
	for i, w := range works {
		if i >= len(works)-longer {
			return append(out, point{clamped(works[len(works)-1]), out[len(out)-1].y})
		}
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
