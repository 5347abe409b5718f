package report

import (
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// sweeps says how the response time of each arm grows from the lowest to the highest
// level of the first sweep, or where to look if that takes too many words.
func sweeps(s *analysis.Summary) string {
	const inFigure = "Response time against throughput, at fractions of each arm's own capacity, is in the figure and in the details of each arm."
	var names []string
	var levels [][]analysis.Level
	for _, a := range s.Arms {
		i := slices.IndexFunc(a.Loads, func(l analysis.Load) bool { return l.Kind == bench.Sweep })
		if i >= 0 && a.Status == analysis.ArmOK {
			names, levels = append(names, a.Name), append(levels, timed(a.Loads[i].Levels))
		}
	}
	shared := sharedFractions(levels)
	if len(shared) < 2 || len(names) > mostNamed {
		return inFigure
	}
	lowest, highest := shared[0], shared[len(shared)-1]
	var grows []string
	for i, name := range names {
		from, to := levelAt(levels[i], lowest), levelAt(levels[i], highest)
		grows = append(grows, "that of "+name+" from "+at(from)+" to "+at(to))
	}
	return "From " + noBreak(unit.Percent(lowest)) + " to " + noBreak(unit.Percent(highest)) + " of each arm's own capacity, the response time p99 grows: " + list(grows) + "."
}

// at is the p99 at a level, and the rate there.
func at(l analysis.Level) string {
	return noBreak(unit.Micros(l.Metrics[p99Metric.name].Value)) + " at " + noBreak(unit.Rate(l.Rate))
}

// timed are the levels that have a p99.
func timed(levels []analysis.Level) []analysis.Level {
	return slices.DeleteFunc(slices.Clone(levels), func(l analysis.Level) bool {
		_, has := l.Metrics[p99Metric.name]
		return !has
	})
}

// sharedFractions are the fractions that all arms have a level for, in rising order.
func sharedFractions(levels [][]analysis.Level) []float64 {
	var out []float64
	if len(levels) == 0 {
		return nil
	}
	for _, l := range levels[0] {
		everywhere := !slices.ContainsFunc(levels, func(of []analysis.Level) bool {
			return !slices.ContainsFunc(of, func(m analysis.Level) bool { return m.Fraction == l.Fraction })
		})
		if everywhere {
			out = append(out, l.Fraction)
		}
	}
	slices.Sort(out)
	return out
}

func levelAt(levels []analysis.Level, fraction float64) analysis.Level {
	return levels[slices.IndexFunc(levels, func(l analysis.Level) bool { return l.Fraction == fraction })]
}
