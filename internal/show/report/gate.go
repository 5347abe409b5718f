package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// gateView is what every form of a gate's report shows.
type gateView struct {
	Mark, Sentence string
	Facts          []fact
	// Rows have the heads first.
	Rows   [][]string
	Forest []string
	// Notes say what fails, what is open and what is doubtful. Asides say why other cells did
	// not pass.
	Notes, Asides []string
	Failed        []failedCases
	Legend        string
}

func viewOfGate(d *gate.Document) gateView {
	v := gateView{Mark: gateMark(d.Verdict), Sentence: gateSentence(d)}
	v.Facts = []fact{
		{"base", originText(d.Base)}, {"head", originText(d.Head)},
		{"measured", fmt.Sprintf("%s of scenario %s in %s", plural(d.Launches, "launch", "launches"), d.Scenario, unit.Duration(d.Seconds*1e9))},
	}
	if !d.Base.Layouts || !d.Head.Layouts {
		v.Facts = append(v.Facts, fact{"targets", "larger by what two copies of one program may differ by"})
	}
	if len(d.Cells) > 0 {
		v.Rows = [][]string{{"arm", "metric", "verdict", "base → head", "change", "ruled out", "target", "launches"}}
		v.Legend = "base → head: medians over launches; change: head against base within each launch, with its 95\u00a0% interval; ruled out: slow-downs of that size or more, " +
			"whatever the verdict; target: a slow-down of that size is to be caught. The tail is the share of a side's requests that are slower than the other side's p99, compared in percentage points (pp)."
	}
	for _, c := range d.Cells {
		m := gateMetricNamed(c.Metric)
		v.Rows = append(v.Rows, []string{c.Arm, m.label, gateMark(c.Verdict), m.fromTo(c), m.change(c), m.ruledOut(c), gate.Size(c.Metric, c.Target), unit.Count(int64(c.Launches))})
		if c.Change != nil {
			v.Forest = append(v.Forest, fmt.Sprintf("%s %s", forest(c), c.Arm+", "+m.label))
		}
	}
	if len(v.Forest) > 0 {
		v.Legend += " In the plot: | no change, : the target, o the change, - its interval."
	}
	decisive := func(c gate.Cell) bool { return c.Verdict == gate.Fail || c.Verdict == gate.Inconclusive }
	v.Notes = cellNotes(d, decisive)
	v.Asides = cellNotes(d, func(c gate.Cell) bool { return c.Verdict != gate.Pass && !decisive(c) })
	for _, a := range d.Alarms {
		v.Notes = append(v.Notes, a.Arm+": "+a.Text+".")
	}
	v.Failed = gateFailures(d)
	for _, a := range d.Added {
		v.Notes = append(v.Notes, fmt.Sprintf("%s: added, base cannot run it (%s).", a.Arm, a.Reason))
	}
	for _, u := range d.Unproven {
		if !halted(d) && !unsafe(d, u.Arm) {
			v.Notes = append(v.Notes, u.Arm+": cannot pass: "+u.Reason+".")
		}
	}
	for _, w := range d.Warnings {
		v.Notes = append(v.Notes, w.Text+".")
	}
	return v
}

// halted reports whether the gate failed an unsafe head before it measured anything.
func halted(d *gate.Document) bool {
	return d.Launches == 0 && slices.ContainsFunc(d.Alarms, func(a gate.Alarm) bool { return a.Code == gate.CodeConformance })
}

// unsafe reports whether head failed an attack on an arm that base withstood.
func unsafe(d *gate.Document, arm string) bool {
	return slices.ContainsFunc(d.Alarms, func(a gate.Alarm) bool { return a.Arm == arm && a.Code == gate.CodeConformance })
}

// cellNotes gives the reasons for some cells' verdicts, cells with one reason together.
func cellNotes(d *gate.Document, of func(gate.Cell) bool) []string {
	var reasons []string
	cells := map[string][]string{}
	for _, c := range d.Cells {
		if !of(c) {
			continue
		}
		reason := c.Reason + neededText(c)
		if cells[reason] == nil {
			reasons = append(reasons, reason)
		}
		cells[reason] = append(cells[reason], c.Arm+" "+gateMetricNamed(c.Metric).label)
	}
	for i, reason := range reasons {
		reasons[i] = list(cells[reason]) + ": " + reason + "."
	}
	return reasons
}

func originText(o gate.Origin) string {
	text := o.Name
	if o.Commit != "" {
		text += fmt.Sprintf(" (%.12s)", o.Commit)
	}
	if o.Layouts {
		return text + ", built anew for each launch"
	}
	return text + ", the same in all launches"
}

// gateMark is a verdict in capitals.
func gateMark(v gate.Verdict) string {
	return strings.ReplaceAll(strings.ToUpper(string(v)), "_", " ")
}

// gateSentence says what the verdict means, and what would help.
func gateSentence(d *gate.Document) string {
	switch d.Verdict {
	case gate.Pass:
		return gateClaim(d)
	case gate.Fail:
		return "This change makes authentication slower or less safe: " + list(failedArms(d)) + "."
	case gate.Invalid:
		return "The run is invalid and decides nothing: " + reason(mergeAlike(voiding(d.Warnings))) + "."
	}
	return "It could not be told whether this change makes authentication slower. A quieter machine would help, or one with more CPUs, fewer arms (--arms), or more time (--budget)."
}

// voiding are the warnings that make a run invalid.
func voiding(warnings []bench.Warning) []bench.Warning {
	return slices.DeleteFunc(slices.Clone(warnings), func(w bench.Warning) bool { return w.Level != bench.Void })
}

// gateClaim says what a passing gate has shown, metric by metric, and what it has not shown.
func gateClaim(d *gate.Document) string {
	var shown, open []string
	for _, name := range gateMetrics(d) {
		m, worst, unjudged := gateMetricNamed(name), (*gate.Cell)(nil), 0
		for i, c := range d.Cells {
			switch {
			case c.Metric != name:
			case c.Verdict == gate.NotJudged:
				unjudged++
			case c.Verdict != gate.Pass && c.RuledOut != nil && (worst == nil || *c.RuledOut > *worst.RuledOut):
				worst = &d.Cells[i]
			}
		}
		switch {
		case worst != nil:
			open = append(open, fmt.Sprintf("%s: up to +%s not ruled out", m.label, gate.Size(name, *worst.RuledOut)))
		case unjudged > 0:
			open = append(open, m.label+" not judged")
		default:
			shown = append(shown, m.label)
		}
	}
	if len(shown) == 0 {
		return "There was nothing to compare."
	}
	text := "No slow-down of the target's size in " + list(shown) + ", and head fails no case of the attack catalogue that base passes"
	if len(open) > 0 {
		text += "; " + strings.Join(open, "; ")
	}
	return text + "."
}

// gateMetrics are those of a gate's cells, in their order.
func gateMetrics(d *gate.Document) []string {
	var out []string
	for _, c := range d.Cells {
		if !slices.Contains(out, c.Metric) {
			out = append(out, c.Metric)
		}
	}
	return out
}

// failedArms names the arms that fail, each with its failing cells and alarms.
func failedArms(d *gate.Document) []string {
	var arms []string
	what := map[string][]string{}
	add := func(arm, text string) {
		if what[arm] == nil {
			arms = append(arms, arm)
		}
		what[arm] = append(what[arm], text)
	}
	for _, a := range d.Alarms {
		add(a.Arm, strings.ReplaceAll(a.Code, "_", " "))
	}
	for _, c := range d.Cells {
		if c.Verdict == gate.Fail {
			add(c.Arm, gateMetricNamed(c.Metric).label+" "+gateMetricNamed(c.Metric).signed(*c.Change))
		}
	}
	for i, a := range arms {
		arms[i] = a + " (" + strings.Join(what[a], ", ") + ")"
	}
	return arms
}

func neededText(c gate.Cell) string {
	if c.Needed == 0 {
		return ""
	}
	return fmt.Sprintf("; without a change %s would be enough in nine of ten cases", plural(c.Needed, "launch", "launches"))
}

const (
	// forestReach is how many targets the plot reaches to either side, forestHalf how
	// many columns that takes.
	forestReach = 2
	forestHalf  = 12
)

// forest draws a change in units of its target, so that all cells share one scale.
func forest(c gate.Cell) string {
	line := []byte(strings.Repeat(" ", 2*forestHalf+1))
	column := func(share float64) int {
		at := math.Round(share / c.Target / forestReach * forestHalf)
		return forestHalf + int(min(max(at, -forestHalf), forestHalf))
	}
	if c.Target > 0 {
		if c.Lo != nil && c.Hi != nil {
			for i := column(*c.Lo); i <= column(*c.Hi); i++ {
				line[i] = '-'
			}
		}
		line[forestHalf], line[column(c.Target)] = '|', ':'
		if c.Change != nil {
			line[column(*c.Change)] = 'o'
		}
	}
	return "[" + string(line) + "]"
}

func gateStyle(v gate.Verdict) style {
	switch v {
	case gate.Pass:
		return green
	case gate.Fail:
		return red
	}
	return yellow
}

// Gate writes a gate's report for people.
func Gate(w io.Writer, d *gate.Document, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	v := viewOfGate(d)
	p.text(p.paint(gateStyle(d.Verdict), v.Mark)+"  ", v.Sentence)
	p.blank()
	for _, f := range v.Facts {
		p.text("  "+p.paint(strong, fmt.Sprintf("%-10s", f.Name)), f.Text)
	}
	if len(v.Rows) > 0 {
		p.blank()
		p.grid(v.Rows, widthsOf(v.Rows))
		p.blank()
	}
	for _, line := range v.Forest {
		p.line("  " + usertext.Clean(line))
	}
	notes := slices.Concat(v.Notes, v.Asides)
	if len(notes) > 0 {
		p.blank()
	}
	for _, note := range notes {
		p.text("  - ", note)
	}
	p.failures(v.Failed)
	if v.Legend != "" {
		p.blank()
		p.text("", v.Legend)
	}
	return flush(w, "the gate's report", &p.out)
}
