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

// exchangeFigures draw what a request costs against how many of them a token serves, for each
// kind of token.
func exchangeFigures(s *analysis.Summary) []Figure {
	looks := map[string]look{}
	for i, l := range looksOf(s) {
		looks[s.Arms[i].Name] = l
	}
	var out []Figure
	for _, e := range s.Exchanges {
		suffix := ""
		if len(s.Exchanges) > 1 {
			suffix = "-" + e.Verify
		}
		out = append(out, exchangePays(e, looks, suffix))
	}
	return out
}

// exchangePays draws the predicted curve, the arms that were measured, and what each arm that
// looks keys up costs; where the two cross, an exchange pays.
func exchangePays(e analysis.Exchange, looks map[string]look, suffix string) Figure {
	f := frame{
		name: "exchange" + suffix, title: "CPU per request against requests per token",
		note: fmt.Sprintf("Lower is better. Curve: predicted, %s for a request with a token as %s has it, and %s for each exchange, as with %s. Points: measured, with 95 %% intervals over launches. Level lines: keys that are looked up. The thick bar on a line: the interval of the place where the curve crosses it.",
			unit.Micros(e.Verifying.Value), e.Verify, unit.Micros(e.Each.Value), e.Part),
		height: curveHeight,
	}
	f.legend = append(f.legend, entry{text: e.Verify + " and exchanges", look: looks[e.Verify]})
	var said []string
	for _, a := range e.Against {
		f.legend = append(f.legend, entry{text: a.Arm, look: looks[a.Arm]})
		said = append(said, a.Arm+": "+unit.Micros(a.Cost.Value))
	}
	for _, c := range e.Coupled {
		said = append(said, fmt.Sprintf("%s: %s at %s requests per token, predicted %s", c.Arm, unit.Micros(c.Measured.Value), unit.Plain(c.PerToken.Value, 2), unit.Micros(c.Predicted.Value)))
	}
	f.alt = f.title + ". " + strings.Join(said, "; ") + "."
	f.body = func(c draw.Canvas) { exchangePlot(e, looks).Draw(c) }
	return f.figure()
}

// cost is what a request costs where a token serves so many.
func cost(e analysis.Exchange, perToken float64) float64 {
	return e.Verifying.Value + e.Each.Value/perToken
}

func exchangePlot(e analysis.Exchange, looks map[string]look) *plot.Plot {
	served, highest := span{}, 0.0
	served.add(1)
	served.add(1000)
	for _, c := range e.Coupled {
		served.add(c.PerToken.Value)
		highest = max(highest, c.Measured.Value, c.Predicted.Value)
	}
	for _, a := range e.Against {
		highest = max(highest, a.Cost.Value)
		if a.From != nil {
			served.add(a.From.Value)
		}
	}
	p := newPlot()
	p.X.Label.Text, p.Y.Label.Text = "requests per token", "CPU per request"
	p.X.Min, p.X.Max = logRange(served.lo, served.hi)
	p.Y.Min, p.Y.Max = 0, 1.1*highest
	x, y := logTicks(p.X.Min, p.X.Max, func(v float64) string { return unit.Plain(v, 2) }), linearTicks(p.Y.Max, unit.Micros)
	p.X.Tick.Marker, p.Y.Tick.Marker = x, y
	p.Add(gridLines{x, y})
	for _, a := range e.Against {
		p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawKeyCost(c, p, a, looks[a.Arm]) }))
	}
	p.Add(plotterFunc(func(c draw.Canvas, p *plot.Plot) { drawExchange(c, p, e, looks[e.Verify]) }))
	return p
}

// drawExchange draws the curve, from where it enters the plot, and the points.
func drawExchange(c draw.Canvas, p *plot.Plot, e analysis.Exchange, l look) {
	const steps = 200
	var path []point
	for i := range steps + 1 {
		at := p.X.Min + (p.X.Max-p.X.Min)*float64(i)/steps
		path = append(path, point{at, cost(e, math.Pow(10, at))})
	}
	line(c, p, l.line, path...)
	x, y := p.Transforms(&c)
	for _, one := range e.Coupled {
		at := math.Log10(one.PerToken.Value)
		if one.Measured.Lo != nil && one.Measured.Hi != nil {
			line(c, p, draw.LineStyle{Color: l.line.Color, Width: 1}, point{at, *one.Measured.Lo}, point{at, *one.Measured.Hi})
		}
		c.DrawGlyphNoClip(l.glyph, vg.Point{X: x(at), Y: y(one.Measured.Value)})
	}
}

// drawKeyCost draws a level line, and on it where the curve crosses it.
func drawKeyCost(c draw.Canvas, p *plot.Plot, a analysis.ExchangePays, l look) {
	line(c, p, l.line, point{p.X.Min, a.Cost.Value}, point{p.X.Max, a.Cost.Value})
	if a.From == nil || !positive(a.From.Value) {
		return
	}
	lo, hi := p.X.Min, p.X.Max // as far as the plot goes where there is no end
	if a.From.Lo != nil && positive(*a.From.Lo) {
		lo = math.Log10(*a.From.Lo)
	}
	if a.From.Hi != nil && positive(*a.From.Hi) {
		hi = math.Log10(*a.From.Hi)
	}
	line(c, p, draw.LineStyle{Color: l.line.Color, Width: 4}, point{lo, a.Cost.Value}, point{hi, a.Cost.Value})
	x, y := p.Transforms(&c)
	at := vg.Point{X: x(math.Log10(a.From.Value)), Y: y(a.Cost.Value)}
	c.StrokeLine2(draw.LineStyle{Color: l.line.Color, Width: 1.4}, at.X, at.Y-6, at.X, at.Y+6)
}
