package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"authbench/internal/analysis"
	"authbench/internal/figure"
)

//go:embed page/page.html.tmpl
var pageText string

// The page's style and script, each behind that of the charts' library.
var (
	//go:embed page/page.css
	ownStyle string
	//go:embed page/page.js
	ownScript string
	//go:embed page/uplot.min.css
	chartStyle string
	//go:embed page/uplot.min.js
	chartScript string

	pageStyle  = chartStyle + "\n" + ownStyle
	pageScript = chartScript + "\n" + ownScript
)

// page is what report.html shows. The template escapes all text for where it
// stands; only the figures, which escape their own, and the files of this program
// go in as they are.
type page struct {
	Summary *analysis.Summary
	Words   words
	Table   pageTable
	Rate    pageRate
	More    []pageTable
	Figures []pageFigure
	Arms    []armDetail
	Notes   []note
	Terms   []term
	Facts   []fact
	Data    chartData
	Style   template.CSS
	Script  template.JS
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
	p := &page{Summary: s, Words: wordsOf(s), Table: decisionPage(s), Rate: rateOf(s), Arms: detailsOf(s), Notes: notesOf(s, decisionTable(s)),
		Terms: glossary, Facts: facts(s), Data: chartsOf(a),
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), Policy: policy()}
	for _, t := range furtherTables(s) {
		p.More = append(p.More, pageTableOf(s, t))
	}
	for _, f := range figures {
		if drawnAsChart(f) {
			continue
		}
		svg, err := f.SVG()
		if err != nil {
			return nil, err
		}
		p.Figures = append(p.Figures, pageFigure{f.Title, f.Name, template.HTML(clean(string(svg)))})
	}
	return p, nil
}

// drawnAsChart reports whether the page shows the figure's content as a chart.
func drawnAsChart(f figure.Figure) bool {
	return slices.ContainsFunc([]string{"latency-percentiles", "service-percentiles", "latency-throughput"}, func(name string) bool {
		return strings.HasPrefix(f.Name, name)
	})
}

// policy allows one style sheet and one script, and the attributes with which the
// figures style themselves: style can neither run nor, with all requests forbidden,
// tell anyone.
func policy() string {
	return "default-src 'none'; script-src " + hashSource(pageScript) + "; style-src " + hashSource(pageStyle) +
		"; style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
}

// hashSource is how a policy names an element by its content.
func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
