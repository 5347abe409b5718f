package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// strip is one arm's panel in a stack with a common x axis.
type strip struct {
	title string
	look  look
	plot  *plot.Plot
}

// stack makes strips the body of f.
func (f frame) stack(strips []strip) Figure {
	f.width, f.height = stackSize(strips)
	if len(strips) > 0 {
		f.body = func(c draw.Canvas) { drawStack(c, strips) }
	}
	return f.figure()
}

const stripTitle = 15 // room for a strip's title above it

// stackSize holds the longest title, the strips and the axes.
func stackSize(strips []strip) (width, height vg.Length) {
	const (
		left  = 60 // the y axis' tick labels, and a title's glyph
		below = 34 // the x axis' ticks, their labels, its label
	)
	width = pageWidth
	for _, s := range strips {
		width = max(width, 2*margin+left+textStyle(smallSize, ink).Width(s.title))
	}
	return width, vg.Length(len(strips))*(stripHeight+stripTitle) + below
}

// drawStack draws strips below each other, their data areas aligned, each under
// its title. All but the last have an x axis without labels.
func drawStack(c draw.Canvas, strips []strip) {
	rows := make([][]*plot.Plot, len(strips))
	for i, s := range strips {
		rows[i] = []*plot.Plot{s.plot}
		if i < len(strips)-1 {
			hideLabels(&s.plot.X)
		}
	}
	tiles := draw.Tiles{Rows: len(strips), Cols: 1, PadTop: stripTitle, PadY: stripTitle}
	for i, row := range plot.Align(rows, tiles, c) {
		s := strips[i]
		s.plot.Draw(row[0])
		data := s.plot.DataCanvas(row[0])
		at := vg.Point{X: data.Min.X, Y: data.Max.Y + stripTitle - 2}
		c.DrawGlyphNoClip(s.look.glyph, vg.Point{X: at.X + gap, Y: at.Y - lineHeight(smallSize)/2})
		write(c, textStyle(smallSize, ink), vg.Point{X: at.X + 3*gap, Y: at.Y}, s.title)
	}
}

func hideLabels(a *plot.Axis) {
	a.Label.Text = ""
	ticks := a.Tick.Marker.Ticks(a.Min, a.Max)
	hidden := make(plot.ConstantTicks, len(ticks))
	for i, t := range ticks {
		hidden[i] = plot.Tick{Value: t.Value}
	}
	a.Tick.Marker = hidden
}
