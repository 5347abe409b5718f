package figure

import (
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// partLook is how a part of a method's cost is drawn, in every row alike.
var partLooks = []struct {
	part   analysis.Part
	colour color.Color
}{
	{analysis.PartServer, floor},
	{analysis.PartTransport, palette[5]},
	{analysis.PartParsing, palette[4]},
	{analysis.PartVerification, palette[0]},
	{analysis.PartOther, palette[1]},
}

// ladder draws what the costs of methods are made of: a bar each, step on step.
func ladder(s *analysis.Summary) Figure {
	f := frame{
		name: "cost-split", title: "What the cost is made of",
		note: "Server CPU per request under the " + s.Ladders[0].Load + " load. Each piece is what one arm adds to the arm before it in the same launches. A piece below zero is noise, and is not drawn.",
	}
	var rows []bar
	for _, l := range s.Ladders {
		rows = append(rows, ladderBar(l))
	}
	for _, look := range partLooks {
		uses := func(l analysis.Ladder) bool {
			return slices.ContainsFunc(l.Steps, func(step analysis.Step) bool { return step.Part == look.part })
		}
		if slices.ContainsFunc(s.Ladders, uses) {
			f.legend = append(f.legend, entry{text: string(look.part), look: areaSwatch(look.colour)})
		}
	}
	return barFigure(f, "CPU time per request", unit.Micros, rows)
}

// areaSwatch is the swatch of an area, which a thin line would not show.
func areaSwatch(colour color.Color) look { return look{line: draw.LineStyle{Color: colour, Width: 7}} }

func ladderBar(l analysis.Ladder) bar {
	r := bar{name: l.Arm, out: len(l.Steps) == 0, text: l.Missing}
	if r.out {
		return r
	}
	var parts []string
	reach := 0.0
	for _, step := range l.Steps {
		text := unit.Micros(step.Micros.Value)
		parts = append(parts, string(step.Part)+" "+text)
		reach = max(0, reach+step.Micros.Value)
		r.pieces = append(r.pieces, barPiece{colour: colourOf(step.Part), end: reach, label: text})
	}
	r.text = unit.Micros(reach)
	r.alt = strings.Join(parts, ", ")
	return r
}

func colourOf(p analysis.Part) color.Color {
	for _, look := range partLooks {
		if look.part == p {
			return look.colour
		}
	}
	return floor
}
