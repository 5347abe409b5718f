package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"

	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/text/unit"
)

//go:embed page/load.html.tmpl
var loadPageText string

// loadPage is a load test as a page.
type loadPage struct {
	Test             *result.LoadTest
	Started, Version string
	Load, Mark       string
	Reason, Verdict  string
	Facts            []fact
	Heads            []string
	Parts            []partSpread
	Legend           string
	Data             chartData
	IntervalHeads    []string
	Intervals        [][]string
	Workers          [][]string
	WorkersLegend    string
	Limits           [][]string
	Notes            []note
	Style            template.CSS
	Script           template.JS
	Policy           string
}

// LoadTestHTML writes a load test as one page, which needs no other file and makes no
// request: what [LoadTest] says, and how the test went over time. Version is the
// program's.
func LoadTestHTML(w io.Writer, s *result.LoadTest, h *hist.Histogram, started time.Time, version string) error {
	notes := loadTestNotes(s)
	p := &loadPage{
		Test: s, Started: started.UTC().Format(time.RFC3339), Version: version,
		Load: askedLoad(s), Mark: strings.ToUpper(string(s.Validity)), Reason: capital(reason(notes)), Verdict: loadTestVerdict(s),
		Facts: loadTestFacts(s), Heads: spreadHeads, Parts: partsOf(s), Legend: partsLegend(s), Data: loadCharts(s, h), Notes: notes,
		Style: template.CSS(pageStyle), Script: template.JS(pageScript), Policy: PagePolicy(),
	}
	p.IntervalHeads, p.Intervals = intervalTable(s)
	if len(s.Workers) > 0 {
		p.Workers, p.WorkersLegend = workerRows(s.Workers), workersLegend
	}
	if len(s.Limits) > 0 {
		p.Limits = limitRows(s.Limits)
	}
	return writePage(w, "the page of a load test", loadPageText, p)
}

// intervalTable has a row for each interval.
func intervalTable(s *result.LoadTest) (heads []string, rows [][]string) {
	heads = []string{"from", "length", "answers", "throughput", "unexpected", "errors", "p50", "p90", "p99", "max"}
	for _, i := range s.Intervals {
		row := []string{unit.Duration(i.From * 1e9), unit.Duration(i.Length * 1e9), unit.Count(i.Answers), unit.Rate(i.Throughput()),
			unit.Count(i.Unexpected), unit.Count(i.Errors)}
		if d := i.Times; d != nil {
			row = append(row, unit.Micros(d.P50), unit.Micros(d.P90), unit.Micros(d.P99), unit.Micros(d.Max))
		} else {
			row = append(row, "–", "–", "–", "–")
		}
		rows = append(rows, row)
	}
	return heads, rows
}
