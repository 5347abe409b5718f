package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// Entry is one result.
type Entry struct {
	// Path is its directory, with slashes, relative to the searched directory.
	Path    string
	Header  bench.Header
	Summary *analysis.Summary
	// Status is how the run ended.
	Status bench.Status
}

// ErrNone is the error of a scenario without results.
var ErrNone = errors.New("has no result")

// Read returns the results of a scenario below a directory, from the oldest to the newest. Of
// copies it returns the first. It skips gates, which measure two programs, and results that
// cannot be read. It uses the summary beside a result; if the result is newer, it analyses
// the result.
func Read(root *os.Root, scenario string) ([]Entry, error) {
	dirs, err := result.Find(root.FS())
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, dir := range dirs {
		e, err := read(root, dir, scenario)
		if err != nil || e == nil || slices.ContainsFunc(out, e.copies) {
			continue
		}
		out = append(out, *e)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("scenario %s %w below %s%s", scenario, ErrNone, root.Name(), instead(root, dirs))
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return a.Header.Started.Compare(b.Header.Started) })
	return out, nil
}

// instead says of which scenarios there are results.
func instead(root *os.Root, dirs []string) string {
	var names []string
	for _, dir := range dirs {
		name := path.Join(dir, result.FileName)
		f, err := root.Open(name)
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err == nil {
			if header, _, err := result.Peek(name, f, info.Size()); err == nil && len(header.Scenario.Pairs) == 0 {
				names = append(names, header.Scenario.Name)
			}
		}
		_ = f.Close() // it was only read
	}
	if len(names) == 0 {
		return "; 'authbench run' makes one"
	}
	slices.Sort(names)
	return "; there are results of " + strings.Join(slices.Compact(names), ", ")
}

func (e *Entry) copies(other Entry) bool {
	return e.Header.Seed == other.Header.Seed && e.Header.Started.Equal(other.Header.Started)
}

// read reads one result; nil if it is not of the scenario.
func read(root *os.Root, dir, scenario string) (*Entry, error) {
	name := path.Join(dir, result.FileName)
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	header, footer, err := result.Peek(name, f, info.Size())
	if err != nil || header.Scenario.Name != scenario || len(header.Scenario.Pairs) > 0 {
		return nil, err
	}
	e := &Entry{Path: dir, Header: header}
	if footer != nil {
		e.Status = footer.Status
	}
	if e.Summary, err = summaryBeside(root, dir, info.ModTime()); err == nil {
		return e, nil
	}
	run, err := result.Parse(name, f)
	if err != nil {
		return nil, err
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		return nil, err
	}
	e.Summary = &a.Summary
	return e, nil
}

// summaryBeside is the summary of a result, nil if it is older than the result.
func summaryBeside(root *os.Root, dir string, modified time.Time) (*analysis.Summary, error) {
	f, err := root.Open(path.Join(dir, analysis.SummaryName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.ModTime().Before(modified) {
		return nil, errors.Join(err, fs.ErrNotExist)
	}
	return analysis.ReadSummary(f)
}
