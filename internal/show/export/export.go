// Package export writes results for other programs: [CSV] for spreadsheets and data
// frames, [Benchfmt] for benchstat, [OpenMetrics] for Prometheus and what reads its
// format, and the metrics of OpenTelemetry for a [Collector].
//
// In flow results, each with its figures, and what a comparison says of two of them. Out
// flows text in which every figure stands with its unit and its interval. Foreign text is
// escaped for where it goes.
package export

import (
	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
)

// Result is one of the results that are written.
type Result struct {
	// Side tells the results of a comparison apart: "old" or "new". Else it is empty.
	Side    string
	Summary *analysis.Summary
	Figures []analysis.Figure
}

// One is a result by itself.
func One(a *analysis.Analysis) []Result { return []Result{{"", &a.Summary, a.Figures}} }

// Two are the results of a comparison.
func Two(old, new *analysis.Analysis) []Result {
	return []Result{{"old", &old.Summary, old.Figures}, {"new", &new.Summary, new.Figures}}
}

// code is the unit of a figure (UCUM).
func code(p analysis.Place) string {
	m, known := limit.Find(p.Metric)
	if !known || p.VersusBaseline && !p.Difference {
		return "1"
	}
	return m.Unit.Code()
}
