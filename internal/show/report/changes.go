package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/text/unit"
)

// badlyCompared is the warning above every comparison of two results.
const badlyCompared = "Two results that were taken one after the other compare badly on a shared machine: " +
	"its speed changes by some per cent from one minute to the next, and no interval here covers that. " +
	"Ratios to the baseline suffer least. To decide about a change of code, measure both in one run."

// changesView is what every form of a comparison shows.
type changesView struct {
	// Sides say which results are compared.
	Sides []fact
	// Differences are what differs besides the figures, the machines first.
	Differences []differenceGroup
	// Tables have a metric each.
	Tables []changeTable
	// Lone lists what only one of the two has, and what is not compared.
	Lone   []string
	Legend string
}

// differenceGroup is in what the two results differ about one subject.
type differenceGroup struct {
	Lead  string
	Items []string
}

// changeTable is the table of one metric; the first row holds the heads.
type changeTable struct {
	Title string
	Rows  [][]string
	// Effects say what each row's change means, and Certain whether it is certain; both are
	// as long as Rows, or empty.
	Effects []effect
	Certain []bool
}

// viewOf words a comparison.
func viewOf(c *analysis.Changes) changesView {
	v := changesView{
		Sides:       []fact{{"old", sideText(c.Old)}, {"new", sideText(c.New)}},
		Differences: differenceGroups(c.Differences),
		Legend:      legend(c),
	}
	var names []string
	for _, change := range c.Changes {
		names = append(names, change.Metric)
	}
	for _, m := range metricsOf(names) {
		for _, versus := range []bool{false, true} {
			if table := changeTableOf(c, m, versus); len(table.Rows) > 1 {
				v.Tables = append(v.Tables, table)
			}
		}
	}
	for _, lone := range []struct {
		name   string
		places []analysis.Place
	}{{"old", c.Removed}, {"new", c.Added}} {
		if len(lone.places) > 0 {
			v.Lone = append(v.Lone, "Only the "+lone.name+" result has "+list(placeNames(lone.places))+".")
		}
	}
	for _, load := range c.Uncompared {
		v.Lone = append(v.Lone, "Load "+load+" is a ramp: its figures over time are not compared. Both reports show them.")
	}
	return v
}

func sideText(s analysis.Side) string {
	text := fmt.Sprintf("%s: %s, %s, %s, %s", s.Path, s.Scenario, s.Started, plural(s.Launches, "launch", "launches"), s.Validity)
	if s.Validity == result.Invalid {
		text += ": do not use its numbers"
	}
	return text
}

// differenceGroups words what differs beside the figures.
func differenceGroups(all []analysis.Difference) []differenceGroup {
	var out []differenceGroup
	for _, about := range []struct {
		subject analysis.Subject
		lead    string
	}{
		{analysis.AboutHost, "The machines differ, so the figures compare machines"},
		{analysis.AboutOutcome, "What became of the arms differs"},
		{analysis.AboutScenario, "What was asked differs"},
		{analysis.AboutProgram, "The programs differ"},
	} {
		if items := differenceItems(all, about.subject); len(items) > 0 {
			out = append(out, differenceGroup{about.lead, items})
		}
	}
	return out
}

// differenceItems are the differences about one subject. Where the same became of several
// arms, it is said once.
func differenceItems(all []analysis.Difference, about analysis.Subject) []string {
	type change struct{ old, new string }
	var order []change
	names := map[change][]string{}
	for _, d := range all {
		if d.About != about {
			continue
		}
		c := change{d.Old, d.New}
		if names[c] == nil {
			order = append(order, c)
		}
		names[c] = append(names[c], d.Name)
	}
	var out []string
	for _, c := range order {
		text := names[c][0]
		if more := len(names[c]) - 1; more > 0 {
			text += fmt.Sprintf(" (and %d more)", more)
		}
		out = append(out, fmt.Sprintf("%s: %s → %s", text, c.old, c.new))
	}
	return out
}

// metricsOf lists the metrics of some figures, in the order of display.
func metricsOf(names []string) []metric {
	place := func(m metric) int {
		i := slices.IndexFunc(metrics, func(known metric) bool { return known.name == m.name })
		return (i + len(metrics) + 1) % (len(metrics) + 1) // the unknown ones last
	}
	var out []metric
	for _, name := range names {
		if !slices.ContainsFunc(out, func(m metric) bool { return m.name == name }) {
			out = append(out, metricNamed(name))
		}
	}
	slices.SortStableFunc(out, func(a, b metric) int { return cmp.Compare(place(a), place(b)) })
	return out
}

// changeTableOf is the table of one metric, or of its ratios to the baseline.
func changeTableOf(c *analysis.Changes, m metric, versus bool) changeTable {
	title := m.label
	if versus {
		m, title = quantity(m.name, m.label, unit.Factor), title+", ratio to the baseline"
	}
	t := changeTable{Title: title, Rows: [][]string{{"", "old", "new", "change"}}, Effects: []effect{neither}, Certain: []bool{false}}
	for _, change := range c.Changes {
		if change.Metric == m.name && change.VersusBaseline == versus {
			t.Rows = append(t.Rows, []string{placeName(change.Place), m.spread(change.Old), m.spread(change.New), changeText(change)})
			t.Effects, t.Certain = append(t.Effects, effectOf(change)), append(t.Certain, change.Detected)
		}
	}
	return t
}

// lopsided is the ratio of the halves of an interval from which on it is shown by its
// two ends:
// "187 ± 342 µs" would speak of times below zero.
const lopsided = 2

// spread is an estimate with its interval, as short as that allows.
func (m metric) spread(e analysis.Estimate) string {
	if e.Lo == nil || e.Hi == nil {
		return m.print(e.Value)
	}
	below, above := e.Value-*e.Lo, *e.Hi-e.Value
	if larger := max(below, above); larger <= lopsided*min(below, above) {
		return m.plusMinus(e.Value, larger)
	}
	return m.cell(e, 1).full()
}

// changeText says by how much a figure changed, if that is known.
func changeText(c analysis.Change) string {
	switch {
	case c.Ratio == 1 && c.Old.Value == c.New.Value:
		return "="
	case c.Lo == nil || c.Hi == nil:
		return missing
	}
	interval := "(" + unit.Share.Interval(*c.Lo-1, *c.Hi-1) + ")"
	if !c.Detected {
		return "~ " + interval
	}
	return signed(c.Ratio-1) + " " + interval
}

// placeName names a figure without its metric, briefly.
func placeName(p analysis.Place) string {
	text := p.Arm
	if p.Load != "" {
		text += "/" + p.Load
	}
	if p.Fraction != 0 {
		text += "/" + noBreak(unit.Percent(p.Fraction))
	}
	return text
}

// placeNames names figures, the metrics of one place together.
func placeNames(places []analysis.Place) []string {
	var out []string
	for len(places) > 0 {
		name := placeName(places[0])
		var labels []string
		for len(places) > 0 && placeName(places[0]) == name {
			if p := places[0]; p.VersusBaseline {
				labels = append(labels, metricNamed(p.Metric).label+" as a ratio to the baseline")
			} else if p.Metric != "" {
				labels = append(labels, metricNamed(p.Metric).label)
			}
			places = places[1:]
		}
		if len(labels) > 0 {
			name += " (" + strings.Join(labels, ", ") + ")"
		}
		out = append(out, name)
	}
	return out
}

// legend explains the tables' signs, and how reliable they are.
func legend(c *analysis.Changes) string {
	told, missed := 0, false
	for _, change := range c.Changes {
		if change.Lo != nil {
			told++
		}
		missed = missed || change.Lo == nil && change.Ratio != 1
	}
	text := "± and (…): the 95\u00a0% interval during that run. change: new over old with its 95\u00a0% interval; ~: none is detectable; =: the same."
	if told > 0 {
		text += fmt.Sprintf(" Of %s that did not change, about one in twenty shows a change by chance.", plural(told, "figure", "figures"))
	}
	if missed {
		text += " –: no interval of the change can be given, for which both results need at least 4 launches and a figure above 0."
	}
	return text
}

// Changes writes a comparison of two results for people.
func Changes(w io.Writer, c *analysis.Changes, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	v := viewOf(c)
	for _, side := range v.Sides {
		p.text(p.paint(strong, side.Name)+"  ", side.Text)
	}
	p.blank()
	p.text("", badlyCompared)
	for _, d := range v.Differences {
		p.blank()
		p.text(p.paint(yellow, "!")+" ", d.Lead+":")
		for _, item := range d.Items {
			p.text("  - ", item)
		}
	}
	p.tables(v.Tables)
	if len(v.Tables) == 0 {
		p.blank()
		p.text("", "The two results share no figure.")
	}
	p.limits(c.Limits)
	for _, text := range append(v.Lone, v.Legend) {
		p.blank()
		p.text("", text)
	}
	return flush(w, "the comparison", &p.out)
}

// ChangesMarkdown writes a comparison of two results as Markdown.
func ChangesMarkdown(w io.Writer, c *analysis.Changes) error {
	var out bytes.Buffer
	v := viewOf(c)
	for _, side := range v.Sides {
		fmt.Fprintf(&out, "- %s: %s\n", side.Name, markdown(side.Text))
	}
	fmt.Fprintf(&out, "\n%s\n", markdown(badlyCompared))
	for _, d := range v.Differences {
		fmt.Fprintf(&out, "\n**%s:**\n\n", markdown(d.Lead))
		for _, item := range d.Items {
			fmt.Fprintf(&out, "- %s\n", markdown(item))
		}
	}
	for _, table := range v.Tables {
		table.Rows[0][0] = table.Title
		out.WriteByte('\n')
		writeGrid(&out, table.Rows)
	}
	if len(v.Tables) == 0 {
		fmt.Fprintf(&out, "\nThe two results share no figure.\n")
	}
	writeLimits(&out, c.Limits)
	for _, text := range append(v.Lone, v.Legend) {
		fmt.Fprintf(&out, "\n%s\n", markdown(text))
	}
	return flush(w, "the comparison", &out)
}

// signed is a share with its sign.
func signed(share float64) string {
	text := noBreak(unit.Percent(share))
	if share > 0 {
		text = "+" + text
	}
	return text
}
