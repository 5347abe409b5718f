package report

import (
	"bytes"
	"fmt"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
)

// failedCases are the cases of the attack catalogue that an arm failed, each in one line:
// its id, what accepting it means, its title, and what happened.
type failedCases struct {
	Arm   string
	Lines []string
	// Unsafe is how many of them make the arm unsafe.
	Unsafe int
}

// fewLines is how many cases are shown in a page before they are folded.
const fewLines = 5

// Folded reports whether the list is long. A terminal shows it all.
func (f failedCases) Folded() bool { return len(f.Lines) > fewLines }

// Title says what the list is of.
func (f failedCases) Title() string {
	text := f.Arm + " fails " + plural(len(f.Lines), "case", "cases") + " of the attack catalogue"
	switch f.Unsafe {
	case len(f.Lines):
		return text
	case 0:
		return text + ", and is safe"
	}
	return text + ", of which " + plural(f.Unsafe, "is", "are") + " unsafe"
}

func failedOf(arm string, failures []bench.CaseFailure) failedCases {
	out := failedCases{Arm: arm}
	for _, f := range failures {
		line := fmt.Sprintf("%s (%s", f.ID, f.Impact)
		if f.Gating {
			out.Unsafe++
			line += ", unsafe"
		}
		line += "): " + f.Title
		if f.Happened != "" {
			line += ": " + f.Happened
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// failuresOf are the failed cases of every arm that failed any.
func failuresOf(s *analysis.Summary) (out []failedCases) {
	for _, a := range s.Arms {
		if a.Conformance != nil && len(a.Conformance.Failures) > 0 {
			out = append(out, failedOf(a.Name, a.Conformance.Failures))
		}
	}
	return out
}

// gateFailures are the cases that heads failed and their bases did not.
func gateFailures(d *gate.Document) (out []failedCases) {
	for _, a := range d.Alarms {
		if len(a.Cases) > 0 {
			out = append(out, failedOf(a.Arm, a.Cases))
		}
	}
	return out
}

// failures writes every case of every list.
func (p *printer) failures(all []failedCases) {
	for _, f := range all {
		p.blank()
		p.text("", f.Title()+":")
		for _, line := range f.Lines {
			p.text("  - ", line)
		}
	}
}

// writeFailures writes the lists as Markdown, long ones folded.
func writeFailures(out *bytes.Buffer, all []failedCases) {
	for _, f := range all {
		if f.Folded() {
			fold(out, markdown(f.Title()))
		} else {
			fmt.Fprintf(out, "\n%s:\n\n", markdown(f.Title()))
		}
		for _, line := range f.Lines {
			fmt.Fprintf(out, "- %s\n", markdown(line))
		}
		if f.Folded() {
			out.WriteString("\n</details>\n")
		}
	}
}
