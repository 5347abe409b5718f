package report

import (
	"fmt"
	"strings"

	"authbench/bench"
)

// reason says in a few words what weighs most against the figures, "" for nothing: the
// first of the warnings, which are sorted by their weight, without its remedy.
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

// heading writes the first lines of a report: the verdict and what it is about. What is
// doubtful comes first of all.
func (p *printer) heading(mark, reason, about string) {
	if reason == "" {
		p.text(mark+"  ", about)
		return
	}
	p.text(mark+"  ", reason)
	p.text("", about)
}
