package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// drawing is a figure of one line per arm that stands in the page as SVG: it follows
// the page's colours, and its text is text.
type drawing struct {
	Title, Note string
	Term        string // where what it shows is defined
	Height      int
	Ticks       []drawnTick
	Rows        []drawnRow
	// Legend names the colours, by their class.
	Legend []drawnKey
}

type drawnTick struct{ X, Label string }

type drawnRow struct {
	Label, Value string
	Y            int // the middle of the line
	Bars         []drawnBar
	// Dot and the interval from Left to Right; empty for none.
	Dot, Left, Right string
	// Says is what the line shows, in words.
	Says string
}

type drawnBar struct{ Class, X, Width, Says string }

type drawnKey struct{ Class, Name string }

// The page's template draws in these coordinates.
const (
	drawnLeft, drawnRight = 170, 590 // the axis; names stand to the left of it, values to the right
	drawnRow0, drawnStep  = 20, 26   // the first line's middle, and from one to the next
	drawnFoot             = 26       // below the last line's middle
	longestName           = 24       // letters that have room
	mostDecades           = 6        // that a logarithmic axis names
	// logFrom is from which ratio of the largest value to the smallest a scale is
	// logarithmic: else the small ones are all zero to the eye.
	logFrom = 40
)

// drawnScale places values on an axis.
type drawnScale struct {
	lo, hi float64
	log    bool
}

func (s drawnScale) x(v float64) float64 {
	at := func(v float64) float64 { return v }
	if s.log {
		at = math.Log
	}
	return drawnLeft + (drawnRight-drawnLeft)*(at(v)-at(s.lo))/(at(s.hi)-at(s.lo))
}

func coordinate(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }

// scaleOf reaches over all values, from zero on where that leaves the small ones room.
func scaleOf(values []float64) drawnScale {
	lo, hi := slices.Min(values), slices.Max(values)
	if lo > leastDrawn && hi/lo >= logFrom {
		return drawnScale{math.Pow(10, math.Floor(math.Log10(lo))), math.Pow(10, math.Ceil(math.Log10(hi))), true}
	}
	ticks := Ticks(min(lo, 0), max(hi, 0))
	return drawnScale{ticks[0], ticks[len(ticks)-1], false}
}

// leastDrawn is below every time that means anything, µs.
const leastDrawn = 1e-9

func (s drawnScale) ticks() []drawnTick {
	values := Ticks(s.lo, s.hi)
	if s.log {
		first, last := math.Round(math.Log10(s.lo)), math.Round(math.Log10(s.hi))
		values = nil
		for e := first; e <= last; e += math.Ceil((last - first) / mostDecades) {
			values = append(values, math.Pow(10, e))
		}
	}
	var out []drawnTick
	for _, v := range values {
		out = append(out, drawnTick{coordinate(s.x(v)), unit.Micros(v)})
	}
	return out
}

func (d *drawing) row(label, value string) *drawnRow {
	d.Rows = append(d.Rows, drawnRow{Label: shortened(usertext.Clean(label)), Value: value, Y: drawnRow0 + drawnStep*len(d.Rows)})
	d.Height = drawnRow0 + drawnStep*(len(d.Rows)-1) + drawnFoot + 12
	return &d.Rows[len(d.Rows)-1]
}

func shortened(name string) string {
	if letters := []rune(name); len(letters) > longestName {
		return string(letters[:longestName-1]) + "…"
	}
	return name
}

// drawings are those that say anything.
func drawings(s *analysis.Summary) []drawing {
	var out []drawing
	for _, d := range []drawing{taxDrawing(s), splitDrawing(s)} {
		if len(d.Rows) > 0 {
			out = append(out, d)
		}
	}
	return out
}

// drawable reports whether values have a place on an axis.
func drawable(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > mostDrawn })
}

// mostDrawn is above every time that means anything, µs: a year.
const mostDrawn = 3.2e13

// taxDrawing is a forest plot: what each arm adds to the baseline, with its interval.
func taxDrawing(s *analysis.Summary) drawing {
	d := drawing{Title: "Auth tax", Term: "tax", Note: "CPU time that an arm adds to a request to " + s.Baseline + ", with its 95 % interval in this run. Where the interval reaches over zero, no difference is certain."}
	type tax struct {
		arm string
		analysis.Comparison
	}
	var taxes []tax
	var values []float64
	for i := range s.Arms {
		c, ok := headline(&s.Arms[i]).costs.VersusBaseline[cpuMetric.name]
		if ok && s.Arms[i].Status == analysis.ArmOK && drawable(c.Difference, c.DifferenceLo, c.DifferenceHi) {
			taxes = append(taxes, tax{s.Arms[i].Name, c})
			values = append(values, c.Difference, c.DifferenceLo, c.DifferenceHi)
		}
	}
	if len(taxes) == 0 {
		return d
	}
	scale := scaleOf(values)
	d.Ticks = scale.ticks()
	for _, t := range taxes {
		r := d.row(t.arm, unit.Micros(t.Difference))
		r.Dot, r.Left, r.Right = coordinate(scale.x(t.Difference)), coordinate(scale.x(t.DifferenceLo)), coordinate(scale.x(t.DifferenceHi))
		r.Says = usertext.Clean(t.arm) + " adds " + unit.Micros(t.Difference) + " (" + unit.Microseconds.Interval(t.DifferenceLo, t.DifferenceHi) + ")"
	}
	return d
}

// splitDrawing shows what a request's CPU time is made of: of methods that a ladder takes
// apart, step by step; else the request itself, and what authentication adds.
func splitDrawing(s *analysis.Summary) drawing {
	if len(ladderTableOf(s).Columns) > 0 {
		return ladderSplit(s)
	}
	d := drawing{Title: "Cost split", Term: "cpu", Note: "CPU time per request, authentication included."}
	base := armAt(s, s.Baseline)
	if base < 0 || !s.Arms[base].Status.Measured() {
		return d
	}
	server, ok := headline(&s.Arms[base]).costs.Metrics[cpuMetric.name]
	if !ok || !drawable(server.Value) {
		return d
	}
	var parts [][]float64
	var names []string
	for i := range s.Arms {
		cpu, ok := headline(&s.Arms[i]).costs.Metrics[cpuMetric.name]
		if ok && s.Arms[i].Status == analysis.ArmOK && drawable(cpu.Value) {
			names, parts = append(names, s.Arms[i].Name), append(parts, []float64{min(server.Value, cpu.Value), max(0, cpu.Value-server.Value)})
		}
	}
	d.stack(names, parts, []string{"the request itself, as " + s.Baseline + " serves it", "authentication"})
	return d
}

func ladderSplit(s *analysis.Summary) drawing {
	d := drawing{Title: "Cost split", Term: "cpu", Note: "CPU time per request, step by step; each step is what it adds to the one before."}
	var names, heads []string
	for _, w := range partWords {
		heads = append(heads, w.head)
	}
	var parts [][]float64
	for _, l := range s.Ladders {
		if len(l.Steps) == 0 {
			continue
		}
		of := make([]float64, len(partWords))
		for _, step := range l.Steps {
			if !drawable(step.Micros.Value) {
				continue
			}
			of[slices.IndexFunc(partWords, func(w partWord) bool { return w.part == step.Part })] += max(0, step.Micros.Value)
		}
		names, parts = append(names, l.Arm), append(parts, of)
	}
	d.stack(names, parts, heads)
	return d
}

// stack draws bars of parts, in the order of the heads, from zero on.
func (d *drawing) stack(names []string, parts [][]float64, heads []string) {
	var sums []float64
	used := make([]bool, len(heads))
	for _, of := range parts {
		sum := 0.0
		for i, v := range of {
			sum += v
			used[i] = used[i] || v > 0
		}
		sums = append(sums, sum)
	}
	if len(sums) == 0 {
		return
	}
	scale := scaleOf(append([]float64{0}, sums...))
	d.Ticks = scale.ticks()
	for i, head := range heads {
		if used[i] {
			d.Legend = append(d.Legend, drawnKey{fmt.Sprintf("part%d", i), usertext.Clean(head)})
		}
	}
	for k, of := range parts {
		r := d.row(names[k], unit.Micros(sums[k]))
		at := 0.0
		var says []string
		for i, v := range of {
			if v <= 0 {
				continue
			}
			text := usertext.Clean(heads[i]) + " " + unit.Micros(v)
			r.Bars = append(r.Bars, drawnBar{fmt.Sprintf("part%d", i), coordinate(scale.x(at)), coordinate(scale.x(at+v) - scale.x(at)), text})
			says = append(says, text)
			at += v
		}
		r.Says = usertext.Clean(names[k]) + ": " + strings.Join(says, ", ")
	}
}
