package analysis

import (
	"math"

	"authbench/internal/stat"
)

// pairs holds one metric of two cells, paired within launches: per launch the logarithm of
// the ratio, and the difference.
type pairs struct{ logRatios, differences []float64 }

// pairLaunches pairs m of two cells over the launches that both have. A metric with values by round
// is paired round by round, and a launch's number is the Hodges–Lehmann centre of its
// rounds, so that what slows both arms in a round cancels.
func pairLaunches(m metric, a, b *cell) pairs {
	other := map[int]*block{}
	for _, block := range b.blocks {
		other[block.launch] = block
	}
	var out pairs
	for _, mine := range a.blocks {
		its, shared := other[mine.launch]
		if !shared {
			continue
		}
		p := pairs{}
		if m.round == nil {
			p.add(m.value(mine), m.value(its))
		} else {
			p = pairRounds(m, mine, its)
		}
		if len(p.logRatios) > 0 {
			out.logRatios = append(out.logRatios, stat.HodgesLehmann(p.logRatios))
			out.differences = append(out.differences, stat.HodgesLehmann(p.differences))
		}
	}
	return out
}

func pairRounds(m metric, a, b *block) pairs {
	other := map[int]float64{}
	for _, r := range b.rounds {
		other[r.index] = m.round(r)
	}
	var out pairs
	for _, r := range a.rounds {
		if its, shared := other[r.index]; shared {
			out.add(m.round(r), its)
		}
	}
	return out
}

// add adds a pair, unless it has no ratio.
func (p *pairs) add(a, b float64) {
	if finite(a) && finite(b) && a > 0 && b > 0 {
		p.logRatios = append(p.logRatios, math.Log(a)-math.Log(b))
		p.differences = append(p.differences, a-b)
	}
}

// comparison estimates ratio and difference over the launches. ok is false if they are too
// few for intervals.
func (p pairs) comparison() (_ Comparison, ok bool) {
	ratio, ok := stat.SignedRankInterval(p.logRatios, confidence)
	difference, _ := stat.SignedRankInterval(p.differences, confidence)
	c := Comparison{
		Ratio: math.Exp(stat.HodgesLehmann(p.logRatios)), Lo: math.Exp(ratio.Lo), Hi: math.Exp(ratio.Hi),
		Difference: stat.HodgesLehmann(p.differences), DifferenceLo: difference.Lo, DifferenceHi: difference.Hi,
		N: len(p.logRatios),
	}
	return c, ok
}

// holdsZero reports whether the interval of the difference holds zero, so that it shows no
// direction.
func (c Comparison) holdsZero() bool { return c.DifferenceLo <= 0 && c.DifferenceHi >= 0 }

// compared reports whether a metric is compared between arms. Not compared are bytes, which
// do not vary, lower bounds, which are the generator's, and the backends' parts of a cost.
func compared(m metric) bool {
	return m.name != "request_bytes" && m.name != "response_bytes" && m.name != capacityAtLeastMetric && !m.shownOnly
}

// sharedMetrics are the metrics of a cell that can be compared with another's.
func (s *runData) sharedMetrics(c, other *cell) []metric {
	var out []metric
	for _, m := range c.metrics {
		if _, both := other.metric(m.name); both && compared(m) && (!m.latency || s.hasSharedRate(c) && s.hasSharedRate(other)) {
			out = append(out, m)
		}
	}
	return out
}

// versus compares all shared metrics of a cell with the baseline's.
func (s *runData) versus(c, baseline *cell) map[string]Comparison {
	out := map[string]Comparison{}
	for _, m := range s.sharedMetrics(c, baseline) {
		if comparison, ok := pairLaunches(m, c, baseline).comparison(); ok {
			out[m.name] = comparison
		}
	}
	return out
}
