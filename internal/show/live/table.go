package live

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

const (
	// fewestRows is the least height of a table: a head and two arms.
	fewestRows = 3
	// columnWidth fits the longest estimate, "1.200 ± 0.013 ms". All columns have it, so that
	// they do not move when the number of digits changes.
	columnWidth = 16
	gap         = 2
	// markWidth is the width of the mark of the arm that is measured.
	markWidth = 2
	// shortestTrace and longestTrace bound the latency over time.
	shortestTrace = 8
	longestTrace  = 32
)

// column is one figure of each arm.
type column struct {
	head     string
	metrics  []string // it shows the first one that a load of the arm has
	quantity unit.Quantity
	versus   bool // the difference to the baseline
	spare    int  // if room is short, columns with the highest numbers are left out first
}

// columnsOf returns a scenario's columns.
func columnsOf(s bench.Scenario) []column {
	all := []column{
		{head: "CPU/request", metrics: []string{"cpu_us_per_request"}, quantity: unit.Microseconds},
		{head: "auth tax", metrics: []string{"cpu_us_per_request"}, quantity: unit.Microseconds, versus: true, spare: 3},
	}
	has := map[bench.LoadKind]bool{}
	for _, l := range s.Loads {
		has[l.Kind] = true
	}
	if has[bench.Capacity] {
		all = append(all, column{head: "capacity", metrics: []string{"capacity_rps", "capacity_at_least_rps"}, quantity: unit.PerSecond, spare: 1})
	}
	head, metric := "", "response"
	switch {
	case !has[bench.Open] && has[bench.Closed]:
		head, metric = "service ", "service" // never called a latency: the server is saturated
	case !has[bench.Open]:
		return all
	}
	return append(all,
		column{head: head + "p50", metrics: []string{metric + "_p50_us"}, quantity: unit.Microseconds, spare: 4},
		column{head: head + "p99", metrics: []string{metric + "_p99_us"}, quantity: unit.Microseconds, spare: 2})
}

// fitting returns at most n columns, one at least.
func fitting(columns []column, n int) []column {
	for len(columns) > max(1, n) {
		most := 0
		for i, c := range columns {
			if c.spare > columns[most].spare {
				most = i
			}
		}
		columns = slices.Delete(columns, most, most+1)
	}
	return columns
}

// table lays the arms out, in at most so many lines.
func (m Model) table(most int) []string {
	name := 0
	for _, a := range m.scenario.Arms {
		name = max(name, lipgloss.Width(a.Name))
	}
	name = min(name, max(shortestTrace, m.width-markWidth-columnWidth-2*gap-shortestTrace))
	space := m.width - markWidth - name - gap - shortestTrace
	columns := fitting(columnsOf(m.scenario), space/(columnWidth+gap))
	load := m.traced()
	trace := min(longestTrace, space+shortestTrace-len(columns)*(columnWidth+gap))
	if load.Name == "" || trace < shortestTrace {
		trace = 0
	}

	head := strings.Repeat(" ", markWidth) + pad("arm", name)
	for _, c := range columns {
		head += strings.Repeat(" ", gap) + padLeft(c.head, columnWidth)
	}
	if trace > 0 {
		title := "service time over time" // never called a latency: see columnsOf
		if load.Kind == bench.Open {
			title = "latency over time"
		}
		if trace < len(title) {
			title, _, _ = strings.Cut(title, " ")
		}
		head += strings.Repeat(" ", gap) + title
	}
	lines := []string{m.bold(head)}
	for i, a := range m.scenario.Arms {
		if rest := len(m.scenario.Arms) - i; len(lines)+1 == most && rest > 1 {
			return append(lines, m.faint(fmt.Sprintf("%s… %d more arms: make the window higher", strings.Repeat(" ", markWidth), rest)))
		}
		lines = append(lines, m.row(a.Name, name, columns, trace))
	}
	return lines
}

func (m Model) row(arm string, width int, columns []column, trace int) string {
	mark, label := "  ", pad(arm, width)
	if arm == m.at.Arm && !m.at.Ended {
		mark, label = m.paint(accent, "▸ "), m.bold(label)
	}
	line := mark + label
	for i, c := range columns {
		text := m.figure(arm, c)
		if a := m.arm(arm); i == 0 && a != nil && !a.Status.Measured() {
			text = a.Status.Word()
		}
		line += strings.Repeat(" ", gap) + padLeft(text, columnWidth)
	}
	if trace > 0 {
		line += strings.Repeat(" ", gap) + m.paint(accent, m.trace(arm, trace))
	}
	return line
}

// pad makes text as wide as its column.
func pad(text string, width int) string {
	text = shorten(text, width)
	return text + strings.Repeat(" ", max(0, width-lipgloss.Width(text)))
}

// padLeft is [pad] to the right, as numbers stand.
func padLeft(text string, width int) string {
	text = shorten(text, width)
	return strings.Repeat(" ", max(0, width-lipgloss.Width(text))) + text
}

// missing stands where there is no figure (yet).
const missing = "–"

// figure is an arm's estimate, with the half of its interval if it has one.
func (m Model) figure(arm string, c column) string {
	a := m.arm(arm)
	switch {
	case a == nil, !a.Status.Measured():
		return missing
	case c.versus && arm == m.interim.Summary.Baseline:
		return "baseline"
	}
	for _, l := range a.Loads {
		for _, name := range c.metrics {
			if v, ok := l.VersusBaseline[name]; c.versus && ok {
				return c.quantity.PlusMinus(v.Difference, (v.DifferenceHi-v.DifferenceLo)/2)
			}
			if e, ok := l.Metrics[name]; !c.versus && ok {
				return m.mark() + estimate(c.quantity, e)
			}
		}
	}
	return missing
}

// mark stands before figures that are provisional.
func (m Model) mark() string {
	if m.interim.Provisional {
		return "~"
	}
	return ""
}

func estimate(q unit.Quantity, e analysis.Estimate) string {
	if e.Lo == nil || e.Hi == nil {
		return q.Format(e.Value)
	}
	return q.PlusMinus(e.Value, (*e.Hi-*e.Lo)/2)
}

// arm is what is known of an arm, nil if nothing is yet.
func (m Model) arm(name string) *analysis.Arm {
	if m.interim == nil {
		return nil
	}
	for i := range m.interim.Summary.Arms {
		if m.interim.Summary.Arms[i].Name == name {
			return &m.interim.Summary.Arms[i]
		}
	}
	return nil
}

// traced is the load whose times are shown: the first open one, else the first closed one. Under
// other loads the times follow the rate.
func (m Model) traced() bench.Load {
	for _, kind := range []bench.LoadKind{bench.Open, bench.Closed} {
		for _, l := range m.scenario.Loads {
			if l.Kind == kind {
				return l
			}
		}
	}
	return bench.Load{}
}

// trace is an arm's median time from the first slice to the last.
func (m Model) trace(arm string, width int) string {
	if m.interim == nil {
		return ""
	}
	load := m.traced().Name
	var medians []float64
	for _, p := range m.interim.Points {
		if p.Arm == arm && p.Load == load && p.MedianMicros > 0 { // false for NaN
			medians = append(medians, p.MedianMicros)
		}
	}
	return sparkline(medians, width)
}

// sparkline draws values around their median. A step is a quarter of a doubling for every arm, so
// that small variation looks flat. Scaled to its own range, the steadiest arm would look as
// unsteady as any other.
func sparkline(values []float64, width int) string {
	if len(values) == 0 {
		return ""
	}
	const steps, perDoubling = "▁▂▃▄▅▆▇█", 4
	glyphs := []rune(steps)
	middle, n := stat.Median(values), min(width, len(values))
	out := make([]rune, n)
	for i := range out {
		group := values[i*len(values)/n : (i+1)*len(values)/n]
		step := 3 + math.Round(perDoubling*math.Log2(stat.Median(group)/middle))
		out[i] = glyphs[int(min(max(step, 0), float64(len(glyphs)-1)))]
	}
	return string(out)
}
