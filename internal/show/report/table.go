package report

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
	"authbench/internal/result/validity"
	"authbench/internal/text/unit"
)

// table has one row per arm, per method, or per pair of arms.
type table struct {
	// Of is what the rows are of; empty for arms.
	Of      string
	Columns []column
	Rows    []tableRow
	// absent lists the values that good arms lack, in columns that other arms fill.
	absent []absence
}

// absence is why an arm lacks values.
type absence struct {
	arm, why string
	heads    []string
}

// titledTable is a table below the decision table.
type titledTable struct {
	// Title is its heading if there is room for one, Caption its description for those who
	// cannot see it.
	Title, Caption string
	// Lead says what a reader must know first; may be empty.
	Lead string
	table
}

// furtherTables are the tables below the decision table that are not empty.
func furtherTables(s *analysis.Summary) []titledTable {
	capacity, _ := partition(capacityTableOf(s))
	_, shown := partition(tableOf(s))
	_, shownCapacity := partition(capacityTableOf(s))
	const lead = "Unsafe arms: they fail the attack catalogue, and the scenario shows them nevertheless. They are compared with the baseline and with nothing else."
	var out []titledTable
	for _, t := range []titledTable{
		{"How the arms differ", "Contrasts: one line per pair of arms", "What the first of two arms adds to the other:", contrastTableOf(s)},
		{"Unsafe arms", "Unsafe arms: one line per arm", lead, shown},
		{"What the costs are made of", "Cost split: one line per method", "", ladderTableOf(s)},
		{"How long a revoked credential goes on working", "Revocation: one line per arm whose server takes credentials back", "", revocationTableOf(s)},
		{"When an exchange pays", "Exchange: one line per arm whose clients exchange a key for tokens", "", exchangeTableOf(s)},
		{"How far away a store may be", "Break-even: one line per arm that asks no store", "", breakEvenTableOf(s)},
		{"Capacity within an objective", "Capacities: one line per arm", "", capacity},
		{"Capacity of unsafe arms", "Capacities of unsafe arms: one line per arm", lead, shownCapacity},
	} {
		if len(t.Columns) > 0 && len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// partition splits a table into safe arms and the unsafe arms that the scenario shows, so that
// nobody takes a figure of an unsafe arm for that of a safe one.
func partition(t table) (safe, shown table) {
	safe, shown = t, t
	safe.Rows, shown.Rows = nil, nil
	for _, r := range t.Rows {
		if r.Status == analysis.ArmShown {
			shown.Rows = append(shown.Rows, r)
		} else {
			safe.Rows = append(safe.Rows, r)
		}
	}
	return safe, shown
}

// decisionTable has the arms that may be compared, and those without figures.
func decisionTable(s *analysis.Summary) table {
	safe, _ := partition(tableOf(s))
	return safe
}

// tableRow is one arm.
type tableRow struct {
	Name   string
	Status analysis.ArmStatus
	Cells  []cell // one per column
}

// column is one column of the decision table.
type column struct {
	Head string
	// cell returns the arm's value; ok is false where it has none.
	cell func(armLoads) (c cell, ok bool)
	// why says why a good arm has no value. cpu says that the column needs the server's CPU
	// time.
	why string
	cpu bool
	// versus: the column compares with the baseline, whose own cell is "baseline".
	versus bool
	// spread: the interval is shown even if room is short.
	spread bool
	// varies: it is shown if there is room, because the number alone would claim far more
	// than is known.
	varies bool
	// words: its cells are words.
	words bool
	// always: void arms have a value, too.
	always bool
}

// armLoads is an arm with its headline loads: the first closed and the first open one. The
// details have the others. A load that the arm does not have is empty.
type armLoads struct {
	*analysis.Arm
	closed, open analysis.Load
	costs        analysis.Load // which CPU per request is from
}

func headline(a *analysis.Arm) armLoads {
	out := armLoads{Arm: a}
	for i := len(a.Loads) - 1; i >= 0; i-- {
		switch a.Loads[i].Kind {
		case bench.Closed:
			out.closed = a.Loads[i]
		case bench.Open:
			out.open = a.Loads[i]
		}
	}
	out.costs = out.closed
	if out.closed.Name == "" {
		out.costs = out.open
	}
	return out
}

// seeWarnings is why a value is missing that a warning tells of.
const seeWarnings = "the warnings say why"

func columns(s *analysis.Summary) []column {
	cores := float64(max(1, len(s.Host.ServerCPUs)))
	all := []column{
		{Head: "safety", cell: func(a armLoads) (cell, bool) { return safety(a.Conformance) }, always: true},
		{Head: "CPU/request", cell: func(a armLoads) (cell, bool) { return metricCell(cpuMetric, a.costs.Metrics, 1) }, why: seeWarnings, cpu: true},
	}
	if head := atRate(s); head != "" {
		all = append(all, column{Head: head, cell: func(a armLoads) (cell, bool) { return cpuAtRate(a) }})
	}
	all = append(all, column{Head: perTokenHead, cell: perToken, spread: true})
	for _, name := range bench.MeteredBackends {
		m := metricNamed(limit.BackendCPU(name))
		all = append(all, column{Head: ofIt(name), cell: func(a armLoads) (cell, bool) { return metricCell(m, a.costs.Metrics, 1) }})
	}
	all = append(all, []column{
		{Head: "auth tax", cell: func(a armLoads) (cell, bool) { return tax(s, a) }, why: "it cannot be compared with the baseline", cpu: true, versus: true, spread: true},
		{Head: "ratio", cell: func(a armLoads) (cell, bool) { return ratio(s, a) }, why: "it cannot be compared with the baseline", cpu: true, versus: true},
		{Head: "throughput/core", cell: func(a armLoads) (cell, bool) {
			if _, ours := a.closed.Metrics[cpuMetric.name]; !ours {
				return cell{}, false // without CPU time, the number of its cores is not known either
			}
			return metricCell(throughputMetric, a.closed.Metrics, cores)
		}, why: seeWarnings, cpu: true},
		{Head: "p50", cell: func(a armLoads) (cell, bool) { return metricCell(p50Metric, a.open.Metrics, 1) }, why: seeWarnings},
		{Head: "p90", cell: func(a armLoads) (cell, bool) { return metricCell(p90Metric, a.open.Metrics, 1) }, why: seeWarnings},
		{Head: "p99", cell: func(a armLoads) (cell, bool) { return metricCell(p99Metric, a.open.Metrics, 1) }, why: seeWarnings, varies: true},
		{Head: "request", cell: func(a armLoads) (cell, bool) { return withoutInterval(metricCell(requestMetric, a.costs.Metrics, 1)) }, why: "nothing was sent"},
		{Head: "allocs", cell: func(a armLoads) (cell, bool) { return withoutInterval(metricCell(allocsMetric, a.Metrics, 1)) }, why: "only the built-in server counts them"},
	}...)
	return slices.DeleteFunc(all, func(c column) bool { return c.versus && !s.Taxed() })
}

// safety is how many cases of the attack catalogue an arm passed, or which make it
// unsafe.
func safety(c *bench.Conformance) (cell, bool) {
	switch {
	case c == nil || !c.Tested():
		return cell{}, false
	case !c.Unsafe():
		return cell{Text: fmt.Sprintf("%d/%d", c.Passed, c.Passed+c.Failed)}, true
	}
	gating := 0
	first := ""
	for _, f := range c.Failures {
		if f.Gating {
			if gating++; gating == 1 {
				first = f.ID
			}
		}
	}
	text := "unsafe: " + first
	if gating > 1 {
		text += fmt.Sprintf(" +%d", gating-1)
	}
	return cell{Text: text}, true
}

func metricCell(m metric, in map[string]analysis.Estimate, by float64) (cell, bool) {
	e, ok := in[m.name]
	if !ok {
		return cell{}, false
	}
	return m.cell(e, by), true
}

// withoutInterval drops the interval of what hardly varies; the details have it.
func withoutInterval(c cell, ok bool) (cell, bool) { return cell{Text: c.Text}, ok }

func tax(s *analysis.Summary, a armLoads) (cell, bool) {
	if a.Name == s.Baseline {
		return cell{Text: "baseline"}, true
	}
	c, ok := a.costs.VersusBaseline[cpuMetric.name]
	return cell{unit.Micros(c.Difference), unit.Microseconds.Interval(c.DifferenceLo, c.DifferenceHi)}, ok
}

func ratio(s *analysis.Summary, a armLoads) (cell, bool) {
	if a.Name == s.Baseline {
		return cell{Text: unit.Ratio(1)}, true
	}
	c, ok := a.costs.VersusBaseline[cpuMetric.name]
	return cell{unit.Ratio(c.Ratio), unit.Factor.Interval(c.Lo, c.Hi)}, ok
}

// tableOf has a row per arm, good or not. It leaves out columns in which only the baseline has a
// value. It does not show the figures of void arms, because a reader would take them for those of
// a good arm.
func tableOf(s *analysis.Summary) table { return tableWith(s, columns(s)) }

// tableWith is [tableOf] with other columns.
func tableWith(s *analysis.Summary, columns []column) table {
	t := table{Rows: make([]tableRow, len(s.Arms))}
	for i, a := range s.Arms {
		t.Rows[i] = tableRow{Name: a.Name, Status: a.Status}
	}
	for _, col := range columns {
		cells, found, lacking := make([]cell, len(s.Arms)), false, []armLoads{}
		for i := range s.Arms {
			a := headline(&s.Arms[i])
			cells[i] = cell{Text: missing}
			if !a.Status.Measured() && !col.always {
				continue
			}
			c, ok := col.cell(a)
			if !ok {
				if col.why != "" {
					lacking = append(lacking, a)
				}
				continue
			}
			cells[i] = c
			found = found || !col.versus || a.Name != s.Baseline
		}
		if !found {
			continue
		}
		t.Columns = append(t.Columns, col)
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
		}
		for _, a := range lacking {
			t.lacks(a.Name, col.Head, col.reason(s, a))
		}
	}
	return t
}

// reason says why an arm has no value in the column.
func (c column) reason(s *analysis.Summary, a armLoads) string {
	_, has := a.costs.Metrics[cpuMetric.name]
	switch {
	case !c.cpu || has:
		return c.why
	case withheld(s, a):
		return seeWarnings
	}
	return "the CPU time of its server is not known"
}

// withheld reports whether an arm's costs are void, and were measured.
func withheld(s *analysis.Summary, a armLoads) bool {
	return slices.ContainsFunc(s.Warnings, func(w bench.Warning) bool {
		return w.Level == bench.Void && w.Code == validity.CodeUnsaturated && w.Arm == a.Name && w.Load == a.costs.Name
	})
}

// lacks notes a missing value beside others that are missing for the same reason.
func (t *table) lacks(arm, head, why string) {
	for i := range t.absent {
		if t.absent[i].arm == arm && t.absent[i].why == why {
			t.absent[i].heads = append(t.absent[i].heads, head)
			return
		}
	}
	t.absent = append(t.absent, absence{arm, why, []string{head}})
}

// Label is the arm's name with what became of it.
func (r tableRow) Label() string { return label(r.Name, r.Status) }

func label(arm string, status analysis.ArmStatus) string {
	if status == analysis.ArmOK {
		return arm
	}
	return arm + " (" + status.Word() + ")"
}

// text returns a row of heads, and for each arm a row with its name and cells. With roomy,
// intervals that vary are shown, too.
func (t table) text(roomy bool) [][]string {
	out := [][]string{t.heads()}
	for _, r := range t.Rows {
		out = append(out, t.short(r, roomy))
	}
	return out
}

func (t table) short(r tableRow, roomy bool) []string {
	out := []string{r.Label()}
	for i, c := range r.Cells {
		if t.Columns[i].spread || roomy && t.Columns[i].varies {
			out = append(out, c.full())
		} else {
			out = append(out, c.Text)
		}
	}
	return out
}

// heads are the column heads, the arms' own included.
func (t table) heads() []string {
	out := []string{t.of()}
	for _, c := range t.Columns {
		out = append(out, c.Head)
	}
	return out
}

// of is the head of the first column.
func (t table) of() string { return cmp.Or(t.Of, "arm") }
