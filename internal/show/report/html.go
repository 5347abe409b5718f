package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
	"authbench/internal/show/svg"
	"authbench/internal/text/usertext"
)

// The page, and the tables and drawings in it.
var (
	//go:embed page/page.html.tmpl
	pageText string
	//go:embed page/table.html.tmpl
	tableText string
	//go:embed page/drawing.html.tmpl
	drawingText string
)

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
	// Drawings show the costs of Table.
	Drawings []drawing
	Figures  []pageFigure
	Failed   []failedCases
	Arms     []armDetail
	// Todos are the warnings, Warnings is their number.
	Todos    []todo
	Warnings int
	// Limits are a row of heads and rows of limits; empty without limits.
	Limits [][]string
	Terms  []term
	Facts  []fact
	Data   chartData
	PageLinks
	Style  template.CSS
	Script template.JS
	// Policy is the content security policy. A browser applies only this program's own
	// style and script, which it knows by their hashes, and requests nothing.
	Policy string
}

type pageFigure struct {
	Title, Name string
	SVG         template.HTML
}

// breakable is clean text in which an interval may break after its dash. A browser would break
// there anyway, and begin the next line with the blank.
func breakable(text string) string {
	return strings.ReplaceAll(usertext.Clean(text), "–\u00a0", "– ")
}

// span is an interval on one line.
var span = regexp.MustCompile(`-?[0-9.]+\x{a0}–\x{a0}-?[0-9.]+(\x{a0}[^ ,.;)]+)?`)

// sentence is clean text whose intervals stay whole: there is room for them in a line.
func sentence(text string) template.HTML {
	return template.HTML(span.ReplaceAllString(template.HTMLEscapeString(usertext.Clean(text)), `<span class="whole">$0</span>`))
}

// interval is an interval that may break only after its dash, in a narrow column.
func interval(text string) string {
	return strings.ReplaceAll(noBreak(text), "–\u00a0", "– ")
}

// PageLinks are the addresses of other pages to which a page of a server links. They are
// empty in a page that stands alone.
type PageLinks struct {
	Home   string // the list of all results
	Advise string // what a result says to a team's limits
}

// HTML writes report.html, which needs no other file and makes no request.
func HTML(w io.Writer, a *analysis.Analysis, figures []figure.Figure, around PageLinks) error {
	p, err := pageOf(a, figures)
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	p.PageLinks = around
	return writePage(w, "report.html", pageText, p)
}

// TableHTML writes the decision table alone, for a page that has no definitions to link
// to.
func TableHTML(w io.Writer, s *analysis.Summary) error {
	s = s.Labelled()
	t := pageTableOf(s, titledTable{Caption: "One line per arm", table: decisionTable(s)})
	for i := range t.Heads {
		t.Heads[i].Term = ""
	}
	return writePage(w, "the table", `{{template "table" .}}`, t)
}

// writePage executes the template of one of this package's pages.
func writePage(w io.Writer, name, text string, data any) error {
	functions := template.FuncMap{"clean": breakable, "interval": interval, "sentence": sentence, "figures": func() string { return FigureDir }, "metricTerm": metricTerm}
	parsed, err := template.New(name).Funcs(functions).Parse(text + tableText + drawingText + svg.Templates)
	if err != nil {
		return fmt.Errorf("parse the template of %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return flush(w, name, &out)
}

func pageOf(a *analysis.Analysis, figures []figure.Figure) (*page, error) {
	a = a.Labelled()
	s := &a.Summary
	notes := notesOf(s, decisionTable(s))
	p := &page{Summary: s, Words: wordsOf(s), Table: decisionPage(s), Drawings: drawings(s), Rate: rateOf(s), Failed: failuresOf(s), Arms: detailsOf(s), Todos: todos(notes, nil), Warnings: len(notes),
		Terms: glossary, Facts: facts(s), Data: chartsOf(a),
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), Policy: PagePolicy()}
	if len(s.Limits) > 0 {
		p.Limits = limitRows(s.Limits)
	}
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
		p.Figures = append(p.Figures, pageFigure{f.Title, f.Name, template.HTML(usertext.Clean(string(svg)))})
	}
	return p, nil
}

// drawnAsChart reports whether the page shows the figure's content as a chart or as a
// drawing of its own.
func drawnAsChart(f figure.Figure) bool {
	return slices.ContainsFunc([]string{"cpu", "cost-split", "rounds", "latency-percentiles", "service-percentiles", "latency-throughput", "response-over-time"}, func(name string) bool {
		return strings.HasPrefix(f.Name, name)
	})
}

// Policy is the content security policy of a page with one style sheet, one script, and the style
// attributes of figures: these cannot run code and, since all requests are forbidden, cannot send
// data. The caller adds what forms may do.
func Policy(style, script string) string {
	return "default-src 'none'; script-src " + hashSource(script) + "; style-src " + hashSource(style) +
		"; style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'"
}

// PagePolicy is that of the pages that this package writes.
func PagePolicy() string { return Policy(pageStyle, pageScript) + "; form-action 'none'" }

// Style is the style sheet that all pages share.
func Style() string { return ownStyle }

// hashSource is how a policy names an element by its content.
func hashSource(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
