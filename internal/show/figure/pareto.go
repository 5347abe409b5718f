package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// paretoHeight is that of the two panels together.
const paretoHeight = 430

// pricedArm is what an arm costs, with what its episodes found.
type pricedArm struct {
	name  string
	look  look
	cpu   analysis.Estimate  // above the baseline, µs
	tail  *analysis.Estimate // of the response time, µs; nil if there is none
	costs analysis.Load
	// stale has the arm's episodes, in the scenario's order.
	stale []analysis.Staleness
}

// tailOf is the highest quantile of response times that all arms under the first open load
// have: too few requests give no p99.
func tailOf(s *analysis.Summary) string {
	for _, q := range []string{"p99", "p90", "p50"} {
		lacks := func(a analysis.Arm) bool {
			l := openLoad(a)
			return a.Status == analysis.ArmOK && (l == nil || !positive(l.Metrics["response_"+q+"_us"].Value))
		}
		if !slices.ContainsFunc(s.Arms, lacks) {
			return q
		}
	}
	return ""
}

// openLoad is an arm's first one, nil if it has none.
func openLoad(a analysis.Arm) *analysis.Load {
	i := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Kind == bench.Open })
	if i < 0 {
		return nil
	}
	return &a.Loads[i]
}

// pricedArms are the arms whose costs are known, in the scenario's order, with a quantile of
// their response times.
func pricedArms(s *analysis.Summary, quantile string) []pricedArm {
	looks := looksOf(s)
	var out []pricedArm
	for i := range s.Arms {
		a := &s.Arms[i]
		l := a.CostLoad()
		if a.Status != analysis.ArmOK || l == nil {
			continue
		}
		c, ok := l.VersusBaseline["cpu_us_per_request"]
		if !ok {
			continue
		}
		one := pricedArm{name: a.Name, look: looks[i], cpu: analysis.Estimate{Value: c.Difference, Lo: &c.DifferenceLo, Hi: &c.DifferenceHi, N: c.N}, costs: *l}
		if open := openLoad(*a); open != nil && quantile != "" {
			e := open.Metrics["response_"+quantile+"_us"]
			one.tail = &e
		}
		for _, found := range s.Staleness {
			if found.Arm == a.Name {
				one.stale = append(one.stale, found)
			}
		}
		if len(one.stale) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// priceOfBeingSure draws what a request costs, and how slow the slowest are, against how long
// revoked credentials work on.
func priceOfBeingSure(s *analysis.Summary) Figure {
	f := frame{name: "staleness-cost", title: "What it costs to be sure", height: paretoHeight}
	quantile := tailOf(s)
	shown := pricedArms(s, quantile)
	var said []string
	for _, a := range shown {
		f.legend = append(f.legend, entry{text: a.name, look: a.look})
		for _, one := range a.stale {
			said = append(said, fmt.Sprintf("%s, %s: %s, %s", a.name, one.Episode, unit.Micros(a.cpu.Value), stops(one)))
		}
	}
	f.alt = f.title + ": CPU per request above the baseline, and when 95 % of the revoked credentials stop working. " + strings.Join(said, "; ") + "."
	if len(shown) == 0 {
		return f.figure()
	}
	if quantile == "" {
		f.height = curveHeight
	}
	f.note = paretoNote(s, shown)
	knobs := knobsOf(s, shown)
	f.body = func(c draw.Canvas) {
		rows := [][]*plot.Plot{{paretoPanel(shown, knobs, "CPU per request above the baseline", linear, true, func(a pricedArm) *analysis.Estimate { return &a.cpu })}}
		if quantile != "" {
			hideLabels(&rows[0][0].X)
			rows = append(rows, []*plot.Plot{paretoPanel(shown, knobs, "response time, "+quantile, logarithmic, false, func(a pricedArm) *analysis.Estimate { return a.tail })})
		}
		for i, row := range plot.Align(rows, draw.Tiles{Rows: len(rows), Cols: 1, PadY: 2 * gap}, c) {
			rows[i][0].Draw(row[0])
		}
	}
	return f.figure()
}

// paretoNote says what is drawn, and how the credentials were used before.
func paretoNote(s *analysis.Summary, shown []pricedArm) string {
	note := "Lower and further left is better."
	for _, name := range s.Episodes() {
		i := slices.IndexFunc(s.Staleness, func(one analysis.Staleness) bool { return one.Episode == name })
		mark := "Hollow marks"
		if s.Staleness[i].ClientRate == 0 {
			mark = "Filled marks"
		}
		note += fmt.Sprintf(" %s (%s): %s.", mark, name, holder(s.Staleness[i]))
	}
	note += " CPU time " + shown[0].costs.At() + " includes that of stores and issuer."
	if slices.ContainsFunc(s.Staleness, func(one analysis.Staleness) bool { return one.ByLaw != nil }) {
		note += " An open mark behind a dashed line: by design; nobody waited so long."
	}
	var names []string
	var loads []analysis.Load
	for _, a := range shown {
		names, loads = append(names, a.name), append(loads, a.costs)
	}
	return note + tokenNote(names, loads) + " Bars: 95 % intervals in this run. An arrow: more revocations would show where the interval ends. An arrow without a mark: longer than anybody waited. Grey lines join arms that differ by one time alone."
}

// stops says when 95 % of an episode's revoked credentials stop working.
func stops(one analysis.Staleness) string {
	text, known := Within(one)
	if one.P95.Value > 0 && !one.Open(0.95) {
		text = "within " + text
	}
	if one.ByLaw != nil {
		known = "by design " + unit.Micros(*one.ByLaw)
	}
	if known != "" {
		text += " (" + known + ")"
	}
	return text
}

// knobsOf are the series of arms that differ by one time alone, as far as they are shown.
func knobsOf(s *analysis.Summary, shown []pricedArm) [][]pricedArm {
	var out [][]pricedArm
	for _, names := range s.Knobs() {
		var series []pricedArm
		for _, name := range names {
			if i := slices.IndexFunc(shown, func(a pricedArm) bool { return a.name == name }); i >= 0 {
				series = append(series, shown[i])
			}
		}
		if len(series) > 1 {
			out = append(out, series)
		}
	}
	return out
}

// scale is how an axis maps values, with its range and ticks.
type scale struct {
	at    func(float64) float64
	span  func(lo, hi float64) (float64, float64)
	ticks func(lo, hi float64) plot.ConstantTicks
}

var (
	linear = scale{
		at:    func(v float64) float64 { return v },
		span:  func(lo, hi float64) (float64, float64) { return min(0, lo), 1.08 * max(1, hi) },
		ticks: func(_, hi float64) plot.ConstantTicks { return linearTicks(hi, unit.Micros) },
	}
	logarithmic = scale{at: math.Log10, span: logRange, ticks: func(lo, hi float64) plot.ConstantTicks { return logTicks(lo, hi, unit.Micros) }}
)

// paretoPanel draws one figure of all arms against the time, with their names beside them if they
// are to be named.
func paretoPanel(shown []pricedArm, knobs [][]pricedArm, label string, y scale, name bool, of func(pricedArm) *analysis.Estimate) *plot.Plot {
	p := newPlot()
	p.X.Label.Text, p.Y.Label.Text = "95 % of the revoked credentials stop working within", label
	times, values := paretoSpans(shown, of)
	_, most := logRange(atOnce, times.hi)
	p.X.Min, p.X.Max = math.Log10(atOnce)-0.12, most+0.9 // room for names on the right
	p.Y.Min, p.Y.Max = y.span(values.lo, values.hi)
	xTicks, yTicks := stalenessTicks(p.X.Min, p.X.Max), y.ticks(p.Y.Min, p.Y.Max)
	p.X.Tick.Marker, p.Y.Tick.Marker = xTicks, yTicks
	p.Add(gridLines{xTicks, yTicks}, plotterFunc(func(c draw.Canvas, p *plot.Plot) {
		for _, series := range knobs {
			drawKnob(c, p, y, series, of)
		}
		var names []named
		for _, a := range shown {
			e := of(a)
			if e == nil {
				continue
			}
			n := named{text: a.name}
			for _, one := range byMark(a.stale) {
				n.marks = append(n.marks, drawPrice(c, p, y, a.look, one, *e))
			}
			names = append(names, n)
		}
		if name {
			drawNames(c, names)
		}
	}))
	return p
}

// paretoSpans are the times and the values that a panel shows.
func paretoSpans(shown []pricedArm, of func(pricedArm) *analysis.Estimate) (times, values span) {
	times.add(10 * atOnce)
	for _, a := range shown {
		for _, one := range a.stale {
			times.add(one.P95.Value)
			if one.ByLaw != nil {
				times.add(*one.ByLaw)
			}
			if one.P95.Hi != nil {
				times.add(*one.P95.Hi)
			}
		}
		if e := of(a); e != nil {
			for _, v := range []*float64{&e.Value, e.Lo, e.Hi} {
				if v != nil {
					values.add(*v)
				}
			}
		}
	}
	return times, values
}

// stalenessTicks label an axis of times that begins with those below what can be measured.
func stalenessTicks(lo, hi float64) plot.ConstantTicks {
	x := logTicks(lo, hi, unit.Micros)
	for i := range x {
		if x[i].Value <= math.Log10(atOnce) {
			x[i].Label = ""
		}
	}
	return append(x, plot.Tick{Value: math.Log10(atOnce), Label: "at once"})
}

// drawKnob joins the arms of a series, episode by episode.
func drawKnob(c draw.Canvas, p *plot.Plot, y scale, series []pricedArm, of func(pricedArm) *analysis.Estimate) {
	for _, episode := range series[0].stale {
		var path []point
		for _, a := range series {
			i := slices.IndexFunc(a.stale, func(one analysis.Staleness) bool { return one.Episode == episode.Episode })
			if e := of(a); i >= 0 && e != nil {
				path = append(path, point{clamped(stopped(a.stale[i])), y.at(e.Value)})
			}
		}
		line(c, p, draw.LineStyle{Color: floor, Width: 0.7}, path...)
	}
}

// stopped is when 95 % stop, by the design where nobody waited, µs.
func stopped(one analysis.Staleness) float64 {
	if one.ByLaw != nil {
		return *one.ByLaw
	}
	return one.P95.Value
}

// arrow is the part of the plot's width that an arrow takes.
const arrow = 0.04

// drawPrice marks one episode of an arm with both intervals, and returns the room that the mark and
// the interval of the time take.
func drawPrice(c draw.Canvas, p *plot.Plot, scale scale, of look, one analysis.Staleness, e analysis.Estimate) vg.Rectangle {
	bar := draw.LineStyle{Color: of.line.Color, Width: 1}
	x, y := p.Transforms(&c)
	at := point{clamped(one.P95.Value), scale.at(e.Value)}
	if e.Lo != nil && e.Hi != nil {
		line(c, p, bar, point{at.x, scale.at(*e.Lo)}, point{at.x, scale.at(*e.Hi)})
	}
	if one.ByLaw != nil {
		law := clamped(*one.ByLaw)
		dashed := draw.LineStyle{Color: of.line.Color, Width: 1, Dashes: []vg.Length{2, 2}}
		line(c, p, dashed, at, point{law, at.y})
		drawMark(c, of.glyph, vg.Point{X: x(law), Y: y(at.y)}, true)
		return roomOf(x(at.x), x(law), y(at.y))
	}
	if one.Open(0.95) { // nothing is known but that it is longer
		line(c, p, bar, at, point{p.X.Max, at.y})
		drawTip(c, bar, vg.Point{X: x(p.X.Max), Y: y(at.y)})
		return roomOf(x(at.x), x(p.X.Max), y(at.y))
	}
	from, to := at.x, at.x
	if one.P95.Lo != nil {
		from = clamped(*one.P95.Lo)
	}
	switch {
	case one.Longest == 0:
	case one.P95.Hi != nil:
		to = clamped(*one.P95.Hi)
	default:
		to = at.x + arrow*(p.X.Max-p.X.Min)
		drawTip(c, bar, vg.Point{X: x(to), Y: y(at.y)})
	}
	line(c, p, bar, point{from, at.y}, point{to, at.y})
	drawMark(c, of.glyph, vg.Point{X: x(at.x), Y: y(at.y)}, one.ClientRate > 0)
	return roomOf(x(from), x(to), y(at.y))
}

func drawMark(c draw.Canvas, mark draw.GlyphStyle, at vg.Point, hollow bool) {
	c.DrawGlyphNoClip(mark, at)
	if hollow {
		mark.Color, mark.Radius = color.White, 0.55*mark.Radius
		c.DrawGlyphNoClip(mark, at)
	}
}

// roomOf is the room that a mark and its level bar take.
func roomOf(from, to, y vg.Length) vg.Rectangle {
	const radius = 3.5
	return vg.Rectangle{Min: vg.Point{X: from - radius, Y: y - radius}, Max: vg.Point{X: to + radius, Y: y + radius}}
}

// drawTip ends a line to the right with an arrow.
func drawTip(c draw.Canvas, of draw.LineStyle, tip vg.Point) {
	c.StrokeLines(of, []vg.Point{{X: tip.X - 4, Y: tip.Y + 2.5}, tip, {X: tip.X - 4, Y: tip.Y - 2.5}})
}

// byMark returns the episodes of an arm so that a hollow mark hides no solid one.
func byMark(stale []analysis.Staleness) []analysis.Staleness {
	return slices.SortedStableFunc(slices.Values(stale), func(a, b analysis.Staleness) int { return cmp.Compare(b.ClientRate, a.ClientRate) })
}
