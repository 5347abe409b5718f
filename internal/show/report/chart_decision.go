package report

import (
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
	return append(out, stalenessChart(s))
}

// distanceChart shows an arm's median over the distance of its store, and level lines
// for the arms that ask none: where two lines cross, both arms answer equally soon.
func distanceChart(s *analysis.Summary, series []string, distances []float64, load string) chart {
	c := chart{Title: "Response time p50 by the distance of the store, " + load + " load", X: "micros", XLabel: "added to each round trip to the store",
		Note: "Rising: " + series[0] + " with its store farther and farther away. Level: arms that ask no store. Lower is better."}
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

// stalenessChart shows what each arm costs against how long a revoked credential goes
// on working, one point per arm.
func stalenessChart(s *analysis.Summary) chart {
	c := chart{Title: "CPU per request against how long a revoked credential works", X: "micros", XLabel: "time that a revoked credential goes on working", LogX: true,
		Note: "Lower is cheaper, farther to the left is safer."}
	type point struct {
		arm  int
		x, y *float64
	}
	var points []point
	for i := range s.Arms {
		if s.Arms[i].Status != analysis.ArmOK {
			continue
		}
		stale, cpu := positive(s.Arms[i].Metrics[revokedMetric.name].Value), positive(headline(&s.Arms[i]).costs.Metrics[cpuMetric.name].Value)
		if stale != nil && cpu != nil {
			points = append(points, point{i, stale, cpu})
			c.At = append(c.At, *stale)
		}
	}
	slices.Sort(c.At)
	c.At = slices.Compact(c.At)
	for _, p := range points {
		values := make([]*float64, len(c.At))
		values[slices.Index(c.At, *p.x)] = p.y
		c.Arms, c.Values = append(c.Arms, p.arm), append(c.Values, values)
	}
	return c
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
