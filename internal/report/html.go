package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"authbench/internal/analysis"
	"authbench/internal/figure"
)

//go:embed report.html.tmpl
var pageText string

// page is what report.html shows. The template escapes all text for where it
// stands; only the figures, which escape their own, go in as they are.
type page struct {
	Summary *analysis.Summary
	Words   words
	Table   table
	More    []titledTable
	Figures []pageFigure
	Arms    []armDetail
	Notes   []note
	Facts   []fact
}

type pageFigure struct {
	Title, Name string
	SVG         template.HTML
}

// breakable is [clean] text in which an interval may break after its dash. A
// browser breaks there anyway, and would begin the next line with the blank.
func breakable(text string) string { return strings.ReplaceAll(clean(text), "–\u00a0", "– ") }

// HTML writes report.html, which needs no other file and makes no request.
func HTML(w io.Writer, a *analysis.Analysis, figures []figure.Figure) error {
	s := &a.Summary
	t := decisionTable(s)
	p := page{Summary: s, Words: wordsOf(s), Table: t, More: furtherTables(s), Arms: detailsOf(s), Notes: notesOf(s, t), Facts: facts(s)}
	for _, f := range figures {
		svg, err := f.SVG()
		if err != nil {
			return fmt.Errorf("write report.html: %w", err)
		}
		p.Figures = append(p.Figures, pageFigure{f.Title, f.Name, template.HTML(svg)})
	}
	functions := template.FuncMap{"clean": breakable, "figures": func() string { return FigureDir }}
	parsed, err := template.New("report").Funcs(functions).Parse(pageText)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, p); err != nil {
		return fmt.Errorf("render report.html: %w", err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	return nil
}
