package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Methods lists methods with their parameters, for people.
func Methods(w io.Writer, all []bench.MethodSpec, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	for i, m := range all {
		if i > 0 {
			p.blank()
		}
		p.text(p.paint(strong, m.ID)+"  ", m.Summary)
		widest := 0
		for _, param := range m.Params {
			widest = max(widest, displayWidth(param.Name))
		}
		for _, param := range m.Params {
			p.text(fmt.Sprintf("  %-*s  ", widest, param.Name), param.Doc)
			if values := paramValues(param); values != "" {
				p.text(strings.Repeat(" ", widest+4), values)
			}
		}
	}
	return flush(w, "the methods", &p.out)
}

// paramValues shows what a parameter may be, and its default.
func paramValues(p bench.ParamSpec) string {
	text := strings.Join(p.Values, " | ")
	switch {
	case text == "" && p.Kind == bench.IntParam:
		text = fmt.Sprintf("%d … %d", p.Min, p.Max)
	case p.Kind == bench.DurationParam:
		text = unit.Time(time.Duration(p.Min)*time.Millisecond) + " … " + unit.Time(time.Duration(p.Max)*time.Millisecond)
	}
	if p.Default != "" {
		text = strings.TrimSpace(text + " (default " + p.Default + ")")
	}
	return text
}
