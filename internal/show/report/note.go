package report

import (
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/usertext"
)

// note is a warning in a report. Equal warnings of several arms are one note.
type note struct {
	Level bench.Level
	Code  string
	// About names the arms and loads; empty for the run.
	About []string
	Text  string
}

// notesOf returns the warnings and, after them, what became of arms and values
// that the table leaves out.
func notesOf(s *analysis.Summary, t table) []note {
	out := mergeAlike(s.Warnings)
	if s.Launches == 0 {
		return out // nothing ran, and the warnings say so
	}
	for _, a := range s.Arms {
		said := slices.ContainsFunc(s.Warnings, func(w bench.Warning) bool { return w.Arm == a.Name && strings.HasSuffix(w.Text, a.Reason) })
		if a.Status != analysis.ArmOK && !said {
			out = append(out, note{Level: bench.Info, Code: "arm_" + string(a.Status), About: []string{a.Name}, Text: a.Reason})
		}
	}
	for _, c := range s.Contrasts {
		if c.Missing != "" {
			out = append(out, note{Level: bench.Info, Code: "missing_contrast", About: []string{contrastName(c)}, Text: "not compared: " + c.Missing})
		}
	}
	for _, a := range t.absent {
		out = append(out, note{Level: bench.Info, Code: "missing_value", About: []string{a.arm}, Text: "no " + list(a.heads) + ": " + a.why})
	}
	return out
}

// mergeAlike merges warnings that differ only in the arm or the load.
func mergeAlike(warnings []bench.Warning) []note {
	var out []note
	for _, w := range warnings {
		about := w.Arm
		if w.Load != "" {
			about = strings.TrimSpace(about + " under " + w.Load + " load")
		}
		at := slices.IndexFunc(out, func(n note) bool { return n.Level == w.Level && n.Code == w.Code && n.Text == w.Text })
		if at < 0 {
			at = len(out)
			out = append(out, note{Level: w.Level, Code: w.Code, Text: w.Text})
		}
		if about != "" {
			out[at].About = append(out[at].About, about)
		}
	}
	return out
}

// Note is a warning on one line that is safe to print.
type Note struct {
	Level bench.Level
	Text  string
}

// Notes returns warnings as reports show them: equal ones of several arms are one note.
func Notes(warnings []bench.Warning) []Note {
	var out []Note
	for _, n := range mergeAlike(warnings) {
		out = append(out, Note{n.Level, inert(usertext.Clean(n.Line()))})
	}
	return out
}

// Line is the note without its level.
func (n note) Line() string {
	if len(n.About) == 0 {
		return n.Text
	}
	return strings.Join(n.About, ", ") + ": " + n.Text
}

// leftOut says how many notes of one code are not shown.
type leftOut struct {
	Code  string
	Count int
}

// abridge keeps all notes that are not informative, and the first few informative ones of each
// code, for places where room is short.
func abridge(notes []note) (shown []note, rest []leftOut) {
	const few = 2 // of each code: enough to see what it is about
	seen := map[string]int{}
	for _, n := range notes {
		if n.Level == bench.Info {
			seen[n.Code]++
			if seen[n.Code] > few {
				at := slices.IndexFunc(rest, func(l leftOut) bool { return l.Code == n.Code })
				if at < 0 {
					at = len(rest)
					rest = append(rest, leftOut{Code: n.Code})
				}
				rest[at].Count++
				continue
			}
		}
		shown = append(shown, n)
	}
	return shown, rest
}
