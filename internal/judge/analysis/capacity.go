package analysis

import (
	"fmt"
	"math"

	"authbench/bench"
	"authbench/internal/result/validity"
)

// The metrics of a capacity load. If the generator was the limit, the arm has only the
// second one.
const (
	capacityMetric        = "capacity_rps"
	capacityAtLeastMetric = "capacity_at_least_rps"
)

// probe is a slice of a search: what bench.NewSearch needs, and whether the generator was
// the limit.
type probe struct {
	bench.Slice
	generatorBound bool
}

// newProbe keeps no histograms: a run has thousands of slices.
func newProbe(l bench.Load, s bench.Slice, cpus float64) (probe, error) {
	lag, err := decodeBuckets(s.Valid.Lag)
	if err != nil {
		return probe{}, err
	}
	o, late := l.Objective(), int64(0)
	if len(lag) > 0 {
		late = int64(1e3 * lag.micros(o.Quantile))
	}
	return probe{
		Slice:          bench.Slice{Rate: s.Rate, Probe: s.Probe},
		generatorBound: validity.GeneratorBound(s, late, o.Limit.Nanoseconds(), cpus),
	}, nil
}

// search repeats the search of a launch from its slices.
func (c *cell) search(b *block) *bench.Search {
	taken := make([]bench.Slice, len(b.probes))
	for i, p := range b.probes {
		taken[i] = p.Slice
	}
	return bench.NewSearch(c.load, c.pairs, taken)
}

// generatorBound looks at the lowest rate that missed the objective, and reports whether
// the generator was the limit of most slices that missed it.
func (c *cell) generatorBound(b *block) bool {
	_, hi := c.search(b).Bounds()
	missed, bound := 0, 0
	for _, p := range b.probes {
		if p.Rate == hi && p.Probe != nil && !c.load.Objective().Met(*p.Probe) {
			missed++
			if p.generatorBound {
				bound++
			}
		}
	}
	return 2*bound > missed
}

// findCapacity sets the metric of a capacity load. If the generator was the limit in one
// launch, the capacity is only a lower bound, because it is not known what the arm would
// have reached in that launch.
func (c *cell) findCapacity() []bench.Warning {
	unfinished, bound, met := 0, 0, 0.0
	for _, b := range c.blocks {
		search := c.search(b)
		lo, _ := search.Bounds()
		met = max(met, lo)
		if _, ok := search.Capacity(); !ok {
			unfinished++
		} else if c.generatorBound(b) {
			bound++
		}
	}
	m := metric{name: capacityMetric, value: func(b *block) float64 {
		if rate, ok := c.search(b).Capacity(); ok {
			return rate
		}
		return math.NaN()
	}}
	if bound > 0 {
		m = metric{name: capacityAtLeastMetric, value: func(b *block) float64 {
			if lo, _ := c.search(b).Bounds(); lo > 0 {
				return lo
			}
			return math.NaN()
		}}
	}
	c.metrics = []metric{m}
	return c.capacityWarnings(unfinished, bound, met)
}

func (c *cell) capacityWarnings(unfinished, bound int, met float64) []bench.Warning {
	var out []bench.Warning
	warn := func(code string, level bench.Level, format string, args ...any) {
		out = append(out, bench.Warning{Code: code, Level: level, Arm: c.arm, Load: c.load.Name, Text: fmt.Sprintf(format, args...)})
	}
	switch n := len(c.blocks); {
	case n == 0:
		warn(codeNoCapacity, bench.Info, "not searched: at its rate the longest slice would hold too few requests for the objective's quantile; use a lower quantile")
	case met == 0:
		warn(codeNoCapacity, bench.Info, "%s was missed at every rate that was tried; use a longer time", c.load.Objective())
	case unfinished > 0:
		warn(codeNoCapacity, bench.Suspicious, "the search did not end in %d of %d launches, which are left out; run again when the machine is quieter", unfinished, n)
	}
	if bound > 0 {
		warn(validity.CodeGeneratorLimit, bench.Info, "limited by the generator in %d of %d launches: the arm's capacity is at least what is shown; give the generator more CPUs (cpus.generator)", bound, len(c.blocks))
	}
	return out
}
