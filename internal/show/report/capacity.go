package report

import (
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// capacityTableOf has a row per arm and, for each capacity load, the highest rate
// that meets its objective. It has no columns if there is no such load.
func capacityTableOf(s *analysis.Summary) table {
	var t table
	for i, a := range s.Arms {
		t.Rows = append(t.Rows, tableRow{Name: a.Name, Status: a.Status})
		for _, l := range a.Loads {
			if l.Kind != bench.Capacity {
				continue
			}
			if i == 0 { // all arms have the scenario's loads
				t.Columns = append(t.Columns, column{Head: "capacity, " + l.SLO, spread: true}, column{Head: "of " + s.Baseline + "'s", spread: true})
			}
			rate, ratio := capacityCell(l), cell{Text: missing}
			if c, ok := l.VersusBaseline[capacityMetric.name]; ok {
				ratio = cell{unit.Ratio(c.Ratio), unit.Factor.Interval(c.Lo, c.Hi)}
			}
			if !a.Status.Measured() {
				rate, ratio = cell{Text: missing}, cell{Text: missing}
			}
			t.Rows[i].Cells = append(t.Rows[i].Cells, rate, ratio)
		}
	}
	return t
}

func capacityCell(l analysis.Load) cell {
	if e, ok := l.Metrics[capacityMetric.name]; ok {
		return capacityMetric.cell(e, 1)
	}
	if e, ok := l.Metrics[capacityAtLeastMetric.name]; ok {
		return cell{Text: "≥ " + unit.Rate(e.Value)}
	}
	return cell{Text: missing}
}

// capacities says in words at which rate each arm meets the first objective.
func capacities(s *analysis.Summary) string {
	var parts []string
	slo, bound := "", false
	for _, a := range s.Arms {
		i := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Kind == bench.Capacity })
		if i < 0 || a.Status != analysis.ArmOK {
			continue
		}
		slo = a.Loads[i].SLO
		if e, ok := a.Loads[i].Metrics[capacityMetric.name]; ok {
			parts = append(parts, a.Name+" takes up to "+noBreak(capacityMetric.cell(e, 1).full()))
		} else if e, ok := a.Loads[i].Metrics[capacityAtLeastMetric.name]; ok {
			bound = true
			parts = append(parts, a.Name+" takes at least "+noBreak(unit.Rate(e.Value)))
		}
	}
	if len(parts) == 0 || len(parts) > mostNamed {
		return ""
	}
	text := "With " + noBreak(slo) + ", " + list(parts) + "."
	if bound {
		text += " Where it says at least, the generator was the limit."
	}
	return text
}

// answer answers the scenario's question: how far away a store may be if it varies that, what
// costs consist of if it has ladders, costs if a load measures them, else capacities, else how
// response times change while a rate does, else how they grow with it.
func answer(s *analysis.Summary) string {
	if text := breakEvens(s); text != "" {
		return text
	}
	if text := costSplits(s); text != "" {
		return text
	}
	if len(s.Arms) == 0 || headline(&s.Arms[0]).costs.Name != "" {
		return costs(s)
	}
	if text := capacities(s); text != "" {
		return text
	}
	if text := ramps(s); text != "" {
		return text
	}
	return sweeps(s)
}
