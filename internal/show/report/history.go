package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"authbench/internal/judge/history"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// History writes when the figures of a scenario changed, for people.
func History(w io.Writer, h *history.History, o TerminalOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	p.historyHead(h)
	p.notes(mergeAlike(h.Warnings))
	p.tables(historyTables(h, p.width))
	p.changes(h)
	p.blank()
	p.text("", historyLegend(h))
	return flush(w, "the history", &p.out)
}

// historyHead says whether a figure got worse, and over what.
func (p *printer) historyHead(h *history.History) {
	recent := len(h.RecentlyWorse())
	within := "in the last " + plural(h.Last, "result", "results")
	switch {
	case recent > 0:
		p.text(p.paint(red, "worse")+"  ", fmt.Sprintf("%s changed for the worse %s.", plural(recent, "figure", "figures"), within))
	default:
		p.text(p.paint(green, "no change")+"  ", "No figure changed for the worse "+within+".")
	}
	p.blank()
	text := fmt.Sprintf("%s: %s of one machine (%s, %s)", h.Scenario, plural(len(h.Runs), "result", "results"), h.Host.CPUModel, plural(h.Host.CPUs, "CPU", "CPUs"))
	if n := len(h.Runs); n > 0 {
		text += fmt.Sprintf(", from %s to %s", h.Runs[0].Started, h.Runs[n-1].Started)
	}
	p.text("", text+".")
}

// historyMetric says how a series is shown, and what it is of.
func historyMetric(s history.Series) (metric, string) {
	m := metricNamed(s.Metric)
	if !s.VersusBaseline {
		return m, m.label
	}
	return quantity(m.name, m.label, unit.Factor), m.label + ", ratio to the baseline"
}

// historyTables are the tables of the figures, one per metric.
func historyTables(h *history.History, width int) []changeTable {
	shown := min(max(width-besideSparkline, fewestInSparkline), mostInSparkline)
	var out []changeTable
	for _, s := range h.Series {
		m, title := historyMetric(s)
		at := slices.IndexFunc(out, func(t changeTable) bool { return t.Title == title })
		if at < 0 {
			at = len(out)
			out = append(out, changeTable{Title: title, Rows: [][]string{{"", "results", "newest", "last change", "since", "course"}}})
		}
		change, since := missing, missing
		if n := len(s.Changes); n > 0 {
			change, since = changedBy(s.Changes[n-1]), day(h.Runs[s.Changes[n-1].Run].Started)
		}
		newest := missing
		if n := len(s.Points); n > 0 {
			newest = m.print(s.Points[n-1].Value)
		}
		out[at].Rows = append(out[at].Rows, []string{placeName(s.Place), strconv.Itoa(len(s.Points)), newest, change, since, sparkline(s, len(h.Runs), shown)})
	}
	return out
}

// changedBy is the size of a change in words.
func changedBy(c history.Change) string {
	if c.Ratio == 0 {
		return unit.Number(c.From) + " → " + unit.Number(c.To)
	}
	return signed(c.Ratio - 1)
}

// day is the date of a time in RFC 3339.
func day(started string) string {
	date, _, _ := strings.Cut(started, "T")
	return usertext.Clean(date)
}

const (
	// besideSparkline are the columns that the rest of the table takes. A strip has what is
	// left of the line, but not so little that it shows nothing, nor so much that nobody
	// sees the last one.
	besideSparkline                    = 64
	fewestInSparkline, mostInSparkline = 16, 40
	// sparklineSpan is the least difference from bottom to top, as a share of the middle: what
	// varies by a few per cent looks flat.
	sparklineSpan = 0.3
)

// sparklineLevels are the heights of a strip.
var sparklineLevels = []rune("▁▂▃▄▅▆▇█")

// sparkline draws so many of the newest results of a series, one character each; a blank where
// a result does not have the figure.
func sparkline(s history.Series, runs, most int) string {
	from := max(0, runs-most)
	var shown []float64
	for _, p := range s.Points {
		if p.Run >= from {
			shown = append(shown, p.Value)
		}
	}
	if len(shown) == 0 {
		return ""
	}
	lo, hi := slices.Min(shown), slices.Max(shown)
	if least := sparklineSpan * math.Abs(stat.Median(shown)); hi-lo < least {
		middle := (lo + hi) / 2
		lo, hi = middle-least/2, middle+least/2
	}
	out := []rune(strings.Repeat(" ", runs-from))
	for _, p := range s.Points {
		if p.Run >= from {
			height := 0.5 // of what never varies, and is 0
			if hi > lo {
				height = (p.Value - lo) / (hi - lo)
			}
			out[p.Run-from] = sparklineLevels[min(len(sparklineLevels)-1, int(height*float64(len(sparklineLevels))))]
		}
	}
	return string(out)
}

// seriesChange is a change with what it is of.
type seriesChange struct {
	series history.Series
	history.Change
}

// changes lists what changed, the newest first.
func (p *printer) changes(h *history.History) {
	var all []seriesChange
	for _, s := range h.Series {
		for _, c := range s.Changes {
			all = append(all, seriesChange{s, c})
		}
	}
	if len(all) == 0 {
		return
	}
	slices.SortStableFunc(all, func(a, b seriesChange) int { return b.Run - a.Run })
	p.blank()
	p.line(p.paint(strong, "Changes, the newest first"))
	for i, c := range all {
		if i == 0 || all[i-1].Run != c.Run || all[i-1].Before != c.Before {
			now, before := h.Runs[c.Run], h.Runs[c.Before]
			p.text("", fmt.Sprintf("%s, from %s on (before it: %s)", now.Started, now.Path, before.Path))
			for _, d := range c.Differences {
				p.text("    - ", d.String())
			}
		}
		p.change(c)
	}
}

// change writes one change on a line of its own.
func (p *printer) change(c seriesChange) {
	m, title := historyMetric(c.series)
	text := fmt.Sprintf("%s, %s: %s → %s", placeName(c.series.Place), title, m.print(c.From), m.print(c.To))
	if c.Ratio != 0 {
		text += ", " + signed(c.Ratio-1)
	}
	if c.Lo != nil && c.Hi != nil {
		text += " (" + unit.Share.Interval(*c.Lo-1, *c.Hi-1) + ")"
	}
	mark := p.paint(faint, "change")
	if c.Worse {
		mark = p.paint(red, "worse ")
	}
	p.text("  "+mark+"  ", text+", p = "+unit.Plain(c.P, 1))
}

func historyLegend(h *history.History) string {
	text := fmt.Sprintf("A figure changed where its results before and after differ by more than their order explains (E-divisive; p: how often chance alone does as much). "+
		"If results do not depend on one another, one in %s histories without a change shows any. Sizes are too large by a little, as only what was found is measured.",
		unit.Plain(1/h.Level, 0))
	if each := h.Level / float64(max(1, len(h.Series))); stat.FewestChanged(len(h.Runs), each) > 0 {
		text += fmt.Sprintf(" With %s, the newest %d are the fewest that can show a change.", plural(len(h.Series), "series", "series"), stat.FewestChanged(len(h.Runs), each))
	}
	return text
}
