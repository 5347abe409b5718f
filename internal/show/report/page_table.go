package report

import (
	"strings"

	"authbench/internal/judge/analysis"
)

// pageTable is a table as the page shows it: heads link to their definitions.
type pageTable struct {
	Title, Caption, Lead string
	Of                   string // head of the first column
	Heads                []pageHead
	Rows                 []pageRow
	Tied                 bool // some cell has letters
}

type pageHead struct {
	Text, Term string
	Words      bool // its cells are words
}

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
		head := pageHead{c.Head, headTerm(c.Head), c.words}
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
	if declaresContrasts(s) { // these say who is tied
		return out
	}
	for k, c := range t.Columns {
		holders := map[rune]int{}
		for i, r := range t.Rows {
			if r.Cells[k].Text == missing {
				continue
			}
			out.Rows[i].Cells[k].Ties = letters(arms[r.Name], c.Head)
			for _, letter := range out.Rows[i].Cells[k].Ties {
				holders[letter]++
			}
		}
		for i := range out.Rows {
			out.Rows[i].Cells[k].keepTies(holders)
			out.Tied = out.Tied || out.Rows[i].Cells[k].Ties != ""
		}
	}
	return out
}

// keepTies drops the letters that one arm alone has: they mark no tie.
func (c *pageCell) keepTies(holders map[rune]int) {
	c.Ties = strings.Map(func(letter rune) rune {
		if holders[letter] < 2 {
			return -1
		}
		return letter
	}, c.Ties)
}

// letters are an arm's tie groups in a column of the decision table.
func letters(a armLoads, head string) string {
	if strings.HasPrefix(head, cpuBeside) {
		return a.open.Ties[cpuMetric.name]
	}
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
