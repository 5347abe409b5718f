package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// pooledLegend explains the columns, and what they assume.
const pooledLegend = "mean: over the runs (of logarithms, but for differences), with the 95\u00a0% interval of the mean of such runs on this machine. " +
	"another run: the interval that holds the figure of one more such run on this machine in 95 of 100 cases. " +
	"between runs: the standard deviation of what a run differs by from the others; within a run: that of a run's own error, from its launches. " +
	"=: the same in every run; –: cannot be given. " +
	"All this assumes runs that do not depend on one another and vary normally (their logarithms, but for differences). " +
	"Runs that follow one another within an hour share the machine's state: spread them over the times that you speak of."

// pooledView is what every form of a pool shows.
type pooledView struct {
	Lead   string
	Runs   []fact
	Tables []changeTable
}

func pooledViewOf(p *analysis.Pooled) pooledView {
	var v pooledView
	var names []string
	for _, f := range p.Figures {
		names = append(names, f.Metric)
	}
	for _, m := range metricsOf(names) {
		for _, of := range []struct {
			ending             string
			versus, difference bool
		}{{"", false, false}, {", difference from the baseline", true, true}, {", ratio to the baseline", true, false}} {
			shown := m
			if of.versus && !of.difference {
				shown = quantity(m.name, m.label, unit.Factor)
			}
			rows := [][]string{{"", "runs", "mean", "another run", "between runs", "within a run"}}
			for _, f := range p.Figures {
				if f.Metric == m.name && f.VersusBaseline == of.versus && f.Difference == of.difference {
					rows = append(rows, pooledRow(shown, f))
				}
			}
			if len(rows) > 1 {
				v.Tables = append(v.Tables, changeTable{Title: m.label + of.ending, Rows: rows})
			}
		}
	}
	used, first, last := 0, "", ""
	for i, r := range p.Runs {
		text := fmt.Sprintf("%s: %s, %s, %s", r.Path, r.Started, plural(r.Launches, "launch", "launches"), r.Validity)
		if r.LeftOut {
			text += ", left out"
		} else {
			used++
			if first == "" || r.Started < first {
				first = r.Started
			}
			last = max(last, r.Started)
		}
		v.Runs = append(v.Runs, fact{strconv.Itoa(i + 1), text})
	}
	v.Lead = fmt.Sprintf("%s: %s of one machine, started from %s to %s. Here the run is the unit: the intervals speak of other runs at such times, as those of a report, which are over its launches, do not.",
		p.Scenario, plural(used, "run", "runs"), first, last)
	return v
}

// pooledRow is one figure. What varies on the scale of logarithms does so by a share.
func pooledRow(m metric, f analysis.PooledFigure) []string {
	mean := m.cell(analysis.Estimate{Value: f.Value, Lo: f.Lo, Hi: f.Hi}, 1).full()
	next, between, within := missing, missing, missing
	deviation := m.print
	if !f.Difference {
		deviation = unit.Percent
	}
	if f.NextLo != nil && f.NextHi != nil {
		next = m.interval(*f.NextLo, *f.NextHi)
	} else if f.Equal() && len(f.Runs) > 1 {
		next = "="
	}
	if f.Between != nil && f.Within != nil {
		between, within = deviation(*f.Between), deviation(*f.Within)
	}
	return []string{placeName(f.Place), strconv.Itoa(len(f.Runs)), mean, next, between, within}
}

// Pooled writes what several runs say together for people.
func Pooled(w io.Writer, pooled *analysis.Pooled, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	v := pooledViewOf(pooled)
	p.text("", v.Lead)
	p.blank()
	for _, r := range v.Runs {
		p.text(p.paint(strong, r.Name)+"  ", r.Text)
	}
	p.notes(mergeAlike(pooled.Warnings))
	p.tables(v.Tables)
	p.blank()
	p.text("", pooledLegend)
	return flush(w, "the pool", &p.out)
}

// PooledMarkdown writes what several runs say together as Markdown.
func PooledMarkdown(w io.Writer, pooled *analysis.Pooled) error {
	var out bytes.Buffer
	v := pooledViewOf(pooled)
	fmt.Fprintf(&out, "%s\n\n", markdown(v.Lead))
	for _, r := range v.Runs {
		fmt.Fprintf(&out, "%s. %s\n", r.Name, markdown(r.Text))
	}
	for i, n := range mergeAlike(pooled.Warnings) {
		if i == 0 {
			out.WriteByte('\n')
		}
		fmt.Fprintf(&out, "- **%s** %s (%s)\n", n.Level, markdown(n.Line()), markdown(n.Code))
	}
	for _, table := range v.Tables {
		table.Rows[0][0] = table.Title
		out.WriteByte('\n')
		writeGrid(&out, table.Rows)
	}
	fmt.Fprintf(&out, "\n%s\n", markdown(pooledLegend))
	return flush(w, "the pool", &out)
}
