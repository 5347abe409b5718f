package report

import (
	"cmp"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// declaresContrasts reports whether the scenario says which arms its question compares.
func declaresContrasts(s *analysis.Summary) bool { return len(s.Contrasts) > 0 }

// contrastName names the arms of a contrast.
func contrastName(c analysis.Contrast) string { return c.Arm + " beside " + c.Versus }

// subject is the subject of a sentence about a contrast: what the first arm does beyond the
// other. The table names both arms.
func subject(c analysis.Contrast) string { return cmp.Or(c.Says, contrastName(c)) }

// contrastLoads are the loads that the contrasts' figures are from. All arms have all loads of
// the scenario.
func contrastLoads(s *analysis.Summary) (costs, open string) {
	if len(s.Arms) == 0 {
		return "", ""
	}
	a := headline(&s.Arms[0])
	return a.costs.Name, a.open.Name
}

// contrasts says how the arms differ that the scenario compares: in CPU time, then in
// response times.
func contrasts(s *analysis.Summary) string {
	if len(s.Contrasts) > mostListed {
		return "How the " + unit.Count(int64(len(s.Contrasts))) + " pairs of arms differ is in the table."
	}
	costs, open := contrastLoads(s)
	text := sentences(contrastBy(s, cpuMetric, costs), reference(s, costs), contrastBy(s, p50Metric, open), contrastBy(s, p99Metric, open))
	if text == "" {
		return "None of the pairs of arms that the scenario compares could be compared; the warnings say why."
	}
	return text
}

// reference says what a request takes with the arms that others are compared with: without it,
// nobody knows whether a difference is large. It is empty if no contrast has costs.
func reference(s *analysis.Summary, load string) string {
	var names, takes []string
	for _, c := range s.Contrasts {
		i := armAt(s, c.Versus)
		if _, compared := c.Loads[load][cpuMetric.name]; !compared || i < 0 || slices.Contains(names, c.Versus) {
			continue
		}
		if e, ok := headline(&s.Arms[i]).costs.Metrics[cpuMetric.name]; ok {
			names, takes = append(names, c.Versus), append(takes, noBreak(unit.Micros(e.Value))+" with "+c.Versus)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "A request takes " + list(takes) + "."
}

// contrastBy words the contrasts by one metric under a load, "" if none has the metric. Only for
// CPU time of few pairs does it give intervals, because with more nobody would read the sentence;
// the table has all.
func contrastBy(s *analysis.Summary, m metric, load string) string {
	costs := m.name == cpuMetric.name
	intervals := costs && len(s.Contrasts) <= mostNamed
	interval := func(lo, hi float64) string { return noBreak(m.interval(lo, hi)) }
	var certain, doubtful []string
	for _, c := range s.Contrasts {
		found, ok := c.Loads[load][m.name]
		switch {
		case !ok:
		case found.Tied:
			doubtful = append(doubtful, subject(c)+": "+interval(found.DifferenceLo, found.DifferenceHi))
		case found.Difference < 0:
			certain = append(certain, subject(c)+" saves "+amount(m, -found.Difference, interval(-found.DifferenceHi, -found.DifferenceLo), intervals))
		default:
			certain = append(certain, subject(c)+" adds "+amount(m, found.Difference, interval(found.DifferenceLo, found.DifferenceHi), intervals))
		}
	}
	by, which := "By "+m.label, ""
	if !costs { // a time, which means nothing without its load
		by += " under the " + load + " load"
	} else if by += whereCosts(s); intervals && len(doubtful) > 0 {
		which = " (" + strings.Join(doubtful, "; ") + ")"
	}
	switch {
	case len(certain)+len(doubtful) == 0:
		return ""
	case len(certain) == 0:
		return by + ", this run shows no certain difference" + which + "."
	case len(doubtful) == 0:
		return by + ", " + list(certain) + "."
	}
	return by + ", " + list(certain) + "; this run shows no certain difference for the others" + which + "."
}

// amount is a difference, with its interval where that is wanted.
func amount(m metric, v float64, interval string, wanted bool) string {
	if !wanted {
		return noBreak(m.print(v))
	}
	return noBreak(m.print(v)) + " (" + interval + ")"
}

// contrastTableOf has a row per contrast. It has no columns if the scenario declares none,
// or none could be made.
func contrastTableOf(s *analysis.Summary) table {
	t := table{Of: "arms"}
	costs, open := contrastLoads(s)
	type source struct {
		head, load string
		metric     metric
		ratio      bool
	}
	sources := []source{{"CPU/request", costs, cpuMetric, false}, {"ratio", costs, cpuMetric, true}}
	if head := atRate(s); head != "" {
		sources = append(sources, source{head, open, cpuMetric, false})
	}
	sources = append(sources, source{"p50", open, p50Metric, false}, source{"p99", open, p99Metric, false})
	for _, l := range capacityLoads(s) {
		sources = append(sources, source{"capacity, " + l.SLO, l.Name, capacityMetric, true})
	}
	for _, c := range s.Contrasts {
		if c.Missing == "" {
			t.Rows = append(t.Rows, tableRow{Name: contrastName(c), Status: analysis.ArmOK})
		}
	}
	for _, from := range sources {
		cells, compared := []cell{}, false
		for _, c := range s.Contrasts {
			if c.Missing != "" {
				continue
			}
			found, ok := c.Loads[from.load][from.metric.name]
			compared = compared || ok
			cells = append(cells, contrastCell(found, ok, from.metric, from.ratio))
		}
		if !compared {
			continue
		}
		t.Columns = append(t.Columns, column{Head: from.head, spread: !from.ratio || from.metric.name == capacityMetric.name, varies: true})
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
		}
	}
	return t.saying(s.Contrasts)
}

// saying adds what the contrasts say, if any says something.
func (t table) saying(contrasts []analysis.Contrast) table {
	var cells []cell
	for _, c := range contrasts {
		if c.Missing == "" {
			cells = append(cells, cell{Text: cmp.Or(c.Says, missing)})
		}
	}
	if len(t.Columns) == 0 || !slices.ContainsFunc(cells, func(c cell) bool { return c.Text != missing }) {
		return t
	}
	t.Columns = append(t.Columns, column{Head: "what is added", words: true})
	for i := range t.Rows {
		t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
	}
	return t
}

// contrastCell is what an arm adds by a metric, or its ratio.
func contrastCell(c analysis.ContrastMetric, ok bool, m metric, ratio bool) cell {
	switch {
	case !ok:
		return cell{Text: missing}
	case ratio:
		return cell{tied(c, unit.Ratio(c.Ratio)), unit.Factor.Interval(c.Lo, c.Hi)}
	}
	return cell{tied(c, m.print(c.Difference)), m.interval(c.DifferenceLo, c.DifferenceHi)}
}

// tied marks a number of two arms that the run does not tell apart.
func tied(c analysis.ContrastMetric, text string) string {
	if c.Tied {
		return "tied: " + text
	}
	return text
}

// capacityLoads are the scenario's.
func capacityLoads(s *analysis.Summary) []analysis.Load {
	if len(s.Arms) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Arms[0].Loads), func(l analysis.Load) bool { return l.Kind != bench.Capacity })
}
