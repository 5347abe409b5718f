package serve

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"

	"authbench/internal/judge/analysis"
	"authbench/internal/judge/history"
	"authbench/internal/result"
	"authbench/internal/show/report"
	"authbench/internal/show/svg"
	"authbench/internal/text/usertext"
)

// figureKey names a figure that results of one scenario share.
type figureKey struct {
	arm, load, metric string
	// versus: the figure is the ratio to the baseline's, which depends least on the slow days
	// of a machine.
	versus bool
}

func figureKeyOf(query url.Values) figureKey {
	return figureKey{query.Get("arm"), query.Get("load"), query.Get("metric"), query.Get("ratio") != ""}
}

// label says what the figure is.
func (c figureKey) label() string {
	text := report.Label(c.metric)
	if c.versus {
		text += ", ratio to the baseline"
	}
	return text
}

func (c figureKey) href(scenario string) string {
	query := url.Values{"scenario": {scenario}, "arm": {c.arm}, "metric": {c.metric}}
	if c.load != "" {
		query.Set("load", c.load)
	}
	if c.versus {
		query.Set("ratio", "1")
	}
	return address("/history", query)
}

// of is the figure in one result.
func (c figureKey) of(s *analysis.Summary) (analysis.Estimate, bool) {
	for _, a := range s.Arms {
		if a.Name != c.arm || !a.Status.Measured() || s.Validity == result.Invalid {
			continue
		}
		if c.load == "" {
			e, ok := a.Metrics[c.metric]
			return e, ok
		}
		for _, l := range a.Loads {
			if l.Name != c.load {
				continue
			}
			if r, ok := l.VersusBaseline[c.metric]; c.versus {
				return analysis.Estimate{Value: r.Ratio, Lo: &r.Lo, Hi: &r.Hi, N: r.N}, ok
			}
			e, ok := l.Metrics[c.metric]
			return e, ok
		}
	}
	return analysis.Estimate{}, false
}

// text is an estimate of the figure in words.
func (c figureKey) text(e analysis.Estimate) (value, interval string) {
	if c.versus {
		return report.Value("", e)
	}
	return report.Value(c.metric, e)
}

// overall is the history of all figures of a scenario, as lines.
type overall struct {
	Scenario string
	Count    int
	Heads    []string
	Arms     []overallArm
}

type overallArm struct {
	Name  string
	Cells []overallCell
}

type overallCell struct {
	Href, Newest string
	Line         svg.Line
}

// overview are the figures that a scenario's history shows at a glance, each of the first load
// that has it.
var overview = []struct {
	head, metric string
	versus       bool
}{
	{"CPU per request ÷ baseline's", cpuMetric, true},
	{"CPU per request", cpuMetric, false},
	{"throughput", "throughput_rps", false},
	{"response time p50", "response_p50_us", false},
	{"response time p99", "response_p99_us", false},
	{"capacity", "capacity_rps", false},
}

// history answers with the history of a scenario, or of one figure of it.
func (s *Server) history(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	scenario := query.Get("scenario")
	all, err := s.index.all()
	if err != nil {
		writeError(w, err)
		return
	}
	all = slices.DeleteFunc(all, func(e *entry) bool { return e.scenario != scenario || e.summary == nil })
	slices.Reverse(all) // from the oldest on
	if len(all) == 0 {
		writeError(w, fmt.Errorf("no result of scenario %q is known: open its results once, or render them with 'authbench report'", scenario))
		return
	}
	if c := figureKeyOf(query); c.arm != "" {
		writePage(w, "cell", usertext.Clean(c.arm+": "+c.label()), "", figureHistoryOf(scenario, c, all), "")
		return
	}
	writePage(w, "history", "History of "+usertext.Clean(scenario), "", overallOf(scenario, all), "")
}

// overallOf shows the arms of the newest result.
func overallOf(scenario string, all []*entry) overall {
	p := overall{Scenario: scenario, Count: len(all)}
	newest := all[len(all)-1].summary
	for _, o := range overview {
		p.Heads = append(p.Heads, o.head)
	}
	used := make([]bool, len(overview))
	for _, a := range newest.Arms {
		arm := overallArm{Name: a.Name}
		for i, o := range overview {
			c := figureKey{a.Name, loadWith(a, o.metric), o.metric, o.versus}
			shown := overallCell{Line: svg.Sparkline(valuesOf(c, all))}
			if shown.Line.Points != "" {
				shown.Href, used[i] = c.href(scenario), true
			}
			if e, ok := c.of(newest); ok {
				shown.Newest, _ = c.text(e)
			}
			arm.Cells = append(arm.Cells, shown)
		}
		p.Arms = append(p.Arms, arm)
	}
	for i := len(used) - 1; i >= 0; i-- { // an empty column says nothing
		if !used[i] {
			p.Heads = slices.Delete(p.Heads, i, i+1)
			for k := range p.Arms {
				p.Arms[k].Cells = slices.Delete(p.Arms[k].Cells, i, i+1)
			}
		}
	}
	return p
}

func loadWith(a analysis.Arm, metric string) string {
	for _, l := range a.Loads {
		if _, has := l.Metrics[metric]; has {
			return l.Name
		}
	}
	return ""
}

func valuesOf(c figureKey, all []*entry) []float64 {
	var out []float64
	for _, e := range all {
		if v, ok := c.of(e.summary); ok {
			out = append(out, v.Value)
		}
	}
	return out
}

// figureHistory is the history of one figure.
type figureHistory struct {
	Scenario, Overview string
	Arm, Figure        string
	Chart              *svg.Series        // nil if no result has the figure
	Rows               []figureHistoryRow // the newest first
	Others             []figureLink
}

type figureHistoryRow struct {
	Href, When, Verdict  string
	Value, Interval      string
	Launches             int
	Machine, Revision    string
	OtherMachine, Absent bool
}

// seriesOf draws a figure over the results that have it; nil if none has.
func seriesOf(c figureKey, all []*entry) *svg.Series {
	var points []svg.Point
	var last *entry
	for _, e := range all {
		v, ok := c.of(e.summary)
		if !ok || math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			continue
		}
		value, interval := c.text(v)
		p := svg.Point{
			Value: v.Value, Hollow: e.summary.Validity != result.Valid, Break: last != nil && analysis.OtherMachine(last.host, e.host),
			Says: minuteText(e.started) + ": " + value, Href: resultAt(e.id), Day: e.started.UTC().Format("01-02"),
		}
		if v.Lo != nil && v.Hi != nil {
			p.Lo, p.Hi = v.Lo, v.Hi
			p.Says += " (" + interval + ")"
		}
		points, last = append(points, p), e
	}
	if len(points) == 0 {
		return nil
	}
	markChanges(points)
	print := func(v float64) string {
		text, _ := c.text(analysis.Estimate{Value: v})
		return text
	}
	s := svg.TimeSeries(c.label()+" of "+c.arm+" over time", print, points)
	return &s
}

type figureLink struct{ Label, Href string }

func figureHistoryOf(scenario string, c figureKey, all []*entry) figureHistory {
	out := figureHistory{
		Scenario: scenario, Overview: address("/history", url.Values{"scenario": {scenario}}),
		Arm: c.arm, Figure: c.label(), Chart: seriesOf(c, all), Others: othersOf(scenario, c, all[len(all)-1].summary),
	}
	if c.load != "" {
		out.Figure += ", " + c.load + " load"
	}
	for i, e := range all {
		r := figureHistoryRow{
			Href: resultAt(e.id), When: minuteText(e.started), Verdict: string(e.summary.Validity), Launches: e.summary.Launches,
			Machine: e.host.CPUModel, Revision: e.summary.Build.Revision, OtherMachine: i > 0 && analysis.OtherMachine(all[i-1].host, e.host),
		}
		if e.summary.Build.Modified {
			r.Revision += ", modified"
		}
		v, ok := c.of(e.summary)
		if r.Absent = !ok; ok {
			r.Value, r.Interval = c.text(v)
		}
		out.Rows = append(out.Rows, r)
	}
	slices.Reverse(out.Rows)
	return out
}

// markChanges marks the points where the level of the figure changes, among the results of the
// newest result's machine.
func markChanges(points []svg.Point) {
	from := 0
	for i, p := range points {
		if p.Break {
			from = i
		}
	}
	var values []float64
	for _, p := range points[from:] {
		values = append(values, p.Value)
	}
	for _, c := range history.ChangePoints(values, history.Level) {
		p := &points[from+c.At]
		p.Change = true
		p.Says += "; another level from here on"
	}
}

// othersOf links to the other figures that the newest result has of the arm.
func othersOf(scenario string, c figureKey, newest *analysis.Summary) []figureLink {
	var out []figureLink
	for _, a := range newest.Arms {
		if a.Name != c.arm {
			continue
		}
		for _, l := range a.Loads {
			for _, metric := range report.InOrder(l.Metrics) {
				for _, versus := range []bool{false, true} {
					its := figureKey{a.Name, l.Name, metric, versus}
					if _, has := l.VersusBaseline[metric]; its != c && (has || !versus) {
						out = append(out, figureLink{l.Name + " load: " + its.label(), its.href(scenario)})
					}
				}
			}
		}
		for _, metric := range report.InOrder(a.Metrics) {
			if its := (figureKey{a.Name, "", metric, false}); its != c {
				out = append(out, figureLink{its.label(), its.href(scenario)})
			}
		}
	}
	return out
}
