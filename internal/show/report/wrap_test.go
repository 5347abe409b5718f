package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWrapped(t *testing.T) {
	for text, want := range map[string]string{
		"short\n": "short\n", "": "", "no end": "no end",
		"  recipe: one two three four five six seven\nnext\n": "  recipe: one two three four five six\n    seven\nnext\n",
		strings.Repeat("x", 60) + " y\n":                      strings.Repeat("x", 60) + "\n  y\n",
		"    " + strings.Repeat("x", 60) + "\n":               "    " + strings.Repeat("x", 60) + "\n",
	} {
		if got := Wrapped(text, 40); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Wrapping changes blanks alone, and no line with room to break is too wide.
func TestWrappedKeepsTheWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.StringMatching(`( {0,9}[a-zäµ]{1,12}){0,9}\n`)).Draw(t, "lines"), "")
		got := Wrapped(text, 40)
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
			t.Fatalf("%q became %q", text, got)
		}
		for line := range strings.Lines(got) {
			if words := strings.Fields(line); displayWidth(strings.TrimRight(line, "\n")) > 40 && len(words) > 1 {
				t.Fatalf("%q is too wide", line)
			}
		}
	})
}
