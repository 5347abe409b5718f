package report

import (
	"strings"

	"authbench/internal/judge/analysis"
)

// revocationTableOf has a row per arm whose revocation was measured: how stale its
// verdicts may be, beside what that gains. It has no columns if none was.
func revocationTableOf(s *analysis.Summary) table {
	var t table
	for i := range s.Arms {
		a := headline(&s.Arms[i])
		e, ok := a.Metrics[revokedMetric.name]
		if !ok || a.Status != analysis.ArmOK {
			continue
		}
		cells := []cell{{Text: worksOn(e)}}
		for _, column := range []struct {
			metric metric
			of     map[string]analysis.Estimate
		}{{cpuMetric, a.costs.Metrics}, {p50Metric, a.open.Metrics}, {hitsMetric, a.Metrics}} {
			c := cell{Text: missing}
			if e, ok := column.of[column.metric.name]; ok {
				c = column.metric.cell(e, 1)
			}
			cells = append(cells, c)
		}
		t.Rows = append(t.Rows, tableRow{Name: a.Name, Status: a.Status, Cells: cells})
	}
	if len(t.Rows) > 0 {
		t.Columns = []column{{Head: "works on for"}, {Head: "CPU/request", spread: true}, {Head: "p50", spread: true}, {Head: "answered by the cache"}}
	}
	return t
}

// worksOn is how long a revoked credential works.
func worksOn(e analysis.Estimate) string {
	if *e.Lo == 0 {
		return "no longer"
	}
	return revokedMetric.print(e.Value)
}

// revocations says the same in words, "" if nothing was measured.
func revocations(s *analysis.Summary) string {
	var at, later []string
	for _, a := range s.Arms {
		e, ok := a.Metrics[revokedMetric.name]
		switch {
		case !ok || a.Status != analysis.ArmOK:
		case *e.Lo == 0:
			at = append(at, a.Name)
		default:
			later = append(later, tight(worksOn(e))+" with "+a.Name)
		}
	}
	if len(at)+len(later) == 0 || len(at)+len(later) > mostNamed {
		return ""
	}
	var parts []string
	if len(at) > 0 {
		parts = append(parts, "was refused from the next request on with "+list(at))
	}
	if len(later) > 0 {
		parts = append(parts, "went on working for "+list(later))
	}
	return "In one trial for each arm, a credential that was taken back " + strings.Join(parts, ", and ") + "."
}
