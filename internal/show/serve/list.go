package serve

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/result"
	"authbench/internal/show/report"
	"authbench/internal/show/svg"
)

// listing is the list of results, by scenario.
type listing struct {
	Dir        string
	Scenarios  []listed
	Unreadable []*unreadable
	Count      int
}

// listed are the results of a scenario, the newest first.
type listed struct {
	Name, Question string
	History        string // its address; empty where there are no two
	Rows           []row
	// Top is the cost that the highest bar stands for, in words; empty for no bar.
	Top string
}

// row is one result.
type row struct {
	ID, Href, Live string
	When           string
	Verdict, Class string
	Launches       string
	Machine        string
	Costs          svg.BarRow
}

type unreadable struct{ ID, Why string }

// recently is the age up to which the last record of a run means that it is running. A launch of
// many arms writes no record while its servers start.
const recently = 2 * time.Minute

// list answers with the list.
func (s *Server) list(w http.ResponseWriter, _ *http.Request) {
	all, err := s.index.all()
	if err != nil {
		writeError(w, err)
		return
	}
	l := listing{Dir: s.name, Count: len(all)}
	var names []string // of the scenarios, in the order of their newest results
	of := map[string][]*entry{}
	for _, e := range all {
		if e.unreadable != "" {
			l.Unreadable = append(l.Unreadable, &unreadable{e.id, e.unreadable})
			continue
		}
		if of[e.scenario] == nil {
			names = append(names, e.scenario)
		}
		of[e.scenario] = append(of[e.scenario], e)
	}
	for _, name := range names {
		l.Scenarios = append(l.Scenarios, listedOf(of[name]))
	}
	writePage(w, "list", "Results in "+s.name, "", l, "")
}

// listedOf lists the results of one scenario. Their bars have one scale.
func listedOf(all []*entry) listed {
	out := listed{Name: all[0].scenario, Question: all[0].question}
	if len(all) > 1 {
		out.History = address("/history", url.Values{"scenario": {out.Name}})
	}
	top := 0.0
	for _, e := range all {
		for _, bar := range costsOf(e.summary) {
			top = max(top, bar.Value)
		}
	}
	if top > 0 {
		out.Top, _ = report.Value(cpuMetric, analysis.Estimate{Value: top})
	}
	for _, e := range all {
		out.Rows = append(out.Rows, rowOf(e, top))
	}
	return out
}

func rowOf(e *entry, top float64) row {
	r := row{
		ID: e.id, Href: resultAt(e.id), When: minuteText(e.started),
		Machine: strings.TrimSpace(fmt.Sprintf("%s, %d CPUs", e.host.CPUModel, e.host.CPUs)),
	}
	if e.summary != nil {
		r.Verdict, r.Launches, r.Costs = string(e.summary.Validity), fmt.Sprint(e.summary.Launches), svg.Bars(costsOf(e.summary), top)
	}
	switch {
	case !e.footer && time.Since(e.at.result.modified) < recently:
		r.Verdict, r.Launches, r.Live = "running", fmt.Sprintf("of %d", e.planned), resultAddress("/live/", e.id)
	case !e.footer:
		r.Verdict, r.Launches = "cut off", fmt.Sprintf("of %d", e.planned)
	case e.gate != "":
		r.Verdict, r.Launches = "gate: "+strings.ReplaceAll(string(e.gate), "_", " "), fmt.Sprint(e.planned)
	case e.summary == nil:
		r.Verdict = "open it to know"
	}
	if r.Class = r.Verdict; e.gate == gate.Fail {
		r.Class = string(result.Invalid)
	}
	return r
}

func minuteText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// costsOf are what a request to each arm costs; none without a summary.
func costsOf(s *analysis.Summary) []svg.Bar {
	if s == nil {
		return nil
	}
	var bars []svg.Bar
	for _, a := range s.Arms {
		e, _, ok := figureOf(a, cpuMetric)
		if !ok {
			continue
		}
		text, _ := report.Value(cpuMetric, e)
		bars = append(bars, svg.Bar{Value: e.Value, Says: a.Name + " " + text, Base: a.Name == s.Baseline})
	}
	return bars
}

// cpuMetric is what costs are compared by.
const cpuMetric = "cpu_us_per_request"

// figureOf is a metric of an arm under the first load that has it, or of the arm itself.
func figureOf(a analysis.Arm, metric string) (_ analysis.Estimate, load string, ok bool) {
	if !a.Status.Measured() {
		return analysis.Estimate{}, "", false
	}
	for _, l := range a.Loads {
		if e, has := l.Metrics[metric]; has {
			return e, l.Name, true
		}
	}
	e, ok := a.Metrics[metric]
	return e, "", ok
}
