package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/internal/judge/analysis"
)

// Lengths in points.
const (
	pageWidth = 540 // 7.5 in: the text width of a page
	margin    = 12
	gap       = 5
	// rowHeight holds a bar and air, panelHeight a distribution that can be read.
	rowHeight   = 24
	panelHeight = 62
	curveHeight = 290
)

// Font sizes in points: the smallest is readable when a figure is printed at
// two thirds of its size.
const (
	titleSize = 13
	textSize  = 9.5
	smallSize = 8.5
)

// bold is the weight that golang.org/x/image/font calls WeightBold.
const bold = 3

var (
	ink    = color.RGBA{0x1a, 0x1a, 0x1a, 0xff}
	muted  = color.RGBA{0x55, 0x55, 0x55, 0xff}
	rule   = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	floor  = color.RGBA{0x82, 0x82, 0x82, 0xff} // the baseline, and the part of others that it explains
	accent = color.RGBA{0xb0, 0x3a, 0x00, 0xff} // what was left out
)

// palette is that of Okabe and Ito (2008), whose colours people with common forms of colour
// blindness can tell apart. It lacks their yellow, which is hard to see on white, and their
// black, which is the colour of text. Neighbours differ most.
var palette = [...]color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
}

// dashes distinguish lines in grey print; the first is solid. Their number has no common divisor
// with the palette's, so that 30 arms differ in colour or dashes.
var dashes = [...][]vg.Length{nil, {7, 2}, {2, 2}, {9, 2, 2, 2}, {4, 2}}

// glyphs mark the same points on each line.
var glyphs = [len(dashes)]draw.GlyphDrawer{
	draw.CircleGlyph{}, polygon{4, math.Pi / 4}, polygon{3, math.Pi / 2}, polygon{4, 0}, polygon{3, -math.Pi / 2},
}

// polygon is a filled glyph with that many corners, the first at an angle.
type polygon struct {
	corners int
	angle   float64
}

// DrawGlyph implements [draw.GlyphDrawer].
func (p polygon) DrawGlyph(c *draw.Canvas, sty draw.GlyphStyle, at vg.Point) {
	points := make([]vg.Point, p.corners)
	for i := range points {
		sin, cos := math.Sincos(p.angle + 2*math.Pi*float64(i)/float64(p.corners))
		// A polygon looks smaller than the circle around it.
		r := 1.25 * sty.Radius
		points[i] = vg.Point{X: at.X + r*vg.Length(cos), Y: at.Y + r*vg.Length(sin)}
	}
	c.FillPolygon(sty.Color, points)
}

// look is how an arm is drawn in every figure.
type look struct {
	line  draw.LineStyle
	glyph draw.GlyphStyle
}

// looksOf returns the arms' looks, by their index.
func looksOf(s *analysis.Summary) []look {
	out := make([]look, len(s.Arms))
	n := 0
	for i, a := range s.Arms {
		colour, pattern := floor, 0
		if a.Name != s.Baseline {
			colour, pattern = palette[n%len(palette)], (n+1)%len(dashes)
			n++
		}
		out[i] = look{
			line:  draw.LineStyle{Color: colour, Width: 1.5, Dashes: dashes[pattern]},
			glyph: draw.GlyphStyle{Color: colour, Radius: 2.6, Shape: glyphs[pattern]},
		}
	}
	return out
}

// textStyle is the one typeface of all figures.
func textStyle(size vg.Length, colour color.Color) text.Style {
	return text.Style{
		Color:   colour,
		Font:    font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		Handler: plot.DefaultTextHandler,
	}
}

func boldStyle(size vg.Length) text.Style {
	s := textStyle(size, ink)
	s.Font.Weight = bold
	return s
}

// newPlot returns an empty plot in the common style.
func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil // the frame is white already
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: muted, Width: 0.6}
		axis.Tick.LineStyle = axis.LineStyle
		axis.Tick.Length = 4
		axis.Padding = 0
		label, tick := textStyle(textSize, ink), textStyle(smallSize, ink)
		label.XAlign, label.YAlign = axis.Label.TextStyle.XAlign, axis.Label.TextStyle.YAlign
		tick.XAlign, tick.YAlign = axis.Tick.Label.XAlign, axis.Tick.Label.YAlign
		axis.Label.TextStyle, axis.Tick.Label = label, tick
		axis.Label.Padding = gap
	}
	return p
}
