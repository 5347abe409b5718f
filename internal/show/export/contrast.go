package export

import (
	"maps"
	"slices"

	"authbench/internal/judge/analysis"
)

// compared is a figure that is written, and what it is compared with.
type compared struct {
	analysis.Figure
	// with is the arm that a ratio or a difference is to; empty for a value.
	with string
	// contrast: the scenario's question compares the two arms. Else the other arm of a
	// ratio or a difference is the baseline.
	contrast bool
}

// all are the figures of a result, and behind them those of the scenario's contrasts: of
// each metric that a pair of arms shares the ratio, then the difference.
func (r Result) all() []compared {
	var out []compared
	for _, f := range r.Figures {
		out = append(out, r.plain(f))
	}
	for _, c := range r.Summary.Contrasts {
		for _, load := range slices.Sorted(maps.Keys(c.Loads)) {
			metrics := c.Loads[load]
			for _, name := range slices.Sorted(maps.Keys(metrics)) {
				found := metrics[name]
				ratio := analysis.Place{Arm: c.Arm, Load: load, Metric: name, VersusBaseline: true}
				difference := ratio
				difference.Difference = true
				for _, f := range []analysis.Figure{
					{Place: ratio, Estimate: analysis.Estimate{Value: found.Ratio, Lo: &found.Lo, Hi: &found.Hi, N: found.N}},
					{Place: difference, Estimate: analysis.Estimate{Value: found.Difference, Lo: &found.DifferenceLo, Hi: &found.DifferenceHi, N: found.N}},
				} {
					out = append(out, compared{f, c.Versus, true})
				}
			}
		}
	}
	return out
}

// plain is a figure of an arm, or of it beside the baseline.
func (r Result) plain(f analysis.Figure) compared {
	if f.VersusBaseline {
		return compared{f, r.Summary.Baseline, false}
	}
	return compared{f, "", false}
}

// kind says what a figure is of its metric.
func (c compared) kind() string {
	other := "baseline"
	if c.contrast {
		other = "contrast"
	}
	switch {
	case c.Difference:
		return other + "_difference"
	case c.VersusBaseline:
		return other + "_ratio"
	}
	return "value"
}
