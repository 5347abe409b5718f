package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inFolder makes the working directory one with the given scenarios.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadFindsAScenario(t *testing.T) {
	inFolder(t, map[string]string{"mine.yaml": good, "aa.yaml": good})
	for _, c := range []struct{ named, name, question string }{
		{"mine", "mine", "Why?"},
		{"scenarios/mine.yaml", "mine", "Why?"},
		{"aa", "aa", "Why?"}, // a user's file hides the program's
		{"quick", "quick", "What does each way to authenticate a request cost?"},
	} {
		s, err := Load(c.named, nil, smallCatalogue{})
		if err != nil {
			t.Errorf("%s: %v", c.named, err)
		} else if s.Name != c.name || s.Question != c.question {
			t.Errorf("%s: got %q, %q", c.named, s.Name, s.Question)
		}
	}
}

func TestLoadReportsWhatItCannotFind(t *testing.T) {
	inFolder(t, map[string]string{"mine.yaml": good, "bad.yaml": good + "launches: 0\n"})
	for named, want := range map[string]string{
		"mime":        `unknown scenario "mime"; did you mean "mine"? There are: aa, `,
		"nothing":     `unknown scenario "nothing"; choose from aa, `,
		"bad":         "scenarios/bad.yaml:8:11: launches is 0, not positive",
		"./no.yaml":   "read scenario: open ./no.yaml: no such file or directory",
		"scenarios/.": "read scenario: read scenarios/.: is a directory",
	} {
		_, err := Load(named, nil, smallCatalogue{})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", named, err, want)
		}
	}
	if _, err := Load("no.yaml", nil, smallCatalogue{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file is not fs.ErrNotExist: %v", err)
	}
}

func TestList(t *testing.T) {
	inFolder(t, map[string]string{"mine.yaml": good, "broken.yaml": "a: [\n", "aa.yaml": "arms: []\n", "notes.txt": "x"})
	got := List()
	for _, want := range []Info{
		{"aa", "", "scenarios/aa.yaml"}, // a user's file hides the program's
		{"broken", "cannot be read: scenarios/broken.yaml:1: while parsing a flow node: did not find expected node content", "scenarios/broken.yaml"},
		{"mine", "Why?", "scenarios/mine.yaml"},
		{"quick", "What does each way to authenticate a request cost?", ""},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%v is not listed among %v", want, got)
		}
	}
	if !slices.IsSortedFunc(got, func(a, b Info) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("not in the order of names: %v", got)
	}
}
