package report

import (
	"io"
	"strings"
)

// List writes rows in columns, the last of which is words that wrap, for people.
func List(w io.Writer, rows [][]string, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	shown := make([][]string, len(rows))
	for i, row := range rows {
		shown[i] = cleaned(row)
	}
	widths := widthsOf(shown)
	for _, row := range shown {
		lead, words := "", len(row)-1
		for i, text := range row[:words] {
			lead += text + strings.Repeat(" ", widths[i]-displayWidth(text)+2)
		}
		p.text(lead, row[words])
	}
	return flush(w, "the list", &p.out)
}
