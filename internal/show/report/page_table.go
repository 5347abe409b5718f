package report

import "authbench/internal/judge/analysis"

// pageTable is a table as the page shows it: heads link to their definitions.
type pageTable struct {
	Title, Caption, Lead string
	Of                   string // head of the first column
	Heads                []pageHead
	Rows                 []pageRow
	Tied                 bool // some cell has letters
}

type pageHead struct{ Text, Term string }

type pageRow struct {
	Label string
	Cells []pageCell
}

// pageCell is a cell with the letters of its arm's ties in that column, if it has any.
type pageCell struct {
	cell
	Ties string
}

// pageTableOf links a table's heads to their definitions.
func pageTableOf(s *analysis.Summary, from titledTable) pageTable {
	out := pageTable{Title: from.Title, Caption: from.Caption, Lead: from.Lead, Of: from.of()}
	for _, c := range from.Columns {
		head := pageHead{c.Head, headTerm(c.Head)}
		if c.Head == "of "+s.Baseline+"'s" {
			head.Term = headTerm("of baseline's")
		}
		out.Heads = append(out.Heads, head)
	}
	for _, r := range from.Rows {
		row := pageRow{Label: r.Label()}
		for _, c := range r.Cells {
			row.Cells = append(row.Cells, pageCell{cell: c})
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// decisionPage is the decision table with what a page has room for: memory, and
// which arms are not told apart.
func decisionPage(s *analysis.Summary) pageTable {
	memory := column{Head: "memory", cell: func(a armLoads) (cell, bool) { return metricCell(metricNamed("memory_bytes"), a.Metrics, 1) }}
	t, _ := partition(tableWith(s, append(columns(s), memory)))
	out := pageTableOf(s, titledTable{Caption: "Decision table: one line per arm", table: t})
	arms := map[string]armLoads{}
	for i := range s.Arms {
		arms[s.Arms[i].Name] = headline(&s.Arms[i])
	}
	for i, r := range t.Rows {
		a := arms[r.Name]
		for k, c := range t.Columns {
			if r.Cells[k].Text == missing || declaresContrasts(s) { // whose contrasts say who is tied
				continue
			}
			out.Rows[i].Cells[k].Ties = letters(a, c.Head)
			out.Tied = out.Tied || out.Rows[i].Cells[k].Ties != ""
		}
	}
	return out
}

// letters are an arm's tie groups in a column of the decision table.
func letters(a armLoads, head string) string {
	switch head {
	case "CPU/request":
		return a.costs.Ties[cpuMetric.name]
	case "p50":
		return a.open.Ties[p50Metric.name]
	case "p90":
		return a.open.Ties[p90Metric.name]
	case "p99":
		return a.open.Ties[p99Metric.name]
	}
	return ""
}
