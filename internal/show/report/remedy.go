package report

import (
	"slices"
	"strings"

	"authbench/bench"
)

// todo is something to do, with the notes that ask for it.
type todo struct {
	// Title says what to do, or what kind of notes these are if they ask for nothing.
	Title string
	Notes []note
	// Rest counts the notes that are not shown, where room is short.
	Rest []leftOut
}

// The titles of notes that do not say what to do.
const (
	lookInto       = "Look into these"
	forInformation = "To know"
)

// todos groups notes by what to do about them, in the order of the most important note of each
// group. rest counts notes that were left out.
func todos(notes []note, rest []leftOut) []todo {
	var out []todo
	of := map[string]int{} // the group of each code
	for _, n := range notes {
		var remedy string
		n.Text, remedy = splitRemedy(n.Text)
		title := lookInto
		switch {
		case remedy != "":
			title = capital(remedy)
		case n.Level == bench.Info:
			title = forInformation
		}
		i := slices.IndexFunc(out, func(t todo) bool { return t.Title == title })
		if i < 0 {
			i = len(out)
			out = append(out, todo{Title: title})
		}
		out[i].Notes, of[n.Code] = append(out[i].Notes, n), i
	}
	for _, r := range rest {
		out[of[r.Code]].Rest = append(out[of[r.Code]].Rest, r)
	}
	return out
}

// remedyVerbs are the words that remedies begin with.
var remedyVerbs = []string{"choose", "give", "leave", "look", "lower", "measure", "mend", "name", "raise", "report", "run", "say", "see", "shorten", "spread", "start", "stop", "take", "use"}

// splitRemedy splits the remedy from a warning's text, whose parts are separated by semicolons; "" if it
// has none.
func splitRemedy(text string) (problem, remedy string) {
	parts := strings.Split(text, "; ")
	for i, part := range parts[1:] {
		first, _, _ := strings.Cut(part, " ")
		if slices.Contains(remedyVerbs, first) {
			return strings.Join(slices.Delete(parts, i+1, i+2), "; "), part
		}
	}
	return text, ""
}
