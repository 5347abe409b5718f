package report

import (
	"fmt"
	"maps"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// armDetail is all that is known of one arm.
type armDetail struct {
	Name string
	// Mark is the status of an arm that is not good, Reason its reason, and Caveat how far
	// its figures may be used. Empty for a good arm.
	Mark, Reason, Caveat string
	Method               string
	Sections             []section
}

// section is the figures of an arm under one load, or of the arm as a whole.
type section struct {
	Title string
	// About describes the load.
	About string
	Rows  []metricRow
	// Compared: some row has a comparison with the baseline.
	Compared bool
}

type metricRow struct {
	// Name is the metric's, which leads to its definition.
	Name, Label       string
	Value             cell
	Difference, Ratio cell // from the baseline; empty for none
}

func detailsOf(s *analysis.Summary) []armDetail {
	var out []armDetail
	for _, a := range s.Arms {
		d := armDetail{Name: a.Name, Method: methodSentence(a)}
		if a.Status != analysis.ArmOK {
			d.Mark, d.Reason, d.Caveat = a.Status.Word(), a.Reason, "What follows, if anything, is not to be used."
		}
		if a.Status == analysis.ArmShown {
			d.Caveat = "The scenario shows it nevertheless; its figures are not to be put beside those of safe arms."
		}
		for _, l := range a.Loads {
			d.Sections = append(d.Sections, sectionOf(l))
		}
		if len(a.Metrics) > 0 {
			whole := section{Title: "Server process, all loads"}
			for _, m := range present(a.Metrics) {
				whole.Rows = append(whole.Rows, metricRow{Name: m.name, Label: m.label, Value: m.cell(a.Metrics[m.name], 1)})
			}
			d.Sections = append(d.Sections, whole)
		}
		out = append(out, d)
	}
	return out
}

// methodSentence says what answers for an arm: its method and its parameters, and whose server.
func methodSentence(a analysis.Arm) string {
	text := "Method " + a.Method
	shown := slices.Sorted(maps.Keys(a.Params))
	if a.Own {
		text = "Your server, " + methodTitle(a)
		shown = slices.DeleteFunc(shown, func(name string) bool { return name == "alg" })
	}
	for _, name := range shown {
		text += fmt.Sprintf(", %s %v", name, a.Params[name])
	}
	for i, b := range a.Backends {
		text += [...]string{"; it asks ", " and "}[min(i, 1)] + b.About
	}
	if a.CredentialBytes > 0 {
		text += "; credential of " + unit.Bytes(a.CredentialBytes)
	}
	return text + conformance(a.Conformance)
}

// conformance says how the attack catalogue went, as what follows in a sentence.
func conformance(c *bench.Conformance) string {
	switch {
	case c == nil:
		return ""
	case !c.Tested():
		return "; attack catalogue not run: " + c.Untested
	}
	text := fmt.Sprintf("; attack catalogue: %d of %d cases passed", c.Passed, c.Passed+c.Failed)
	if c.Skipped > 0 {
		text += fmt.Sprintf(", %d could not be put to it", c.Skipped)
	}
	return text
}

func sectionOf(l analysis.Load) section {
	out := section{Title: "Under " + l.Name + " load", About: plural64(l.Requests, "request", "requests") + ", " + plural64(l.Failures, "failure", "failures")}
	switch {
	case l.Kind == bench.Sweep:
		out.About += "; open, at fractions of the arm's own capacity"
		out.Rows = levelRows(l)
	case l.Kind == bench.Ramped:
		out.About += "; open, " + l.Ramp
		out.Rows = partRows(l)
	case l.Kind == bench.Capacity:
		out.About += "; open, at rates that close in on the highest one with " + l.SLO
	case l.Kind == bench.Closed:
		out.About += "; closed: each connection waits for its answer, so that times are those of a saturated server"
	case l.Utilisation > 0:
		out.About += fmt.Sprintf("; open: %s, %s of the arm's capacity", unit.Rate(l.Rate), unit.Percent(l.Utilisation))
	case l.Rate > 0:
		out.About += "; open: " + unit.Rate(l.Rate)
	}
	for _, m := range present(l.Metrics) {
		row := metricRow{Name: m.name, Label: m.label, Value: m.cell(l.Metrics[m.name], 1)}
		if c, ok := l.VersusBaseline[m.name]; ok {
			out.Compared = true
			row.Difference = cell{m.print(c.Difference), m.interval(c.DifferenceLo, c.DifferenceHi)}
			row.Ratio = cell{unit.Ratio(c.Ratio), unit.Factor.Interval(c.Lo, c.Hi)}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// levelRows shows a sweep's response times, level by level.
func levelRows(l analysis.Load) []metricRow {
	var out []metricRow
	for _, level := range l.Levels {
		for _, m := range []metric{p50Metric, p90Metric, p99Metric} {
			if e, ok := level.Metrics[m.name]; ok {
				label := fmt.Sprintf("%s at %s, %s of capacity", m.label, unit.Rate(level.Rate), unit.Percent(level.Fraction))
				out = append(out, metricRow{Name: m.name, Label: label, Value: m.cell(e, 1)})
			}
		}
	}
	return out
}

func plural64(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return unit.Count(n) + " " + many
}
