package figure

import (
	"fmt"
	"image/color"

	"authbench/internal/judge/analysis"
)

// LineStyle is how an arm is drawn, for drawings of other packages.
type LineStyle struct {
	Colour string    // the colour, such as "#0072b2"
	Dashes []float64 // lengths of strokes and gaps; none for a solid line
}

// LineStyles returns how the arms are drawn in every figure, by their index.
func LineStyles(s *analysis.Summary) []LineStyle {
	out := make([]LineStyle, len(s.Arms))
	for i, l := range looksOf(s) {
		c := color.RGBAModel.Convert(l.line.Color).(color.RGBA)
		out[i].Colour = fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
		for _, d := range l.line.Dashes {
			out[i].Dashes = append(out[i].Dashes, d.Points())
		}
	}
	return out
}
