package live

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"authbench/internal/result"
	"authbench/internal/show/axis"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// LoadTest is the part of the display of a load test that does not change.
type LoadTest struct {
	// URL and Load say what is asked, and how; both may be shown as they are.
	URL, Load string
	// Headline names the times: "response time" or "service time".
	Headline string
}

// LoadReading is how far a load test is.
type LoadReading struct {
	Stage   string
	Elapsed time.Duration // in this stage
	// Whole is how long the stage takes, Requests how many it has; 0 if that is open.
	Whole             time.Duration
	Requests          int64
	Answers, Failures int64
	// Times are those of the stage so far, nil if there are none; Intervals those that have
	// ended.
	Times     *result.Spread
	Intervals []result.Interval
}

// String words the reading on one line.
func (r LoadReading) String() string {
	text := r.Stage
	if r.Elapsed == 0 { // nothing is sent yet
		return text
	}
	text += " " + r.Elapsed.Truncate(100*time.Millisecond).String()
	if r.Whole > 0 {
		text += " of " + r.Whole.String()
	}
	text += " · " + unit.Count(r.Answers)
	if r.Requests > 0 {
		text += " of " + unit.Count(r.Requests)
	}
	text += " answered"
	if r.Failures > 0 {
		text += " · " + unit.Count(r.Failures) + " failed"
	}
	return text
}

// LoadModel is what is shown of a load test. It changes by messages only.
type LoadModel struct {
	pen
	test          LoadTest
	width, height int // of the terminal; 0 until they are known
	at            LoadReading
}

var _ tea.Model = LoadModel{}

// NewLoadModel shows a load test, with colours or without.
func NewLoadModel(t LoadTest, color bool) LoadModel { return LoadModel{test: t, pen: pen{color}} }

// Init implements [tea.Model]: nothing happens unless it is told.
func (LoadModel) Init() tea.Cmd { return nil }

// Update implements [tea.Model].
func (m LoadModel) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case LoadReading:
		m.at = msg
	}
	return m, nil
}

// View implements [tea.Model].
func (m LoadModel) View() tea.View { return viewOf(m.frame()) }

const (
	// labelWidth is the room to the left of a chart: a name and a figure.
	labelWidth = 24
	// shortestChart and longestChart bound the columns of a chart: fewer show no development,
	// more cannot be seen at a glance.
	shortestChart, longestChart = 8, 120
	// highestChart: a higher one says nothing more.
	highestChart = 6
)

// frame lays out what is shown within the terminal, with a line to spare for the cursor.
func (m LoadModel) frame() []string {
	if m.width < 1 || m.height < 2 {
		return nil
	}
	room := m.height - 1
	lines, below := m.head(), append(m.spread(), m.legend()...)
	charts := m.charts()
	// Without failures their chart would be empty: one line says so, followed by a blank one.
	high, single := len(charts), 0
	if charts[len(charts)-1].top == 0 {
		high, single = high-1, 2
	}
	rest := room - len(lines) - len(below) - single
	spaced := rest >= 4*high // three lines each, and one between them
	height := rest / high
	if spaced {
		height--
	}
	height = max(1, min(height, highestChart))
	for i, c := range charts {
		if i == high {
			height = 1
		}
		lines = append(lines, m.draw(c, height)...)
		if spaced {
			lines = append(lines, "")
		}
	}
	return fit(append(lines, below...), m.width, room)
}

// head says what goes on and how far it is.
func (m LoadModel) head() []string {
	first := m.bold(shorten(m.test.URL, max(m.width/2, labelWidth))) + "  " + m.test.Load
	share, left := m.share(), ""
	if share > 0 && m.at.Elapsed > 0 {
		left = fmt.Sprintf("about %v left", time.Duration(float64(m.at.Elapsed)*(1/share-1)).Round(time.Second))
	}
	return m.progress(m.width, first, left, m.at.String(), share)
}

// share is the part of the stage that is over, 0 where its end is open.
func (m LoadModel) share() float64 {
	share := 0.0
	if m.at.Whole > 0 {
		share = float64(m.at.Elapsed) / float64(m.at.Whole)
	}
	if m.at.Requests > 0 {
		share = max(share, float64(m.at.Answers)/float64(m.at.Requests))
	}
	return min(share, 1)
}

// chart is one figure over time.
type chart struct {
	name, now, sofar string
	values           []float64 // by interval; 0 where there is none
	// combine makes one value of those that share a column.
	combine  func([]float64) float64
	top      float64 // the value that fills the height; 0 if there is nothing to show
	quantity unit.Quantity
	failing  bool
}

// charts are the figures that are followed.
func (m LoadModel) charts() []chart {
	seconds := m.at.Elapsed.Seconds()
	throughput := chart{name: "throughput", quantity: unit.PerSecond, combine: stat.Mean, sofar: rate(m.at.Answers, seconds)}
	p50 := chart{name: "p50", quantity: unit.Microseconds, combine: stat.Median, sofar: missing}
	p99 := chart{name: "p99", quantity: unit.Microseconds, combine: slices.Max[[]float64], sofar: missing}
	failures := chart{name: "failed", quantity: unit.PerSecond, combine: stat.Mean, sofar: unit.Count(m.at.Failures) + " in all", failing: true}
	for _, i := range m.at.Intervals {
		throughput.values, failures.values = append(throughput.values, i.Throughput()), append(failures.values, i.Failures())
		at := result.Spread{}
		if i.Times != nil {
			at = *i.Times
		}
		p50.values, p99.values = append(p50.values, at.P50), append(p99.values, at.P99)
	}
	if t := m.at.Times; t != nil {
		p50.sofar, p99.sofar = unit.Micros(t.P50), unit.Micros(t.P99)
	}
	answers, failed, spent := recentCounts(m.at.Intervals)
	throughput.now, failures.now = rate(answers, spent), rate(failed, spent)
	throughput.top, failures.top = roundAbove(throughput.values), roundAbove(failures.values)
	for _, c := range []*chart{&p50, &p99} {
		c.now, c.top = missing, roundAboveMost(c.values)
		if n := len(c.values); n > 0 && c.values[n-1] > 0 {
			c.now = unit.Micros(c.values[n-1])
		}
	}
	return []chart{throughput, p50, p99, failures}
}

// recent is the time over which current figures are counted. In less time, single requests would
// make them jump.
const recent = 1.0 // s

// recentCounts counts the answers and the failures of the latest second or more.
func recentCounts(all []result.Interval) (answers, failed int64, seconds float64) {
	for k := len(all) - 1; k >= 0 && seconds < recent; k-- {
		answers, failed, seconds = answers+all[k].Answers, failed+all[k].Unexpected+all[k].Errors, seconds+all[k].Length
	}
	return answers, failed, seconds
}

func rate(n int64, seconds float64) string {
	if seconds <= 0 {
		return missing
	}
	return unit.Rate(float64(n) / seconds)
}

// roundAbove is a round number at or above all values, 0 if none is positive.
func roundAbove(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	most := slices.Max(values)
	if below, above := axis.Round(most); below < most {
		return above
	}
	return most
}

// minTopOverMedian is the least height of a chart of times, over the median. Drawn to scale, one pause would
// make everything else flat.
const minTopOverMedian = 3

// roundAboveMost is a round number above all values, except those far beyond the median.
func roundAboveMost(values []float64) float64 {
	measured := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return v <= 0 })
	if len(measured) == 0 {
		return 0
	}
	return roundAbove([]float64{min(slices.Max(measured), minTopOverMedian*stat.Median(measured))})
}

// draw draws a chart so many lines high, with its name and figures at the left.
func (m LoadModel) draw(c chart, height int) []string {
	labels := []string{
		m.bold(pad(c.name, 11)) + padLeft(c.now, labelWidth-11),
		m.faint(pad("  so far", 10) + padLeft(c.sofar, labelWidth-10)),
		"",
	}
	if c.top > 0 {
		labels[2] = m.faint(pad("  chart up to", 13) + padLeft(c.quantity.Format(c.top), labelWidth-13))
	}
	width := min(longestChart, m.width-labelWidth-gap)
	var rows []string
	if width >= shortestChart {
		rows = columnsUpTo(downsampled(c.values, width, c.combine), c.top, height)
	}
	colour := accent
	if c.failing {
		colour = lipgloss.Red
	}
	out := make([]string, height)
	for i := range out {
		if i < len(labels) {
			out[i] = labels[i]
		}
		if i < len(rows) {
			out[i] += strings.Repeat(" ", gap+labelWidth-lipgloss.Width(out[i])) + m.paint(colour, rows[i])
		}
	}
	return out
}

// intervalsPerColumn is how many intervals share a column of a chart so wide.
func intervalsPerColumn(intervals, width int) int { return max(1, (intervals+width-1)/width) }

// downsampled combines neighbouring values, so that at most width remain.
func downsampled(values []float64, width int, squeeze func([]float64) float64) []float64 {
	var out []float64
	for group := range slices.Chunk(values, intervalsPerColumn(len(values), width)) {
		out = append(out, squeeze(slices.Clone(group)))
	}
	return out
}

// columnsUpTo draws values as columns over so many lines, the first line the topmost. A
// column that goes beyond the top ends in a point.
func columnsUpTo(values []float64, top float64, height int) []string {
	if top <= 0 {
		return nil
	}
	const steps = 8
	glyphs := []rune(" ▁▂▃▄▅▆▇█")
	rows := make([]string, height)
	for i := range rows {
		var line strings.Builder
		for _, v := range values {
			filled := int(v/top*float64(height*steps) + 0.5)
			if v > 0 {
				filled = max(filled, 1) // what is not zero is seen
			}
			switch {
			case i == 0 && v > top*(1+1e-9):
				line.WriteRune('▲')
			default:
				line.WriteRune(glyphs[min(max(filled-steps*(height-1-i), 0), steps)])
			}
		}
		rows[i] = line.String()
	}
	return rows
}

// spread shows the percentiles of the stage so far, as many as there is room for.
func (m LoadModel) spread() []string {
	if m.at.Times == nil {
		return []string{"", m.faint("No answer yet whose time counts."), ""}
	}
	t := *m.at.Times
	const column = 9
	heads, values := "", ""
	for _, c := range []struct {
		name  string
		value float64
		spare bool // left out where room is short
	}{{"p50", t.P50, false}, {"p90", t.P90, true}, {"p95", t.P95, true}, {"p99", t.P99, false}, {"p99.9", t.P999, true}, {"max", t.Max, false}} {
		if !c.spare || m.width >= fewColumns {
			heads += padLeft(c.name, column)
			values += padLeft(unit.Micros(c.value), column)
		}
	}
	name, count := m.test.Headline, unit.Count(t.Count)+" so far"
	if m.width < fewColumns {
		return []string{m.bold(name) + ", " + count, m.faint(heads), values, ""}
	}
	return []string{m.bold(pad(name, labelWidth)) + m.faint(heads), pad(count, labelWidth) + values, ""}
}

// legend says what a column is.
func (m LoadModel) legend() []string {
	if len(m.at.Intervals) == 0 || m.height < fewLines || m.width < fewColumns {
		return nil
	}
	n := intervalsPerColumn(len(m.at.Intervals), max(1, min(longestChart, m.width-labelWidth-gap)))
	text := fmt.Sprintf("One column: %v", time.Duration(float64(n)*m.at.Intervals[0].Length*1e9).Round(time.Millisecond))
	if n > 1 {
		text += ", p99 the highest in it"
	}
	return []string{m.faint(text + ". ▲: beyond. Ctrl-C ends the test.")}
}
