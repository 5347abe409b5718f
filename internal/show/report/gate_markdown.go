package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"authbench/internal/judge/gate"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// GateMarkdown writes a gate's report as Markdown, as a CI system shows it, short enough
// for a comment on a change: the verdict, a row per arm, what fails and what is open. The
// rest is folded.
func GateMarkdown(w io.Writer, d *gate.Document) error {
	var out bytes.Buffer
	v := viewOfGate(d)
	fmt.Fprintf(&out, "## authbench gate: %s\n\n%s\n\n", v.Mark, markdown(v.Sentence))
	fmt.Fprintf(&out, "%s → %s: %s of scenario %s in %s.\n", sideName(d.Base), sideName(d.Head),
		markdown(plural(d.Launches, "launch", "launches")), markdown(d.Scenario), unit.Duration(d.Seconds*1e9))
	writeArms(&out, d)
	writeList(&out, v.Notes)
	writeFailures(&out, v.Failed)
	if len(v.Rows) > 0 {
		writeCells(&out, v)
	}
	return flush(w, "the gate's report", &out)
}

// sideName is a side in short.
func sideName(o gate.Origin) string {
	text := "**" + markdown(o.Name) + "**"
	if o.Commit != "" {
		text += fmt.Sprintf(" (%.12s)", o.Commit)
	}
	return text
}

// gateArm is what became of one arm. Cells are its, by metric.
type gateArm struct {
	name    string
	verdict gate.Verdict
	cells   map[string]gate.Cell
}

// verdictsByWeight has the worst verdict first: an arm has the verdict of its worst cell. A
// latency that is bounded or not judged does not keep an arm from passing.
var verdictsByWeight = []gate.Verdict{gate.Fail, gate.Invalid, gate.Inconclusive, gate.Open, gate.Pass}

// gateArms are all arms of a gate, except those that only head has.
func gateArms(d *gate.Document) []*gateArm {
	var out []*gateArm
	note := func(arm string, v gate.Verdict) *gateArm {
		i := slices.IndexFunc(out, func(a *gateArm) bool { return a.name == arm })
		if i < 0 {
			i = len(out)
			out = append(out, &gateArm{arm, v, map[string]gate.Cell{}})
		}
		weight := func(v gate.Verdict) int { return slices.Index(verdictsByWeight, v) }
		if cmp.Less(weight(v), weight(out[i].verdict)) {
			out[i].verdict = v
		}
		return out[i]
	}
	for _, c := range d.Cells {
		verdict := c.Verdict
		switch {
		case d.Verdict == gate.Invalid:
			verdict = gate.Invalid // the cells do not count
		case verdict == gate.Bounded || verdict == gate.NotJudged:
			verdict = gate.Pass
		}
		note(c.Arm, verdict).cells[c.Metric] = c
	}
	for _, u := range d.Unproven {
		note(u.Arm, gate.Inconclusive)
	}
	for _, a := range d.Alarms {
		note(a.Arm, gate.Fail)
	}
	return out
}

// writeArms writes a row per arm: its verdict, and the values of each metric in base and head.
// Only the table of all cells has the tail, which is a difference of shares.
func writeArms(out *bytes.Buffer, d *gate.Document) {
	metrics := slices.DeleteFunc(gateMetrics(d), func(name string) bool { return name == gate.MetricTail })
	rows := [][]string{{"arm", "verdict"}}
	for _, name := range metrics {
		rows[0] = append(rows[0], markdown(gateMetricNamed(name).label))
	}
	for _, a := range gateArms(d) {
		row := []string{markdown(a.name), "**" + gateMark(a.verdict) + "**"}
		for _, name := range metrics {
			text := missing
			if c, has := a.cells[name]; has {
				text = cellMarkdown(c)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	if len(rows) > 1 {
		out.WriteByte('\n')
		writeRows(out, rows)
	}
}

// cellMarkdown is base's and head's value of a metric, the change, and the verdict if it is not a
// pass.
func cellMarkdown(c gate.Cell) string {
	var lines []string
	m := gateMetricNamed(c.Metric)
	if c.Change != nil {
		lines = []string{markdown(m.fromTo(c)), markdown(m.change(c))}
	}
	if c.Verdict != gate.Pass {
		lines = append(lines, strings.ToLower(gateMark(c.Verdict)))
	}
	if c.Verdict == gate.Fail {
		for i := range lines {
			lines[i] = "**" + lines[i] + "**"
		}
	}
	return strings.Join(lines, "<br>")
}

// writeList writes sentences as a list, if there are any.
func writeList(out *bytes.Buffer, sentences []string) {
	if len(sentences) > 0 {
		out.WriteByte('\n')
	}
	for _, s := range sentences {
		fmt.Fprintf(out, "- %s\n", markdown(s))
	}
}

// writeCells writes, folded, all that was measured and what the words mean.
func writeCells(out *bytes.Buffer, v gateView) {
	fold(out, "All figures, what is ruled out, and what the words mean")
	for _, f := range v.Facts {
		fmt.Fprintf(out, "- %s: %s\n", f.Name, markdown(f.Text))
	}
	out.WriteByte('\n')
	writeGrid(out, v.Rows)
	writePlot(out, v.Forest)
	writeList(out, v.Asides)
	fmt.Fprintf(out, "\n%s\n\n</details>\n", markdown(v.Legend))
}

// writePlot writes a plot's lines, if there are any.
func writePlot(out *bytes.Buffer, lines []string) {
	if len(lines) == 0 {
		return
	}
	out.WriteString("\n```text\n")
	for _, line := range lines {
		// Nothing but a line of backticks ends the block, and no name has any.
		fmt.Fprintf(out, "%s\n", strings.ReplaceAll(usertext.Clean(line), "`", "'"))
	}
	out.WriteString("```\n")
}
