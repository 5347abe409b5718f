package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bar is one row: pieces from zero on, a whisker from lo to hi, and what it says
// in words.
type bar struct {
	name       string
	pieces     []barPiece
	lo, hi     float64
	text       string
	alt        string // what else the row says to those who cannot see it
	out        bool   // text says why there is no bar
	hasWhisker bool
}

// barPiece is a part of a bar: from where the one before ends up to its own end.
type barPiece struct {
	colour color.Color
	end    float64
	label  string // written into the piece where it has room
}

// value is where the bar ends, 0 for one without pieces.
func (r bar) value() float64 {
	reach := 0.0
	for _, p := range r.pieces {
		reach = max(reach, p.end)
	}
	return reach
}

// dataWidth is the least width that bars and their texts get beside the names.
const dataWidth = 330

// barPlot draws rows from top to bottom. Horizontal bars leave room for names of
// any length.
func barPlot(rows []bar, axisLabel string, print func(float64) string) *plot.Plot {
	p := newPlot()
	p.X.Label.Text = axisLabel
	p.X.Min, p.X.Max = 0, 0
	names := make(plot.ConstantTicks, len(rows))
	for i, r := range rows {
		names[i] = plot.Tick{Value: -float64(i), Label: r.name}
		p.X.Max = max(p.X.Max, r.value(), r.hi)
	}
	if p.X.Max == 0 {
		p.X.Max = 1
	}
	ticks := linearTicks(p.X.Max, print)
	p.X.Tick.Marker = ticks
	p.Y.Min, p.Y.Max = -float64(len(rows))+0.5, 0.5
	p.Y.Tick.Marker = names
	p.Y.Tick.Length = 0
	p.Add(gridLines{x: ticks}, bars(rows))
	return p
}

// barSize returns the width and height of a figure with these rows.
func barSize(rows []bar) (width, height vg.Length) {
	sty := textStyle(smallSize, ink)
	for _, r := range rows {
		width = max(width, sty.Width(r.name))
	}
	const axis = 34 // ticks, their labels, the axis label
	return max(pageWidth, width+dataWidth+2*margin), vg.Length(len(rows))*rowHeight + axis
}

type bars []bar

// Plot implements [plot.Plotter].
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, r := range b {
		middle := y(-float64(i))
		text := textStyle(smallSize, ink)
		text.YAlign = draw.YCenter
		if r.out {
			text.Color = accent
		}
		// The text covers the grid lines; gonum centres it a descent too low.
		at := vg.Point{X: x(r.end()) + gap, Y: middle}
		fillBar(c, color.White, at.X, at.X+text.Width(r.text), middle)
		c.FillText(text, at.Add(vg.Point{Y: text.FontExtents().Descent}), r.text)
		if r.out {
			continue
		}
		from := 0.0
		for _, p := range r.pieces {
			if p.end > from {
				fillBar(c, p.colour, x(from), x(p.end), middle)
				drawPieceLabel(c, p, x(from), x(p.end), middle)
				from = p.end
			}
		}
		if r.hasWhisker {
			whisker(c, x(r.lo), x(r.hi), middle)
		}
	}
}

// fillBar fills a bar's height around its middle.
func fillBar(c draw.Canvas, colour color.Color, from, to, middle vg.Length) {
	const half = rowHeight * 0.32
	c.FillPolygon(colour, []vg.Point{{X: from, Y: middle - half}, {X: to, Y: middle - half}, {X: to, Y: middle + half}, {X: from, Y: middle + half}})
}

// drawPieceLabel writes a piece's label into it, if it fits.
func drawPieceLabel(c draw.Canvas, p barPiece, from, to, middle vg.Length) {
	text := textStyle(smallSize, color.White)
	if r, g, b, _ := p.colour.RGBA(); (299*r+587*g+114*b)/1000 > 0x8fff { // as bright as that, dark text reads better
		text.Color = ink
	}
	text.XAlign, text.YAlign = draw.XCenter, draw.YCenter
	if p.label != "" && text.Width(p.label)+gap <= to-from {
		c.FillText(text, vg.Point{X: (from + to) / 2, Y: middle + text.FontExtents().Descent}, p.label)
	}
}

// end is where a row's text begins.
func (r bar) end() float64 {
	if r.out {
		return 0
	}
	return max(r.value(), r.hi)
}

// whisker draws an interval, with a white rim that shows it on dark bars.
func whisker(c draw.Canvas, lo, hi, y vg.Length) {
	const cap = 3
	for _, sty := range []draw.LineStyle{{Color: color.White, Width: 2.8}, {Color: ink, Width: 1}} {
		c.StrokeLine2(sty, lo, y, hi, y)
		c.StrokeLine2(sty, lo, y-cap, lo, y+cap)
		c.StrokeLine2(sty, hi, y-cap, hi, y+cap)
	}
}

// GlyphBoxes implements [plot.GlyphBoxer]: the texts need room on the right.
func (b bars) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	sty := textStyle(smallSize, ink)
	var out []plot.GlyphBox
	for _, r := range b {
		out = append(out, plot.GlyphBox{
			X:         p.X.Norm(r.end()),
			Y:         0.5,
			Rectangle: vg.Rectangle{Min: vg.Point{X: 0, Y: 0}, Max: vg.Point{X: gap + sty.Width(r.text), Y: 0}},
		})
	}
	return out
}
