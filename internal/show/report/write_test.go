package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// fullDisk fails as a full disk does.
type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWritersReportFailure(t *testing.T) {
	a := sample()
	for name, write := range map[string]func(io.Writer) error{
		"terminal": func(w io.Writer) error { return Terminal(w, &a.Summary, TerminalOptions{Width: 80}) },
		"table":    func(w io.Writer) error { return Table(w, &a.Summary) },
		"markdown": func(w io.Writer) error { return Markdown(w, a, nil) },
		"html":     func(w io.Writer) error { return HTML(w, a, nil, PageLinks{}) },
		"json":     func(w io.Writer) error { return JSON(w, &a.Summary) },
	} {
		if err := write(fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// filesIn lists the files below a directory.
func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			relative, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// small is an analysis with few figures, which are slow to draw under the race
// detector.
func small() *analysis.Analysis {
	a := sample()
	a.Summary.Arms = a.Summary.Arms[:1]
	a.Summary.Arms[0].Loads = a.Summary.Arms[0].Loads[:1]
	a.Distributions, a.Points = nil, nil
	return a
}

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	if err := WriteAll(dir, small()); err != nil {
		t.Fatal(err)
	}
	got := filesIn(t, dir)
	for _, want := range []string{"summary.json", "report.md", "report.html", "figures/cpu.svg", "figures/cpu.png"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not there: %q", want, got)
		}
	}
	md, err := os.ReadFile(filepath.Join(dir, "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(md), -1) {
		if m[1] != "result.jsonl" && !slices.Contains(got, m[1]) {
			t.Errorf("report.md links to %s, which is not there", m[1])
		}
	}
}

func TestWriteAllNamesWhatFailedAndLeavesNoRest(t *testing.T) {
	// A directory where report.md should go cannot be replaced by a file, not
	// even by root, for whom read-only directories are writable.
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "report.md", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := WriteAll(dir, &analysis.Analysis{})
	if err == nil || !strings.Contains(err.Error(), "report.md") {
		t.Errorf("got %v, want an error that names report.md", err)
	}
	for _, f := range filesIn(t, dir) {
		if strings.HasPrefix(filepath.Base(f), ".") {
			t.Errorf("%s is left behind", f)
		}
	}

	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, FigureDir), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := WriteAll(blocked, &analysis.Analysis{}); err == nil || !strings.Contains(err.Error(), FigureDir) {
		t.Errorf("got %v, want an error that names %s", err, FigureDir)
	}
}
