package report

import (
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// ramps says of each arm under the first ramp when its response time was longest, "" without
// a ramp or if it takes too many words.
func ramps(s *analysis.Summary) string {
	var names []string
	var loads []analysis.Load
	for _, a := range s.Arms {
		i := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Kind == bench.Ramped })
		if i >= 0 && a.Status == analysis.ArmOK {
			names, loads = append(names, a.Name), append(loads, a.Loads[i])
		}
	}
	if len(loads) == 0 {
		return ""
	}
	m := rampMetric(loads)
	var parts []string
	for i, l := range loads {
		if worst, ok := longestPart(l.Course, m); ok {
			parts = append(parts, fmt.Sprintf("%s for %s (after %s, at %s)", noBreak(unit.Micros(worst.Metrics[m.name].Value)), names[i],
				noBreak(seconds(worst.From)), noBreak(unit.Rate(worst.Rate))))
		}
	}
	course := "Under the load " + loads[0].Name + ", " + loads[0].Ramp
	switch {
	case len(parts) == 0:
		return course + ", no response times can be shown: the warnings say why."
	case len(parts) > mostNamed:
		return course + ", response times over time are in the figure."
	}
	return course + ", the longest " + m.label + " is " + list(parts) + "."
}

// rampMetric is the response time that a ramp is judged by.
func rampMetric(loads []analysis.Load) metric {
	return metricNamed("response_" + analysis.RampQuantile(loads...) + "_us")
}

// longestPart is the part with the longest times by a metric; false if none has any.
func longestPart(course []analysis.RampPart, m metric) (worst analysis.RampPart, ok bool) {
	for _, p := range course {
		if e, has := p.Metrics[m.name]; has && (!ok || e.Value > worst.Metrics[m.name].Value) {
			worst, ok = p, true
		}
	}
	return worst, ok
}

// seconds is a time since a ramp began.
func seconds(s float64) string { return unit.Micros(1e6 * s) }

// partRows shows a ramp's throughput and response times at every fourth part: ten in all.
func partRows(l analysis.Load) []metricRow {
	const every = 4
	var out []metricRow
	for i, p := range l.Course {
		if i%every != every-1 {
			continue
		}
		for _, m := range []metric{throughputMetric, p50Metric, p99Metric} {
			if e, ok := p.Metrics[m.name]; ok {
				label := fmt.Sprintf("%s after %s, %s due", m.label, seconds(p.From), unit.Rate(p.Rate))
				out = append(out, metricRow{Name: m.name, Label: label, Value: m.cell(e, 1)})
			}
		}
	}
	return out
}

// ramp adds the charts of a ramp: response times and throughput over time.
func (d *chartData) ramp(s *analysis.Summary, l analysis.Load) {
	var loads []analysis.Load
	for _, a := range s.Arms {
		loads = append(loads, a.Loads[slices.IndexFunc(a.Loads, func(o analysis.Load) bool { return o.Name == l.Name })])
	}
	for _, m := range slices.CompactFunc([]metric{rampMetric(loads), p50Metric}, func(a, b metric) bool { return a.name == b.name }) {
		c := chart{Title: capital(m.label) + " over time, " + l.Name + " load", Note: "Rate: " + l.Ramp + ". Lower is better. Of the requests with valid credentials that ended within each part, all launches together."}
		d.overParts(s, l.Name, c, m)
	}
	c := chart{Title: "Throughput over time, " + l.Name + " load", Y: "rate", Note: "Answers that came within each part, per second, and how many requests were due. A server that keeps up answers what is due."}
	due := len(d.Arms)
	d.Arms = append(d.Arms, chartArm{"due", grey, []float64{2, 3}})
	c.Arms, c.Values = []int{due}, [][]*float64{nil}
	for _, p := range l.Course {
		c.Values[0] = append(c.Values[0], linear(p.Rate))
	}
	d.overParts(s, l.Name, c, throughputMetric)
}

// overParts adds a chart of a metric over a ramp's parts, a line for each arm that was measured
// behind those that the chart has already.
func (d *chartData) overParts(s *analysis.Summary, load string, c chart, m metric) {
	c.X, c.XLabel = "seconds", "time since the ramp began"
	found := false
	for i, a := range s.Arms {
		at := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Name == load })
		if !a.Status.Measured() || len(a.Loads[at].Course) == 0 {
			continue
		}
		var places []float64
		var values []*float64
		for _, p := range a.Loads[at].Course {
			places = append(places, p.From+p.Length/2)
			e, has := p.Metrics[m.name]
			switch {
			case !has:
				values = append(values, nil)
			case c.Y != "":
				values = append(values, linear(e.Value))
			default:
				values = append(values, positive(e.Value))
			}
			found = found || has
		}
		c.At, c.Arms, c.Values = places, append(c.Arms, i), append(c.Values, values)
	}
	if found {
		d.add(c)
	}
}
