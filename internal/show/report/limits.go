package report

import (
	"bytes"
	"fmt"

	"authbench/internal/result/limit"
)

// limits writes each limit, whether it was kept, and by what figure.
func (p *printer) limits(all []limit.Judged) {
	if len(all) == 0 {
		return
	}
	p.blank()
	p.line(p.paint(strong, "Limits"))
	widest := 0
	for _, j := range all {
		widest = max(widest, len(j.Outcome))
	}
	for _, j := range all {
		mark := red
		if j.Outcome == limit.Kept {
			mark = green
		}
		p.text("  "+p.paint(mark, fmt.Sprintf("%-*s", widest, j.Outcome))+"  ", j.Limit+": "+j.Finding())
	}
}

// limitRows are the limits as a table; the first row holds the heads.
func limitRows(all []limit.Judged) [][]string {
	rows := [][]string{{"limit", "figure", "value", "verdict"}}
	for _, j := range all {
		value := j.Amount()
		if j.Outcome == limit.Unjudged {
			value = j.Reason
		}
		rows = append(rows, []string{j.Limit, j.Subject(), value, string(j.Outcome)})
	}
	return rows
}

// writeLimits writes the limits as Markdown.
func writeLimits(out *bytes.Buffer, all []limit.Judged) {
	if len(all) == 0 {
		return
	}
	out.WriteByte('\n')
	writeGrid(out, limitRows(all))
}
