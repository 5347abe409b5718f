package figure

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// frame is what all figures share: a title, a note, the body, a legend.
type frame struct {
	name, title, alt string
	// note says what is shown, and what is not.
	note   string
	legend []entry
	width  vg.Length
	height vg.Length // of the body
	// body draws the figure itself; nil if there is nothing to draw.
	body func(draw.Canvas)
}

// entry is an arm in the legend.
type entry struct {
	text string
	look look
	// out: the arm is not drawn.
	out bool
}

// legendOf lists all arms of a load, the drawn ones with their look.
func legendOf(l load, drawn []arm) []entry {
	var out []entry
	for _, a := range l.arms {
		e := entry{text: a.name + " (" + a.missing() + ")", look: a.look, out: true}
		for _, d := range drawn {
			if d.name == a.name {
				e.text, e.out = a.name, false
			}
		}
		out = append(out, e)
	}
	return out
}

// emptyHeight holds the words "no data".
const emptyHeight = 80

func (f frame) figure() Figure {
	if f.width == 0 {
		f.width = pageWidth
	}
	if f.body == nil {
		f.height, f.body = emptyHeight, noData
		f.alt = f.title + ": no data."
	}
	lines := wrap(f.note, textStyle(textSize, muted), f.width-2*margin)
	top := margin + lineHeight(titleSize) + vg.Length(len(lines))*lineHeight(textSize) + gap
	bottom := margin + f.legendHeight()
	return Figure{
		Name: f.name, Title: f.title, Alt: f.alt,
		width: f.width, height: top + f.height + bottom,
		draw: func(c draw.Canvas) {
			c.SetColor(color.White)
			c.Fill(c.Rectangle.Path())
			at := vg.Point{X: c.Min.X + margin, Y: c.Max.Y - margin}
			write(c, boldStyle(titleSize), at, f.title)
			at.Y -= lineHeight(titleSize)
			for _, l := range lines {
				write(c, textStyle(textSize, muted), at, l)
				at.Y -= lineHeight(textSize)
			}
			f.body(draw.Crop(c, margin, -margin, bottom, -top))
			f.drawLegend(draw.Crop(c, margin, -margin, margin, -top-f.height))
		},
	}
}

func noData(c draw.Canvas) {
	sty := textStyle(titleSize, muted)
	sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
	c.FillText(sty, c.Center(), "no data")
}

func lineHeight(size vg.Length) vg.Length { return 1.35 * size }

// write puts a line of text below and to the right of a point.
func write(c draw.Canvas, sty text.Style, at vg.Point, line string) {
	sty.YAlign = draw.YTop
	c.FillText(sty, at, line)
}

// wrap breaks text into lines of at most that width; a word that is longer has a
// line of its own.
func wrap(words string, sty text.Style, width vg.Length) []string {
	var out []string
	line := ""
	for _, word := range strings.Split(words, " ") {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && sty.Width(longer) > width {
			out, longer = append(out, line), word
		}
		line = longer
	}
	if line != "" {
		out = append(out, line)
	}
	return out
}

const (
	swatchWidth = 30 // long enough for the longest dash pattern to repeat
	columnGap   = 14
)

// legendColumns returns how many columns of entries fit, and how wide they are.
func (f frame) legendColumns() (columns int, width vg.Length) {
	sty := textStyle(textSize, ink)
	for _, e := range f.legend {
		width = max(width, swatchWidth+gap+sty.Width(e.text)+columnGap)
	}
	return min(max(1, int((f.width-2*margin+columnGap)/max(width, 1))), max(1, len(f.legend))), width
}

func (f frame) legendHeight() vg.Length {
	if len(f.legend) == 0 {
		return 0
	}
	columns, _ := f.legendColumns()
	rows := (len(f.legend) + columns - 1) / columns
	return gap + vg.Length(rows)*lineHeight(textSize)
}

func (f frame) drawLegend(c draw.Canvas) {
	columns, width := f.legendColumns()
	for i, e := range f.legend {
		at := vg.Point{
			X: c.Min.X + vg.Length(i%columns)*width,
			Y: c.Max.Y - gap - vg.Length(i/columns)*lineHeight(textSize),
		}
		sty := textStyle(textSize, ink)
		if e.out {
			sty.Color = accent
		} else {
			middle := at.Y - lineHeight(textSize)/2 + 1
			c.StrokeLine2(e.look.line, at.X, middle, at.X+swatchWidth, middle)
			c.DrawGlyphNoClip(e.look.glyph, vg.Point{X: at.X + swatchWidth/2, Y: middle})
		}
		write(c, sty, vg.Point{X: at.X + swatchWidth + gap, Y: at.Y}, e.text)
	}
}
