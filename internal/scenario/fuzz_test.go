package scenario

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"authbench/scenarios"
)

// FuzzParse: no text panics, every problem stands somewhere in its text, no
// error steers a terminal, and what is accepted is valid with its defaults too.
func FuzzParse(f *testing.F) {
	for _, path := range files(scenarios.Files, ".") {
		text, err := scenarios.Files.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "launches=3")
	}
	for _, m := range mistakes {
		if len(m.text) < 1000 {
			f.Add(m.text, strings.Join(m.set, " "))
		}
	}
	f.Add("a: \"x\u2028y\"\nb: c\u0085d: e\r[", "arms[0]=\"\u2029")
	f.Fuzz(func(t *testing.T, text, set string) {
		if _, err := Parse("my.yaml", []byte(text), Changes{Set: []string{set}}, smallCatalogue{}); err != nil {
			checkProblems(t, err)
		}
		s, err := Parse("my.yaml", []byte(text), Changes{}, smallCatalogue{})
		if err != nil {
			checkProblems(t, err)
			return
		}
		if again := s.Validate(smallCatalogue{}); len(again) > 0 {
			t.Errorf("accepted, but with its defaults: %v", again)
		}
	})
}

func checkProblems(t *testing.T, err error) {
	var found problems
	if !errors.As(err, &found) || len(found) == 0 {
		t.Fatalf("not a list of problems: %v", err)
	}
	for _, p := range found {
		if p.line < 1 || p.line > len(p.src.lines) {
			t.Fatalf("line %d of %d: %s", p.line, len(p.src.lines), p.text)
		}
		if length := utf8.RuneCountInString(p.src.lines[p.line-1]); p.column < 1 || p.column > length+1 {
			t.Fatalf("column %d of %d: %s", p.column, length, p.text)
		}
		if p.text == "" || p.remedy == "" {
			t.Errorf("no text or no remedy: %+v", p)
		}
	}
	for _, r := range err.Error() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%U in the message:\n%q", r, err)
		}
	}
}
