package report

import (
	"fmt"
	"strings"

	"authbench/bench"
)

// reason is the most important warning in a few words, "" without warnings: the first one, since
// they are sorted, without its remedy.
func reason(notes []note) string {
	if len(notes) == 0 || notes[0].Level == bench.Info {
		return ""
	}
	first := notes[0]
	const few = 2 // arms and loads that are named on the first line
	if rest := len(first.About) - few; rest > 0 {
		first.About = append(first.About[:few:few], fmt.Sprintf("%d more", rest))
	}
	text, _, _ := strings.Cut(first.Line(), "; ")
	return text
}

// heading writes the first lines of a report: the verdict, and what the report is about. If there
// is a doubt, it comes first.
func (p *printer) heading(mark, reason, about string) {
	if reason == "" {
		p.text(mark+"  ", about)
		return
	}
	p.text(mark+"  ", reason)
	p.text("", about)
}
