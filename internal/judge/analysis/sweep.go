package analysis

import (
	"fmt"
	"strings"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// levelCells are the cells that slices are added to: a sweep's levels, a ramp's parts, else c
// itself.
func (c *cell) levelCells() []*cell {
	if len(c.levels) > 0 {
		return c.levels
	}
	return []*cell{c}
}

// newCell returns the empty cell of an arm under a load, with one cell below it
// for each level of a sweep or part of a ramp.
func newCell(arm string, l bench.Load, pairs int, info bench.ArmInfo) *cell {
	c := &cell{arm: arm, load: l, pairs: pairs, hasCPU: info.HasCPU}
	for _, b := range info.Backends {
		if b.HasCPU {
			c.backends = append(c.backends, b.Name)
		}
	}
	parts := len(l.Fractions)
	if l.Kind == bench.Ramped {
		parts = bench.RampParts
	}
	for range parts {
		c.levels = append(c.levels, &cell{arm: arm, load: l, hasCPU: info.HasCPU})
	}
	return c
}

// sweep returns what was found at each level. Quantiles are those of all launches together,
// because one launch has too few requests at a low rate for a p99.
func (c *cell) sweep(noLatency bool) ([]Level, []bench.Warning) {
	var out []Level
	var missing []string
	for i, level := range c.levels {
		if level.slow {
			return nil, []bench.Warning{level.slowWarning()}
		}
		level.metrics = []metric{throughput}
		if level.hasCPU {
			level.metrics = append(level.metrics, cpuPerRequest)
		}
		found := Level{Fraction: c.load.Fractions[i], Rate: level.meanRate(), Metrics: level.estimates(false)}
		for _, b := range level.blocks {
			found.Requests += b.requests
			found.Failures += b.failures
		}
		for _, name := range level.addQuantiles(found.Metrics, noLatency) {
			missing = append(missing, fmt.Sprintf("%s at %s", name, unit.Plain(found.Fraction, 0)))
		}
		out = append(out, found)
	}
	if len(missing) == 0 {
		return out, nil
	}
	return out, []bench.Warning{{Code: codeFewSamples, Level: bench.Info, Arm: c.arm, Load: c.load.Name, Text: fmt.Sprintf(
		"too few samples over all launches: %s of the capacity (%d must lie beyond a quantile); use more rounds or longer slices", strings.Join(missing, ", "), minBeyond)}}
}

// addQuantiles adds the quantiles of all launches together to a level's metrics. It returns the
// names of those that have too few samples.
func (c *cell) addQuantiles(to map[string]Estimate, noLatency bool) (missing []string) {
	if noLatency || len(c.blocks) == 0 {
		return nil
	}
	for _, q := range quantiles {
		if e, ok := c.pooledEstimate(q); ok {
			to[q.metricName(bench.Sweep)] = e
		} else {
			missing = append(missing, q.name)
		}
	}
	return missing
}
