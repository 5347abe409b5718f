package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/text/unit"
)

// LoadTestOptions say how a load test is shown.
type LoadTestOptions struct {
	TerminalOptions
	// ASCII draws bars of characters that every terminal has.
	ASCII bool
}

// LoadTest writes a load test for people: the verdict, what was sent and answered, how long each
// part of a request took, the headline's distribution h, and what is doubtful.
func LoadTest(w io.Writer, s *result.LoadTest, h *hist.Histogram, o LoadTestOptions) error {
	p := &printer{width: max(o.Width, leastWidth), color: o.Color}
	notes := loadTestNotes(s)
	p.heading(p.paint(styleOf(s.Validity), strings.ToUpper(string(s.Validity))), reason(notes), s.URL+": "+askedLoad(s))
	p.text("", loadTestVerdict(s))
	p.blank()
	for _, f := range loadTestFacts(s) {
		p.text("  "+p.paint(strong, fmt.Sprintf("%-12s", f.Name)), f.Text)
	}
	p.spreads(s)
	p.bars(headlineName(s), h, o.ASCII)
	p.workers(s.Workers)
	p.limits(s.Limits)
	p.notes(notes)
	return flush(w, "the summary", &p.out)
}

func loadTestNotes(s *result.LoadTest) (out []note) {
	for _, w := range s.Warnings {
		out = append(out, note{Level: w.Level, Code: w.Code, Text: w.Text})
	}
	return out
}

// askedLoad describes the load.
func askedLoad(s *result.LoadTest) string {
	text := "closed load"
	if s.Rate != nil {
		course := "of " + noBreak(unit.Rate(s.Rate.Asked))
		if s.Rate.Ramp != nil {
			course = s.Rate.Ramp.Text(func(v float64) string { return noBreak(unit.Rate(v)) })
		}
		text = fmt.Sprintf("open load %s, %s arrivals", course, s.Rate.Arrivals)
	}
	return fmt.Sprintf("%s, %s, %s", text, plural(s.Connections, "connection", "connections"), plural(s.Threads, "generator thread", "generator threads")) + onMachines(s.Workers)
}

func loadTestVerdict(s *result.LoadTest) string {
	const one = "They are of one test, and have no intervals: another one may give other figures."
	text := map[result.Validity]string{
		result.Valid:      "No check casts doubt on these figures. " + one,
		result.Suspicious: "Use these figures with care: the warnings name what is doubtful. " + one,
		result.Invalid:    "Do not use these figures: the warnings say why, and what to do.",
	}[s.Validity]
	if s.Interrupted {
		text += " The test was interrupted; this is what was measured until then."
	}
	return text
}

func loadTestFacts(s *result.LoadTest) []fact {
	throughput := unit.Rate(s.Throughput)
	if s.Rate != nil {
		throughput += fmt.Sprintf(" answered; %s sent in time, %s asked for", unit.Rate(s.Rate.Achieved), unit.Rate(s.Rate.Asked))
		if s.Rate.Ramp != nil {
			throughput += ", all as means over the stages"
		}
	}
	out := []fact{
		{"requests", fmt.Sprintf("%s in %s", unit.Count(s.Requests), unit.Duration(s.Duration*1e9))},
		{"throughput", throughput},
		{"statuses", statusText(s.Statuses)},
	}
	for _, class := range bench.Classes {
		if counts := s.Classes[class]; len(counts) > 0 {
			out = append(out, fact{"  " + string(class), statusText(counts)})
		}
	}
	if s.Success != nil {
		out = append(out, fact{"success", unit.Precise(*s.Success) + " of the requests were answered as expected (" + s.Expect + ")"})
	}
	out = append(out, fact{"errors", errorText(s)})
	if s.Resent > 0 {
		out = append(out, fact{"sent again", unit.Count(s.Resent) + ", where the connection was closed before any answer"})
	}
	if s.Unsolicited > 0 {
		out = append(out, fact{"unsolicited", unit.Count(s.Unsolicited) + " connections dropped for bytes that nobody asked for"})
	}
	out = append(out,
		fact{"transferred", unit.Bytes(float64(s.BytesOut)) + " out, " + unit.Bytes(float64(s.BytesIn)) + " in"})
	generator := fmt.Sprintf("engine %s, waiting: %s", s.Engine, s.Poll)
	if s.GeneratorCPU > 0 {
		generator = unit.Micros(s.GeneratorCPU) + " of CPU per request; " + generator
	}
	if s.ServerCPU > 0 {
		out = append(out, fact{"server", unit.Micros(s.ServerCPU) + " of CPU per request, as the agent beside it saw"})
	}
	return append(out, fact{"generator", generator})
}

// errorText lists the errors; malformed answers by what was wrong with them.
func errorText(s *result.LoadTest) string {
	if len(s.Malformed) == 0 {
		return countText(s.Errors)
	}
	parts := []string{"malformed: " + countText(s.Malformed)}
	others := maps.Clone(s.Errors)
	delete(others, "malformed")
	if len(others) > 0 {
		parts = append(parts, countText(others))
	}
	return strings.Join(parts, "; ")
}

// countText lists counts by name.
func countText(counts map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, noBreak(fmt.Sprintf("%s ×%s", name, unit.Count(counts[name]))))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func statusText(counts map[int]int64) string {
	named := map[string]int64{}
	for status, n := range counts {
		named[fmt.Sprint(status)] = n // three digits: the order is that of numbers
	}
	return countText(named)
}

// spreadHeads are the percentiles that a load test shows.
var spreadHeads = []string{"p50", "p90", "p95", "p99", "p99.9", "max"}

// partSpread are the percentiles of a part of a request. A part may belong to another part.
type partSpread struct {
	Name   string
	Within bool
	Cells  []string // by [spreadHeads]
}

// partsOf are the parts of a request that have any times.
func partsOf(s *result.LoadTest) []partSpread {
	var out []partSpread
	add := func(name string, d *result.Spread, within bool) {
		if d == nil {
			return
		}
		part := partSpread{Name: name, Within: within}
		for _, v := range []float64{d.P50, d.P90, d.P95, d.P99, d.P999, d.Max} {
			part.Cells = append(part.Cells, unit.Micros(v))
		}
		out = append(out, part)
	}
	add("response", s.Response, false)
	add("service", s.Service, false)
	if s.Transfer != nil && s.Transfer.Max > 0 { // else every answer was complete with its first byte
		add("first byte", s.FirstByte, true)
		add("transfer", s.Transfer, true)
	}
	add("queue", s.Queue, false)
	add("lag", s.Lag, false)
	if s.Refused != nil {
		add("refused", cmp.Or(s.Refused.Response, s.Refused.Service), false)
	}
	add("connect", s.Connect, false)
	add("TLS", s.TLS, false)
	return out
}

// spreads writes the percentiles of each part of a request.
func (p *printer) spreads(s *result.LoadTest) {
	rows := [][]string{append([]string{""}, spreadHeads...)}
	for _, part := range partsOf(s) {
		name := "  " + part.Name
		if part.Within {
			name = "  " + name
		}
		rows = append(rows, append([]string{name}, part.Cells...))
	}
	if len(rows) == 1 {
		return
	}
	widths := widthsOf(rows)
	p.blank()
	for i, row := range rows {
		p.row(row, widths, 1, len(widths), i == 0)
	}
	p.text("  ", partsLegend(s))
}

// partsLegend explains the parts, and names percentiles with few requests.
func partsLegend(s *result.LoadTest) string {
	legend := "service: from send to last byte"
	if s.Rate != nil {
		legend = "response: from when the request was due to its last byte; queue: the wait for a free connection; lag: the generator's own delay"
	}
	return legend + thinTail(cmp.Or(s.Response, s.Service))
}

// fewestBeyond is how many requests should lie beyond a percentile, so that single requests do
// not decide it. With 50, its rank is uncertain by 14 %.
const fewestBeyond = 50

// thinTail says which percentiles rest on few requests, "" if none does.
func thinTail(d *result.Spread) string {
	if d == nil {
		return ""
	}
	for _, q := range []struct {
		name   string
		beyond float64
	}{{"p90", 0.1}, {"p95", 0.05}, {"p99", 0.01}, {"p99.9", 0.001}} {
		if float64(d.Count)*q.beyond < fewestBeyond {
			return fmt.Sprintf(". From %s up, each rests on fewer than %d requests beyond it", q.name, fewestBeyond)
		}
	}
	return ""
}

const (
	// barRows and barWidth are the lines and columns of a distribution: enough to show its
	// shape, and few enough for one screen with the rest.
	barRows  = 10
	barWidth = 40
)

// bars draws a distribution with steps of equal ratio, since times spread over
// powers of ten.
func (p *printer) bars(name string, h *hist.Histogram, ascii bool) {
	if h.Count() == 0 {
		return
	}
	edges, counts := bins(h, barRows)
	p.blank()
	p.line("  " + p.paint(strong, name))
	most := slices.Max(counts)
	for i, n := range counts {
		label := "≤ " + unit.Duration(edges[i+1])
		line := fmt.Sprintf("  %s%s  %s", strings.Repeat(" ", max(0, 9-displayWidth(label))), label, bar(float64(n)/float64(most)*barWidth, ascii))
		p.line(line + " " + unit.Count(n))
	}
}

// bins counts a histogram's values between edges in ns with equal ratios. There is one more edge
// than counts; if all values are equal, there is one count.
func bins(h *hist.Histogram, n int) (edges []float64, counts []int64) {
	low := math.Log(math.Max(1, float64(h.Quantile(0))))
	step := (math.Log(math.Max(1, float64(h.Max()))) - low) / float64(n)
	if step == 0 {
		n = 1
	}
	counts = make([]int64, n)
	for b := range h.Buckets() {
		i := 0
		if step > 0 {
			i = int((math.Log(math.Max(1, float64(b.From+b.To)/2)) - low) / step)
		}
		counts[min(max(i, 0), n-1)] += b.Count
	}
	for i := range n + 1 {
		edges = append(edges, math.Exp(low+step*float64(i)))
	}
	return edges, counts
}

func headlineName(s *result.LoadTest) string {
	if s.Rate != nil {
		return "response time"
	}
	return "service time"
}

// bar draws a bar of so many columns. A bar that is not zero is visible.
func bar(columns float64, ascii bool) string {
	if ascii {
		return strings.Repeat("#", int(math.Ceil(columns)))
	}
	eighths := int(math.Ceil(columns * 8))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}
