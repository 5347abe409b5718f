package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		"mime":        `unknown scenario "mime"; did you mean "mine"? There are: aa, bad, capacity, engines, mine, quick, sweep`,
		"nothing":     `unknown scenario "nothing"; choose from aa, bad, capacity, engines, mine, quick, sweep`,
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
	want := []Info{
		{"aa", "", "scenarios/aa.yaml"},
		{"broken", "cannot be read: scenarios/broken.yaml:1: while parsing a flow node: did not find expected node content", "scenarios/broken.yaml"},
		{"capacity", "How many requests per second can each method serve with a p99 below 2 ms?", ""},
		{"engines", "What does the JWT library cost?", ""},
		{"mine", "Why?", "scenarios/mine.yaml"},
		{"quick", "What does each way to authenticate a request cost?", ""},
		{"sweep", "How does the response time of each method grow with the load?", ""},
	}
	if diff := cmp.Diff(want, List()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
