package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// metric is a figure with one value per launch.
type metric struct {
	name string
	// value is a launch's value, NaN if it has none.
	value func(*block) float64
	// round is a slice's value, for metrics that are compared round by round; nil for
	// metrics that are compared by launch.
	round func(round) float64
	// shownOnly says that arms are not compared by it.
	shownOnly bool
	// latency says that it is a latency, which can be compared only between arms at the
	// same rate.
	latency bool
}

// quantile is a point of the latency distribution that is shown and compared.
type quantile struct {
	name string
	p    float64
}

// quantiles are those for which one launch can have enough samples.
var quantiles = [...]quantile{{"p50", 0.50}, {"p90", 0.90}, p99}

var p99 = quantile{"p99", 0.99}

// medianName is the name of an open load's median.
const medianName = "response_p50_us"

// pooledQuantile needs the samples of all launches together.
var pooledQuantile = quantile{"p999", 0.999}

// minBeyond is how many samples must lie beyond a quantile that is shown. With 50, its rank
// is uncertain by 14 %, which moves it little even in a heavy tail. With 5, single requests
// would decide it.
const minBeyond = 50

// needs returns how many samples a quantile needs.
func (q quantile) needs() int64 { return int64(math.Round(minBeyond / (1 - q.p))) }

// metricName is the metric of a quantile: service time under a closed load, which no user
// experiences as latency, and response time under any other.
func (q quantile) metricName(kind bench.LoadKind) string {
	if kind.Scheduled() {
		return "response_" + q.name + "_us"
	}
	return "service_" + q.name + "_us"
}

var (
	cpuPerRequest = metric{name: "cpu_us_per_request", value: func(b *block) float64 {
		return quotient(float64(b.cpu)/1e3, float64(b.answered))
	}}
	throughput = metric{name: "throughput_rps", value: func(b *block) float64 {
		return quotient(float64(b.answered), float64(b.measured)/1e9)
	}}
)

// backendCPUPerRequest is the part of the CPU per request that a backend used.
func backendCPUPerRequest(name string) metric {
	return metric{name: limit.BackendCPU(name), shownOnly: true, value: func(b *block) float64 {
		return quotient(float64(b.backendCPU[name])/1e3, float64(b.answered))
	}}
}

// findMetrics sets the metrics that the cell can give honestly. With noLatency it leaves
// latencies out, for a reason that another warning gives.
func (c *cell) findMetrics(noLatency bool) []bench.Warning {
	c.metrics = []metric{
		{name: "request_bytes", value: func(b *block) float64 { return quotient(float64(b.bytesOut), float64(b.requests)) }},
		{name: "response_bytes", value: func(b *block) float64 { return quotient(float64(b.bytesIn), float64(b.completed)) }},
	}
	if c.hasCPU && !c.unsaturated {
		c.metrics = append(c.metrics, cpuPerRequest)
	}
	for _, name := range c.backends {
		if !c.unsaturated {
			c.metrics = append(c.metrics, backendCPUPerRequest(name))
		}
	}
	if c.slow {
		return []bench.Warning{c.slowWarning()}
	}
	if c.load.Kind == bench.Closed && !c.unsaturated {
		c.metrics = append(c.metrics, throughput)
	}
	switch {
	case noLatency || len(c.blocks) == 0:
		return nil
	case c.onlyBad:
		return []bench.Warning{{Code: codeOnlyBad, Level: bench.Info, Arm: c.arm, Load: c.load.Name,
			Text: "its clients hold bad credentials only: there are no times of good ones to show"}}
	}
	return c.findLatencies()
}

func (c *cell) slowWarning() bench.Warning {
	return bench.Warning{Code: codeSlowArm, Level: bench.Info, Arm: c.arm, Load: c.load.Name,
		Text: "too slow for this load: measured over one connection that waits for each answer, so that only its costs are shown"}
}

// meanRate is the mean of the rates asked for, 0 if none was.
func (c *cell) meanRate() float64 {
	total, n := 0.0, 0
	for _, b := range c.blocks {
		for _, rate := range b.rates {
			total, n = total+rate, n+1
		}
	}
	return total / float64(max(1, n))
}

// findLatencies adds the quantiles for which every launch has enough samples.
func (c *cell) findLatencies() []bench.Warning {
	fewest := c.fewestSamples()
	var missing []string
	for _, q := range quantiles {
		if fewest < q.needs() {
			missing = append(missing, fmt.Sprintf("%s needs %d more requests per launch", q.name, q.needs()-fewest))
			continue
		}
		m := launchQuantile(q)
		m.name = q.metricName(c.load.Kind)
		c.metrics = append(c.metrics, m)
	}
	if more := pooledQuantile.needs() - c.pooled().count(); c.load.Kind == bench.Open && more > 0 {
		perLaunch := (more + int64(len(c.blocks)) - 1) / int64(len(c.blocks))
		missing = append(missing, fmt.Sprintf("%s needs %d more requests per launch", pooledQuantile.name, perLaunch))
	}
	if len(missing) == 0 {
		return nil
	}
	return []bench.Warning{{Code: codeFewSamples, Level: bench.Info, Arm: c.arm, Load: c.load.Name,
		Text: fmt.Sprintf("too few samples: %s (%d must lie beyond a quantile); use more rounds, longer slices or a higher rate", strings.Join(missing, ", "), minBeyond)}}
}

// launchQuantile is a quantile of all requests of a launch together, for display and comparison.
// Rejected: to compare round by round and take the centre. For a p99 that would compare the
// few worst requests of single slices.
func launchQuantile(q quantile) metric {
	return metric{
		name:    q.metricName(bench.Open),
		value:   func(b *block) float64 { return b.latency.micros(q.p) },
		latency: true,
	}
}

// fewestSamples is the number of latencies of the launch that has fewest.
func (c *cell) fewestSamples() int64 {
	fewest := int64(math.MaxInt64)
	for _, b := range c.blocks {
		fewest = min(fewest, b.latency.count())
	}
	return fewest
}

// pooled is the cell's latency over all launches.
func (c *cell) pooled() buckets {
	var all buckets
	for _, b := range c.blocks {
		all = all.plus(b.latency)
	}
	return all
}

// values returns the metric's value of each launch that has one.
func (c *cell) values(m metric) []float64 {
	var out []float64
	for _, b := range c.blocks {
		if v := m.value(b); finite(v) {
			out = append(out, v)
		}
	}
	return out
}

func (c *cell) metric(name string) (metric, bool) {
	i := slices.IndexFunc(c.metrics, func(m metric) bool { return m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return c.metrics[i], true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
