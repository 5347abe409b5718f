package figure

import (
	"fmt"
	"image/color"

	"authbench/internal/judge/analysis"
)

// Hue is how an arm is drawn, for drawings that are made elsewhere.
type Hue struct {
	CSS    string    // the colour, such as "#0072b2"
	Dashes []float64 // lengths of strokes and gaps; none for a solid line
}

// Hues returns the arms' looks in every figure, by their index.
func Hues(s *analysis.Summary) []Hue {
	out := make([]Hue, len(s.Arms))
	for i, l := range looksOf(s) {
		c := color.RGBAModel.Convert(l.line.Color).(color.RGBA)
		out[i].CSS = fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
		for _, d := range l.line.Dashes {
			out[i].Dashes = append(out[i].Dashes, d.Points())
		}
	}
	return out
}
