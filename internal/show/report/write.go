package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
)

// FigureDir is the directory of the figures within a result directory.
const FigureDir = "figures"

// file is one file of a report, by its path within the result directory.
type file struct {
	path    string
	content []byte
}

// WriteAll writes summary.json, report.md, report.html and the figures into a result directory.
// It renders all of them before it writes the first. It stops at the first failure and names the
// file. Each file is then complete, absent, or the old one.
func WriteAll(dir string, a *analysis.Analysis) error {
	files, err := render(a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, FigureDir), 0o755); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	for _, f := range files {
		if err := f.write(dir); err != nil {
			return err
		}
	}
	return nil
}

// render renders the files. The pages come last, after all that they link to.
func render(a *analysis.Analysis) ([]file, error) {
	var summary, markdown, html bytes.Buffer
	figures := figure.All(a)
	if err := errors.Join(JSON(&summary, &a.Summary), Markdown(&markdown, a, figures), HTML(&html, a, figures, PageLinks{})); err != nil {
		return nil, err
	}
	files := []file{{analysis.SummaryName, summary.Bytes()}}
	for _, f := range figures {
		svg, errSVG := f.SVG()
		png, errPNG := f.PNG()
		if err := errors.Join(errSVG, errPNG); err != nil {
			return nil, err
		}
		path := filepath.Join(FigureDir, f.Name)
		files = append(files, file{path + ".svg", svg}, file{path + ".png", png})
	}
	return append(files, file{"report.md", markdown.Bytes()}, file{"report.html", html.Bytes()}), nil
}

// write writes the file under a temporary name and renames it. It does not sync, because files
// that a crash loses can be rendered again.
func (f file) write(dir string) error {
	path := filepath.Join(dir, f.path)
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = temporary.Write(f.content)
	// CreateTemp's own mode would hide the report from everyone else.
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}
