package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
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
		s, err := Load(c.named, Changes{}, smallCatalogue{})
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
		_, err := Load(named, Changes{}, smallCatalogue{})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", named, err, want)
		}
	}
	if _, err := Load("no.yaml", Changes{}, smallCatalogue{}); !errors.Is(err, fs.ErrNotExist) {
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

// However an editor ends lines and marks the file, a scenario is the same. What is not
// UTF-8 is refused, with what to do.
func TestFilesOfAnyEditor(t *testing.T) {
	want, err := Parse("s.yaml", []byte(good), Changes{}, smallCatalogue{})
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []string{"\r\n", "\r"} {
		text := strings.ReplaceAll(good, "\n", end)
		for _, whole := range []string{text, "\ufeff" + text, end + text + end, strings.TrimRight(text, "\r\n")} {
			got, err := Parse("s.yaml", []byte(whole), Changes{}, smallCatalogue{})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%.60q: %v", whole, err)
			}
		}
		_, err := Parse("s.yaml", []byte("\ufeff"+text+"launches: ten"+end), Changes{}, smallCatalogue{})
		if lines := strings.Count(good, "\n") + 1; err == nil || !strings.Contains(err.Error(), fmt.Sprintf("s.yaml:%d:11: ", lines)) {
			t.Errorf("lines that end with %q: %v", end, err)
		}
	}
	for _, wide := range []string{"\xff\xfeb\x00", "b\x00a\x00"} {
		if _, err := Parse("s.yaml", []byte(wide), Changes{}, smallCatalogue{}); err == nil || !strings.Contains(err.Error(), "s.yaml:1:1: the file is UTF-16 or UTF-32") {
			t.Errorf("%q: %v", wide, err)
		}
	}
}

// A problem shows where it is, and nothing that an arm says to a server.
func TestProblemsHideSecrets(t *testing.T) {
	for _, text := range []string{
		good + "    request: {headers: {X-Key: s3cret-a}, bdy: s3cret-b, path: /a?key=s3cret-c}\n",
		good + "    request: {headers: {X-Key: [s3cret-a]}}\n",
		good + "    request: {headers: {X Key: 's3cret-''a'}, path: '/a b?key=s3cret-c'}\n",
		good + "    request: {body: [\"s3cret-\\\"b\", 's3cret-b']}\n",
		good + "    request: {method: get, body: |\n      s3cret-b\n      s3cret-c}\n",
		good + "    target: {command: [./api, s3cret-d], comand: s3cret-e}\n",
		good + "    target: {command: ./api s3cret-d}\n",
		good + "    target: {url: 'ftp://u:s3cret d@h'}\n",
		good + "    rquest: {}\n    request: {headers: {X-Key: s3cret-a, X-Key: s3cret-b}}\n",
		good + "    target: {url: 'http://127.0.0.1:1/x?key=s3cret-e'}\n",
		good + "    target: {url: 'http://u%3As3cret-e%40127.0.0.1:1'}\n",
		good + "    request: {path: '/a#s3cret-c'}\n",
		good + "    request: {headers: {'X-Key: s3cret-a': ''}}\n",
		good + "    request: {bdy: ''} # s3cret-b\n",
		good + "    request: {headers: {X-Key: *s3cret-a}}\n",
		good + "    request: {headers: {X-Key: \"s3cret-a}}\n",
		good + "    request: &r {headers: {X-Key: s3cret-a}, body: s3cret-b}}\n",
		good + "    request:\n      headers:\n        X-Key: s3cret-a: x\n",
		good + "    request:\n      headers:\n\tX-Key: s3cret-a\n",
		good + "    target:\n      command:\n      - 's3cret-d\n",
	} {
		if _, err := Parse("s.yaml", []byte(text), Changes{}, smallCatalogue{}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s\n%v", text[len(good):], err)
		}
	}
	for _, set := range []string{
		"arms[token].request.headers.X-Key={s3cret", "arms[token].request.headrs.X-Key=s3cret", "arms[token].request.body=[s3cret-a]",
		"arms[tken].request.body=s3cret", "arms[token].target.command=[a, 's3cret]",
		"arms[token].request.headers.X Key=s3cret", "arms[token].request.headers.X-Key: s3cret=",
	} {
		if _, err := Parse("s.yaml", []byte(good), Changes{Set: []string{set}}, smallCatalogue{}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s\n%v", set, err)
		}
	}
}
