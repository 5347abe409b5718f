package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"authbench/internal/analysis"
	"authbench/internal/figure"
)

//go:embed page/page.html.tmpl
var pageText string

//go:embed page/page.css
var pageStyle string

// page is what report.html shows. The template escapes all text for where it
// stands; only the figures, which escape their own, and the files of this program
// go in as they are.
type page struct {
	Summary *analysis.Summary
	Words   words
	Table   pageTable
	More    []pageTable
	Figures []pageFigure
	Arms    []armDetail
	Notes   []note
	Terms   []term
	Facts   []fact
	Style   template.CSS
	// Policy is the content security policy: besides this program's own style and
	// script, known by their hashes, a browser takes nothing and asks for nothing.
	Policy string
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
	p, err := pageOf(a, figures)
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	functions := template.FuncMap{"clean": breakable, "figures": func() string { return FigureDir }, "metricTerm": metricTerm}
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

func pageOf(a *analysis.Analysis, figures []figure.Figure) (*page, error) {
	s := &a.Summary
	p := &page{Summary: s, Words: wordsOf(s), Table: decisionPage(s), Arms: detailsOf(s), Notes: notesOf(s, decisionTable(s)),
		Terms: glossary, Facts: facts(s), Style: template.CSS(pageStyle), Policy: policy(pageStyle)}
	for _, t := range furtherTables(s) {
		p.More = append(p.More, pageTableOf(s, t))
	}
	for _, f := range figures {
		svg, err := f.SVG()
		if err != nil {
			return nil, err
		}
		p.Figures = append(p.Figures, pageFigure{f.Title, f.Name, template.HTML(svg)})
	}
	return p, nil
}

// policy allows one style sheet, and the attributes with which the figures style
// themselves: style can neither run nor, with all requests forbidden, tell anyone.
func policy(style string) string {
	return "default-src 'none'; style-src " + hashSource(style) + "; style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
}

// hashSource is how a policy names an element by its content.
func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
