package report

import (
	"math"
	"slices"

	"authbench/internal/judge/analysis"
)

// decisionCharts show where one kind of method becomes better than another.
func decisionCharts(s *analysis.Summary) []chart {
	var out []chart
	var drawn []string // the nearest arms of the series that have a chart already
	for _, b := range s.BreakEvens {
		if !slices.Contains(drawn, b.Series[0]) && armAt(s, b.Series[0]) >= 0 {
			drawn = append(drawn, b.Series[0])
			out = append(out, distanceChart(s, b.Series, b.Distances, b.Load))
		}
	}
	return out
}

// distanceChart shows an arm's median over the distance of its store, and level lines
// for the arms that ask none: where two lines cross, both arms answer equally soon.
func distanceChart(s *analysis.Summary, series []string, distances []float64, load string) chart {
	c := chart{Title: "Response time p50 by the distance of the store, " + load + " load", X: "micros", XLabel: "added to each round trip to the store",
		Note: "Lower is better. Rising: " + series[0] + ", whose store is moved farther and farther away. Level: arms that ask no store."}
	c.At = distances
	rising := make([]*float64, len(distances))
	for k, name := range series {
		rising[k] = medianUnder(s, name, load)
	}
	c.Arms, c.Values = append(c.Arms, armAt(s, series[0])), append(c.Values, rising)
	for _, b := range s.BreakEvens {
		if b.Series[0] != series[0] || armAt(s, b.Arm) < 0 {
			continue
		}
		level := make([]*float64, len(distances))
		for k := range level {
			level[k] = medianUnder(s, b.Arm, load)
		}
		c.Arms, c.Values = append(c.Arms, armAt(s, b.Arm)), append(c.Values, level)
	}
	return c
}

// atOnce is where charts put times below what can be measured, µs, as the figures do.
const atOnce = 300

// stalenessCharts show, for each episode, which share of the revoked credentials still works
// as time goes by, and what each arm costs against the time in which they stop.
func stalenessCharts(s *analysis.Summary) []chart {
	var out []chart
	for _, episode := range s.Episodes() {
		about := ""
		if len(s.Episodes()) > 1 {
			about = ", " + episode
		}
		var arms []int
		var stale []analysis.Staleness
		for _, one := range s.Staleness {
			if i := armAt(s, one.Arm); one.Episode == episode && i >= 0 && s.Arms[i].Status.Measured() {
				arms, stale = append(arms, i), append(stale, one)
			}
		}
		out = append(out, stillWorks(about, arms, stale))
		if price := priceChart(s, about, arms, stale); len(price.Arms) > 1 { // one point compares nothing
			out = append(out, price)
		}
	}
	return out
}

// stillWorks shows the shares of credentials that still work.
func stillWorks(about string, arms []int, stale []analysis.Staleness) chart {
	c := chart{Title: "Revoked credentials that still work" + about, X: "since", Y: "share", LogX: true, XLabel: "time since the revocation", Arms: arms,
		Note: "Farther to the left is safer. Time since the revocation was acknowledged. An arm that refused all credentials from the next request on has no visible line: it is at the left end, at once."}
	longest := 10.0 * atOnce
	for _, one := range stale {
		longest = max(longest, one.Longest)
	}
	const steps = 160
	for k := range steps + 1 {
		c.At = append(c.At, *positive(atOnce * math.Pow(1.05*longest/atOnce, float64(k)/steps)))
	}
	for _, one := range stale {
		values := make([]*float64, len(c.At))
		for k, at := range c.At {
			values[k] = share(one, at)
		}
		c.Values = append(c.Values, values)
	}
	return c
}

// priceChart shows what arms cost against the time in which their credentials stop, one point
// per arm.
func priceChart(s *analysis.Summary, about string, arms []int, stale []analysis.Staleness) chart {
	c := chart{Title: "CPU per request against how long a revoked credential works" + about, X: "since", XLabel: "95 % are refused within", LogX: true, Named: true,
		Note: "Lower is cheaper, farther to the left is safer. A point at the left end: refused at once. An arm whose credentials worked for longer than anybody waited has no point."}
	type point struct {
		arm  int
		x, y *float64
	}
	var points []point
	var costs analysis.Load
	for k, one := range stale {
		cpu := positive(headline(&s.Arms[arms[k]]).costs.Metrics[cpuMetric.name].Value)
		if at := positive(max(atOnce, one.P95.Value)); cpu != nil && !one.Open(0.95) {
			points, c.At = append(points, point{arms[k], at, cpu}), append(c.At, *at)
			costs = headline(&s.Arms[arms[k]]).costs
		}
	}
	c.Note += " CPU time " + costs.At() + "."
	slices.Sort(c.At)
	c.At = slices.Compact(c.At)
	for _, p := range points {
		values := make([]*float64, len(c.At))
		values[slices.Index(c.At, *p.x)] = p.y
		c.Arms, c.Values = append(c.Arms, p.arm), append(c.Values, values)
	}
	return c
}

// share is the part of an episode's credentials that still worked after so many µs. Those that
// worked for longer than anybody waited do so for ever.
func share(one analysis.Staleness, micros float64) *float64 {
	stopped := 0
	for _, w := range one.Works[:len(one.Works)-one.Longer] {
		if w <= micros {
			stopped++
		}
	}
	part := 1 - float64(stopped)/float64(len(one.Works))
	part = math.Round(1000*part) / 1000
	return &part
}

// medianUnder is an arm's median response time under a load, nil if it has none.
func medianUnder(s *analysis.Summary, arm, load string) *float64 {
	for _, a := range s.Arms {
		for _, l := range a.Loads {
			if a.Name == arm && l.Name == load {
				return positive(l.Metrics[p50Metric.name].Value)
			}
		}
	}
	return nil
}

// armAt is an arm's index, below 0 if there is no such arm.
func armAt(s *analysis.Summary, name string) int {
	return slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == name })
}
