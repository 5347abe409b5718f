package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"authbench/internal/judge/advice"
	"authbench/internal/result"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// AdviceView is what every form of an advice shows.
type AdviceView struct {
	Answer []string
	// Rows are the options, each a row of cells, the heads first.
	Rows [][]string
	// Parts are lines under titles.
	Parts []AdvicePart
	Basis string
}

// AdvicePart is one of them.
type AdvicePart struct {
	Title string
	Lines []AdviceLine
}

// AdviceLine is a sentence, or a text before a command.
type AdviceLine struct{ Text, Command string }

// ViewAdvice words an advice. Its texts are safe to print.
func ViewAdvice(a *advice.Advice) AdviceView {
	v := AdviceView{Answer: cleaned(a.Answer), Rows: adviceRows(a), Basis: usertext.Clean(adviceBasis(a))}
	for _, part := range []AdvicePart{
		{"What is not known, and how to find out", openLines(a)}, {"By what evidence", lines(evidence(a))}, {"What would change the answer", lines(a.Turns)},
	} {
		if len(part.Lines) > 0 {
			v.Parts = append(v.Parts, part)
		}
	}
	return v
}

func lines(sentences []string) []AdviceLine {
	var out []AdviceLine
	for _, s := range cleaned(sentences) {
		out = append(out, AdviceLine{Text: s})
	}
	return out
}

// openLines are what the result leaves open, each with the commands that close it.
func openLines(a *advice.Advice) []AdviceLine {
	var out []AdviceLine
	for _, g := range a.Gaps {
		about := "Of all arms: "
		if len(g.Arms) > 0 {
			about = "Of " + list(a.Labels(g.Arms)) + ": "
		}
		out = append(out, AdviceLine{Text: usertext.Clean(about + g.Open + ".")})
		for _, w := range g.Ways {
			out = append(out, AdviceLine{Text: usertext.Clean(w.When) + ":", Command: usertext.Clean(w.Command)})
		}
	}
	return out
}

// apart is a blank within a quantity, at which no line may end.
var apart = regexp.MustCompile(`([0-9]) (–|[nµm]?s\b|[kMG]?/s\b|[KMGT]iB\b|B\b|%)`)

func cleaned(sentences []string) []string {
	out := make([]string, len(sentences))
	for i, s := range sentences {
		out[i] = apart.ReplaceAllString(usertext.Clean(s), "$1\u00a0$2")
	}
	return out
}

// evidence says for each option what is known of each limit.
func evidence(a *advice.Advice) []string {
	var out []string
	for _, o := range a.Options {
		var found []string
		for _, c := range o.Checks {
			text := c.Text
			if c.Fit != advice.Meets {
				text += " (" + string(c.Fit) + ": " + c.Limit + ")"
			}
			found = append(found, text)
		}
		if o.Priced != "" {
			found = append(found, o.Priced)
		}
		out = append(out, o.Label+": "+strings.Join(found, "; ")+".")
	}
	return out
}

// Advice writes an advice for people.
func Advice(w io.Writer, a *advice.Advice, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	v := ViewAdvice(a)
	for _, sentence := range v.Answer {
		p.text("", sentence)
	}
	p.blank()
	p.grid(v.Rows, widthsOf(v.Rows))
	for _, part := range v.Parts {
		p.blank()
		p.line(p.paint(strong, part.Title))
		for _, l := range part.Lines {
			if l.Command == "" {
				p.text("  ", l.Text)
				continue
			}
			p.text("    ", l.Text)
			p.line("      " + l.Command) // whole, so that it can be copied
		}
	}
	p.blank()
	p.text("", v.Basis)
	return flush(w, "the advice", &p.out)
}

// adviceRows is the table of the options, with the heads as the first row. It leaves out empty
// columns.
func adviceRows(a *advice.Advice) [][]string {
	type adviceColumn struct {
		head string
		cell func(advice.Option) string
	}
	columns := []adviceColumn{
		{"arm", func(o advice.Option) string { return usertext.Clean(o.Label) }},
		{"limits", func(o advice.Option) string { return string(o.Fit) }},
		{"CPU/request", func(o advice.Option) string { return unit.Micros(o.CPU.Value) }},
		{"tied", func(o advice.Option) string { return o.Tied }},
		{"CPUs", func(o advice.Option) string { return unit.Number(o.Cores) }},
		{"price/month", func(o advice.Option) string {
			if a.Need.CoreHour == 0 {
				return ""
			}
			return price(advice.PerMonth(o.Cores, a.Need.CoreHour))
		}},
		{"p50", func(o advice.Option) string { return optionalMicros(o.Median) }},
		{"p99", func(o advice.Option) string { return optionalMicros(o.P99) }},
		{"memory", func(o advice.Option) string {
			if o.Memory == 0 {
				return ""
			}
			return unit.Bytes(o.Memory)
		}},
	}
	rows := make([][]string, 1+len(a.Options))
	for _, c := range columns {
		cells := []string{c.head}
		for _, o := range a.Options {
			cells = append(cells, c.cell(o))
		}
		if !slices.ContainsFunc(cells[1:], func(text string) bool { return text != "" }) {
			continue
		}
		for i, text := range cells {
			if text == "" {
				text = missing
			}
			rows[i] = append(rows[i], text)
		}
	}
	return rows
}

func optionalMicros(v *float64) string {
	if v == nil {
		return ""
	}
	return unit.Micros(*v)
}

// leastPrice is the value of the smallest coin of a currency.
const leastPrice = 0.01

// price prints an amount of whatever currency. The page's script prints the same.
func price(v float64) string {
	if v > 0 && v < leastPrice {
		return "< " + unit.Plain(leastPrice, 0)
	}
	return unit.Number(v)
}

// adviceLoad says under which load the CPU times were measured.
func adviceLoad(a *advice.Advice) string {
	at := a.Options[0].At
	text := "CPU per request was taken " + at
	if a.Near > 0 {
		text += ", which of the loads of this run is the nearest to " + unit.Rate(a.Near) + " for each server"
	}
	for _, o := range a.Options {
		if o.At != at {
			text += "; that of " + o.Label + " " + o.At
		}
	}
	if a.Options[0].AtRate > 0 {
		return text + ". A busier server takes less for each request."
	}
	return text + ". A server that is less busy takes more for each request."
}

// adviceBasis says how the figures were measured.
func adviceBasis(a *advice.Advice) string {
	text := fmt.Sprintf("Measured by scenario %s, %s, on %s; CPUs at %s over all replicas", a.Scenario, a.Started, plural(a.Servers, "server", "servers"), unit.Rate(a.Need.Rate))
	if a.Need.Replicas > 1 {
		text += fmt.Sprintf(", memory for %d replicas", a.Need.Replicas)
	}
	text += "."
	if slices.ContainsFunc(a.Options, func(o advice.Option) bool { return o.Tied != "" }) {
		text += " Arms that share a letter are not told apart by CPU per request."
	}
	if a.TiesUnknown {
		text += " It has too few launches to tell which arms differ for certain in their CPU per request."
	}
	text += " In parentheses: 95\u00a0% intervals in that run. Another machine, or another hour, has other figures; ratios differ less than microseconds do."
	text += " " + adviceLoad(a)
	if a.Need.StoreRoundTrip != nil {
		text += " Response times of arms with a store behind a connection were moved by the difference between the round trip that was asked for and the one that was measured."
	}
	if a.Validity != result.Valid {
		text += " The result is " + string(a.Validity) + "."
	}
	return text
}
