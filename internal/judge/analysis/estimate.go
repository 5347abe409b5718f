package analysis

import (
	"math"

	"authbench/bench"
	"authbench/internal/stat"
)

// confidence is that of every interval, the field's custom.
const confidence = 0.95

// wrongVerdicts is a count over all launches, not an estimate.
const wrongVerdicts = "wrong_verdicts"

// FewestLaunches is the least number of launches with a 95 % interval: the extremes of five
// numbers hold the median with only 93.75 %.
const FewestLaunches = 6

// absolute estimates a figure from its values by launch: the median, with the interval of
// order statistics. The interval is about this run, not about other runs.
func absolute(values []float64) Estimate {
	e := Estimate{Value: stat.Median(values), N: len(values)}
	if interval, ok := stat.MedianInterval(values, confidence); ok {
		e.Lo, e.Hi = &interval.Lo, &interval.Hi
	}
	return e
}

// pooledEstimate estimates a quantile from the samples of all launches, with the
// jackknife over launches. Logarithms keep its interval above zero.
func (c *cell) pooledEstimate(q quantile) (_ Estimate, ok bool) {
	all := c.pooled()
	if all.count() < q.needs() {
		return Estimate{}, false
	}
	e := Estimate{Value: all.micros(q.p), N: len(c.blocks)}
	var without []float64
	for _, b := range c.blocks {
		without = append(without, math.Log(all.minus(b.latency).micros(q.p)))
	}
	interval, ok := stat.Jackknife(math.Log(e.Value), without, confidence)
	if lo, hi := math.Exp(interval.Lo), math.Exp(interval.Hi); ok && finite(lo) && finite(hi) {
		e.Lo, e.Hi = &lo, &hi
	}
	return e, true
}

// estimates returns the cell's figures by name. Those pooled over launches are latencies.
func (c *cell) estimates(latencies bool) map[string]Estimate {
	out := map[string]Estimate{}
	for _, m := range c.metrics {
		if values := c.values(m); len(values) > 0 {
			out[m.name] = absolute(values)
		}
	}
	if latencies && c.load.Kind == bench.Open && !c.slow && !c.onlyBad {
		if e, ok := c.pooledEstimate(pooledQuantile); ok {
			out[pooledQuantile.metricName(c.load.Kind)] = e
		}
	}
	if len(c.blocks) > 0 {
		var wrong int64
		for _, b := range c.blocks {
			wrong += b.wrongVerdicts
		}
		out[wrongVerdicts] = Estimate{Value: float64(wrong)}
	}
	return out
}
