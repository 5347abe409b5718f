package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is one arm's plot in a stack with a common x axis.
type panel struct {
	title string
	look  look
	plot  *plot.Plot
}

// stack makes panels the body of f.
func (f frame) stack(panels []panel) Figure {
	f.width, f.height = stackSize(panels)
	if len(panels) > 0 {
		f.body = func(c draw.Canvas) { drawStack(c, panels) }
	}
	return f.figure()
}

const panelTitle = 15 // room for a panel's title above it

// stackSize holds the longest title, the panels and the axes.
func stackSize(panels []panel) (width, height vg.Length) {
	const (
		left  = 60 // the y axis' tick labels, and a title's glyph
		below = 34 // the x axis' ticks, their labels, its label
	)
	width = pageWidth
	for _, s := range panels {
		width = max(width, 2*margin+left+textStyle(smallSize, ink).Width(s.title))
	}
	return width, vg.Length(len(panels))*(panelHeight+panelTitle) + below
}

// drawStack draws panels below each other, their data areas aligned, each under
// its title. All but the last have an x axis without labels.
func drawStack(c draw.Canvas, panels []panel) {
	rows := make([][]*plot.Plot, len(panels))
	for i, s := range panels {
		rows[i] = []*plot.Plot{s.plot}
		if i < len(panels)-1 {
			hideLabels(&s.plot.X)
		}
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadTop: panelTitle, PadY: panelTitle}
	for i, row := range plot.Align(rows, tiles, c) {
		s := panels[i]
		s.plot.Draw(row[0])
		data := s.plot.DataCanvas(row[0])
		at := vg.Point{X: data.Min.X, Y: data.Max.Y + panelTitle - 2}
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
