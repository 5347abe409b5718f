package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/svg"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// drawing is a chart with one row per arm, without a script.
type drawing struct {
	Note string
	Term string // the glossary's term for what it shows
	svg.RowChart
	// Legend names the colours, by their class.
	Legend []drawnKey
}

type drawnKey struct{ Class, Name string }

// drawings are the drawings of a summary that have any rows.
func drawings(s *analysis.Summary) []drawing {
	var out []drawing
	differences := taxDrawing
	if declaresContrasts(s) {
		differences = contrastDrawing
	}
	for _, d := range []drawing{differences(s), splitDrawing(s)} {
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
	var taxes []svg.Interval
	for i := range s.Arms {
		c, ok := headline(&s.Arms[i]).costs.VersusBaseline[cpuMetric.name]
		if ok && s.Arms[i].Status == analysis.ArmOK && drawable(c.Difference, c.DifferenceLo, c.DifferenceHi) {
			taxes = append(taxes, svg.Interval{Label: s.Arms[i].Name, Value: c.Difference, Lo: c.DifferenceLo, Hi: c.DifferenceHi,
				Says: s.Arms[i].Name + " adds " + unit.Micros(c.Difference) + " (" + unit.Microseconds.Interval(c.DifferenceLo, c.DifferenceHi) + ")"})
		}
	}
	d := drawing{Term: "tax", RowChart: svg.Forest("Auth tax", unit.Micros, taxes),
		Note: "CPU time that an arm adds to a request to " + s.Baseline + ", with its 95\u00a0% interval in this run."}
	if d.Log {
		d.Note += " The axis is logarithmic, and has no zero."
	} else {
		d.Note += " If the interval holds zero, this run does not tell the arm apart from the baseline."
	}
	return d
}

// contrastDrawing is a forest plot of what the scenario compares.
func contrastDrawing(s *analysis.Summary) drawing {
	costs, _ := contrastLoads(s)
	var found []svg.Interval
	for _, contrast := range s.Contrasts {
		c, ok := contrast.Loads[costs][cpuMetric.name]
		if ok && drawable(c.Difference, c.DifferenceLo, c.DifferenceHi) {
			found = append(found, svg.Interval{Label: contrast.Arm, Under: "beside " + contrast.Versus, Value: c.Difference, Lo: c.DifferenceLo, Hi: c.DifferenceHi,
				Says: subject(contrast) + " adds " + unit.Micros(c.Difference) + " (" + unit.Microseconds.Interval(c.DifferenceLo, c.DifferenceHi) + ")"})
		}
	}
	return drawing{Term: "contrasts", RowChart: svg.Forest("How the arms differ", unit.Micros, found),
		Note: "How much more CPU time per request an arm takes than the arm beside it, with the 95 % interval in this run. If the interval holds zero, this run does not tell the two apart."}
}

// splitDrawing shows what a request's CPU time consists of: step by step for methods with a
// ladder, else the request itself and what authentication adds.
func splitDrawing(s *analysis.Summary) drawing {
	if len(ladderTableOf(s).Columns) > 0 {
		return ladderSplit(s)
	}
	base := armAt(s, s.Baseline)
	if base < 0 || !s.Arms[base].Status.Measured() || !s.Taxed() {
		return drawing{} // there is no request without authentication to begin with
	}
	server, ok := headline(&s.Arms[base]).costs.Metrics[cpuMetric.name]
	if !ok || !drawable(server.Value) {
		return drawing{}
	}
	var parts [][]float64
	var names []string
	for i := range s.Arms {
		cpu, ok := headline(&s.Arms[i]).costs.Metrics[cpuMetric.name]
		if ok && s.Arms[i].Status == analysis.ArmOK && drawable(cpu.Value) {
			names, parts = append(names, s.Arms[i].Name), append(parts, []float64{min(server.Value, cpu.Value), max(0, cpu.Value-server.Value)})
		}
	}
	return split("CPU time per request, authentication included.", names, parts, []string{"the request itself, as " + s.Baseline + " serves it", "authentication"})
}

func ladderSplit(s *analysis.Summary) drawing {
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
	return split("CPU time per request, step by step: each step is what it adds to the one before.", names, parts, heads)
}

// split shows what each named total is made of. heads name the parts.
func split(note string, names []string, parts [][]float64, heads []string) drawing {
	used := make([]bool, len(heads))
	var stacks []svg.Stack
	for k, of := range parts {
		stack := svg.Stack{Label: names[k], Parts: of, PartSays: make([]string, len(of))}
		var says []string
		for i, v := range of {
			if v > 0 {
				used[i], stack.PartSays[i] = true, heads[i]+" "+unit.Micros(v)
				says = append(says, stack.PartSays[i])
			}
		}
		stack.Says = names[k] + ": " + strings.Join(says, ", ")
		stacks = append(stacks, stack)
	}
	d := drawing{Term: "cpu", Note: note, RowChart: svg.Split("Cost split", unit.Micros, stacks)}
	for i, head := range heads {
		if used[i] {
			d.Legend = append(d.Legend, drawnKey{fmt.Sprintf("part%d", i), usertext.Clean(head)})
		}
	}
	return d
}
