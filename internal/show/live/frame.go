package live

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/report"
	"authbench/internal/text/unit"
)

const (
	// fewColumns is the width below which lines are worded briefly.
	fewColumns = 78
	// fewLines is the height below which there is no room for explanations.
	fewLines = 16
	// longestBar: a longer one says nothing more.
	longestBar = 40
	// mostWarnings is how many warnings are shown; the report has all.
	mostWarnings = 4
	// longestWarning is how many lines a warning may take, for the same reason.
	longestWarning = 3
)

// frame lays out what is shown: no line is wider than the terminal, and one line remains for the
// cursor.
func (m Model) frame() []string {
	if m.width < 1 || m.height < 2 {
		return nil
	}
	room := m.height - 1
	lines := m.head()
	health, warnings := m.health(), m.notes()
	rest := room - len(lines) - len(health)
	// A line of warnings, and a blank one, come before the last arms, because a warning may be
	// a reason to stop the run.
	rows := max(fewestRows, min(1+len(m.scenario.Arms), rest-min(len(warnings), 2)))
	if rest -= rows; len(warnings) > max(0, rest) {
		warnings = warnings[:max(0, rest)]
		if rest > 1 {
			warnings[rest-1] = markContinued(warnings[rest-1], m.width)
		}
	}
	lines = append(lines, m.table(rows)...)
	lines = append(lines, health...)
	lines = append(lines, warnings...)
	return fit(lines, m.width, room)
}

// fit cuts lines to a width, and their number.
func fit(lines []string, width, room int) []string {
	lines = lines[:min(len(lines), room)]
	cut := lipgloss.NewStyle().MaxWidth(width)
	for i, line := range lines {
		// Units contain narrow blanks, which some terminals do not draw one column wide.
		line = strings.ReplaceAll(line, "\u202f", " ")
		if lipgloss.Width(line) > width {
			line = cut.Render(line)
		}
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}

// head says what is being measured, and how far the run is, and an episode.
func (m Model) head() []string {
	first := m.bold(m.scenario.Name) + "  " + m.phase()
	lines := m.progress(m.width, first, fmt.Sprintf("about %v left", m.at.Left), fmt.Sprintf("%v so far", m.at.Elapsed.Round(time.Second)), m.share())
	if e := m.at.Episode; e != nil {
		far := fmt.Sprintf("%d of %d taken back · %d refused", e.Ordered, e.Revocations, e.Refused)
		if m.width >= fewColumns {
			far = m.bold("episode    ") + fmt.Sprintf("%d of %d taken back · %d refused by all · about %v of it left", e.Ordered, e.Revocations, e.Refused, e.Left.Round(time.Second))
		}
		lines = append(lines[:len(lines)-1], far, "")
	}
	return lines
}

// progress is a line that says what is being measured, and a bar below it. With room it shows the
// time left, with more room also the time taken.
func (p pen) progress(width int, first, left, done string, share float64) []string {
	if gap := width - lipgloss.Width(first) - lipgloss.Width(left); gap >= 2 {
		first += strings.Repeat(" ", gap) + left
		left = ""
	}
	percent, beside := fmt.Sprintf(" %3.0f %% ", 100*share), left
	if left == "" && width >= fewColumns {
		beside = done
	}
	bar := min(longestBar, max(0, width-lipgloss.Width(percent)-lipgloss.Width(beside)-1))
	full := int(share * float64(bar))
	second := p.paint(accent, strings.Repeat("█", full)) + p.faint(strings.Repeat("░", bar-full)) + percent
	switch {
	case left != "":
		second += " " + left
	case width >= fewColumns:
		second += p.faint(" " + done)
	}
	return []string{first, second, ""}
}

// phase is what is being done.
func (m Model) phase() string {
	switch e := m.at.Episode; {
	case e != nil && m.width < fewColumns:
		return fmt.Sprintf("%s · %s", e.Name, m.at.Arm)
	case e != nil:
		return fmt.Sprintf("episode %s · %s · arm %d of %d", e.Name, m.at.Arm, e.Nth, e.Of)
	case m.at.Note != "":
		return m.at.Note
	}
	what := fmt.Sprintf("launch %d of %d", m.at.Launch, m.at.Launches)
	if m.at.Launch == 0 {
		what = "calibration"
	}
	if m.width < fewColumns {
		what = strings.NewReplacer("launch ", "", " of ", "/").Replace(what)
	}
	if m.at.Arm != "" && !m.at.Ended {
		what += " · " + m.at.Load + " · " + m.at.Arm
	}
	return what
}

// share is the part of the run's time that is over.
func (m Model) share() float64 {
	whole := m.at.Elapsed + m.at.Left
	if whole <= 0 {
		return 0
	}
	return float64(m.at.Elapsed) / float64(whole)
}

// health says how noisy the machine is and how the generator fares.
func (m Model) health() []string {
	if m.interim == nil {
		return []string{"", m.faint("Figures come with the first round that is whole.")}
	}
	h, n := m.interim.Summary.Health, m.interim.Noise
	machine, generator := "steal "+unit.Percent(n.Steal), "slices repeated "+unit.Percent(h.Repeated)
	if h.Sending != nil { // nil without an open load
		machine += " · CPU pressure " + unit.Percent(n.Pressure)
		generator = "late sends " + unit.Percent(h.LateShare) + " · lag p99 " + unit.Micros(h.LagP99)
	}
	if m.width < fewColumns {
		return []string{"", machine, generator}
	}
	if h.Sending != nil {
		generator += " · slices repeated " + unit.Percent(h.Repeated)
	}
	out := []string{""}
	if m.height >= fewLines {
		out = append(out, m.faint(m.legend()))
	}
	return append(out,
		m.bold("machine    ")+machine+" · throttled "+unit.Duration(float64(n.Throttled)),
		m.bold("generator  ")+generator)
}

// legend says from how many launches the figures are.
func (m Model) legend() string {
	n := m.interim.Summary.Launches
	text := fmt.Sprintf("%d launches", n)
	if n == 1 {
		text = "1 launch"
	}
	switch {
	case m.interim.Provisional:
		text = "~ provisional: rounds of launch 1"
	case n < analysis.FewestLaunches:
		text += fmt.Sprintf("; ± from %d on", analysis.FewestLaunches)
	default:
		text += "; ± 95 % in this run"
	}
	return text + ". Bars: ▄ the arm's median, █ twice it or more."
}

// notes are the warnings, wrapped.
func (m Model) notes() []string {
	var out []string
	notes := report.Notes(m.warnings)
	for i, n := range notes {
		if i == mostWarnings {
			out = append(out, m.faint(fmt.Sprintf("… and %d more: the report will have them", len(notes)-i)))
			break
		}
		lead := m.paint(colorOf(n.Level), string(n.Level)) + "  "
		lines := strings.Split(lipgloss.Wrap(lead+n.Text, m.width, " "), "\n")
		if len(lines) > longestWarning {
			lines = lines[:longestWarning]
			lines[longestWarning-1] = markContinued(lines[longestWarning-1], m.width)
		}
		out = append(out, lines...)
	}
	if len(out) > 0 {
		out = append([]string{""}, out...)
	}
	return out
}

// markContinued marks a line that is followed by more than is shown.
func markContinued(line string, width int) string {
	if lipgloss.Width(line)+2 > width {
		return shorten(line+"  ", width)
	}
	return line + " …"
}

// shorten cuts text to a width, and shows that it did.
func shorten(text string, width int) string {
	switch {
	case lipgloss.Width(text) <= width:
		return text
	case width <= 1:
		return "…" // no width is no limit to lipgloss
	}
	return lipgloss.NewStyle().MaxWidth(width-1).Render(text) + "…"
}
