package figure

import (
	"bytes"
	"fmt"
	"html"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// Figure is one drawing.
type Figure struct {
	// Name is the file name without its extension.
	Name string
	// Title is what the figure shows, as a heading.
	Title string
	// Alt describes the figure, for those who cannot see it.
	Alt string

	width, height vg.Length
	draw          func(draw.Canvas)
}

// pngDPI is twice the resolution of a plain screen: sharp on a dense one, and
// still 150 dpi when a figure fills the width of a page.
const pngDPI = 2 * 96

// All returns the figures of an analysis. Their names are stable: where a
// scenario has several loads of one kind, the load's name is appended.
func All(a *analysis.Analysis) []Figure {
	a = a.Labelled()
	closed, open := loadsOf(a, bench.Closed), loadsOf(a, bench.Open)
	capacities := loadsOf(a, bench.Capacity)
	aim := goalOf(capacities)
	costs := closed
	if len(costs) == 0 {
		costs = open // CPU per request exists there too
	}
	var out []Figure
	add := func(loads []load, draw func(load) Figure) {
		for _, l := range loads {
			f := draw(l)
			if len(loads) > 1 {
				f.Name += "-" + l.name
			}
			out = append(out, f)
		}
	}
	add(costs, cpu)
	if len(a.Summary.Ladders) > 0 {
		out = append(out, ladder(&a.Summary))
	}
	out = append(out, exchangeFigures(&a.Summary)...)
	out = append(out, stalenessFigures(&a.Summary)...)
	add(open, percentiles)
	add(open, histogram)
	add(closed, throughput)
	add(closed, percentiles)
	add(capacities, capacity)
	add(loadsOf(a, bench.Sweep), func(l load) Figure { return latencyThroughput(l, aim) })
	add(loadsOf(a, bench.Ramped), overTime)
	add(costs, rounds)
	return out
}

// SVG renders the figure as an SVG document. It has a width of its own, which a
// style sheet may override, and neither ids nor references, so that several can
// stand inline in one page.
func (f Figure) SVG() ([]byte, error) {
	c := &measuringCanvas{Canvas: vgsvg.New(f.width, f.height)}
	f.draw(draw.New(c))
	var raw bytes.Buffer
	if _, err := c.WriteTo(&raw); err != nil {
		return nil, fmt.Errorf("render figure %s as svg: %w", f.Name, err)
	}
	// gonum's own root element has a fixed size and no text alternative.
	_, body, found := bytes.Cut(raw.Bytes(), []byte(`xmlns:xlink="http://www.w3.org/1999/xlink">`))
	if !found {
		return nil, fmt.Errorf("render figure %s as svg: no root element", f.Name)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" width="%gpt" height="%gpt" viewBox="0 0 %[1]g %[2]g" role="img" aria-label="%[3]s">`,
		f.width.Points(), f.height.Points(), html.EscapeString(f.Alt))
	// Where Liberation Sans is not installed, Arial and Helvetica have the same widths.
	body = bytes.ReplaceAll(body, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	for i, text := range bytes.SplitAfter(body, []byte("<text ")) {
		if i > 0 && c.widths[i-1] > 0 {
			fmt.Fprintf(&out, `textLength="%.2f" lengthAdjust="spacingAndGlyphs" `, c.widths[i-1].Points())
		}
		out.Write(text)
	}
	return out.Bytes(), nil
}

// measuringCanvas notes the width of each text in the font of the layout. The SVG tells browsers
// with another font, such as the wider DejaVu Sans, to fit the text into that width; otherwise
// labels would overlap and leave the drawing.
type measuringCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length // in the order of the texts
}

// FillString implements [vg.Canvas].
func (m *measuringCanvas) FillString(face font.Face, at vg.Point, text string) {
	m.widths = append(m.widths, face.Width(text))
	m.Canvas.FillString(face, at, text)
}

// PNG renders the figure as a PNG image.
func (f Figure) PNG() ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(f.width, f.height), vgimg.UseDPI(pngDPI))
	f.draw(draw.New(c))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(&out); err != nil {
		return nil, fmt.Errorf("render figure %s as png: %w", f.Name, err)
	}
	return out.Bytes(), nil
}
