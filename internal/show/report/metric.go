package report

import (
	"maps"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
	"authbench/internal/text/unit"
)

// metric says how a metric of the summary is shown.
type metric struct {
	name, label string
	print       func(float64) string
	interval    func(lo, hi float64) string
	plusMinus   func(v, half float64) string
}

func quantity(name, label string, q unit.Quantity) metric {
	return metric{name, label, q.Format, q.Interval, q.PlusMinus}
}

// number is a metric without a unit: printed as a ratio is, less its sign.
func number(name, label string) metric {
	bare := func(ratio string) string { return strings.TrimSpace(strings.ReplaceAll(ratio, "×", "")) }
	return metric{name, label,
		func(v float64) string { return bare(unit.Ratio(v)) },
		func(lo, hi float64) string { return bare(unit.Factor.Interval(lo, hi)) },
		func(v, half float64) string { return bare(unit.Factor.PlusMinus(v, half)) },
	}
}

// The metrics that tables and sentences show.
var (
	cpuMetric             = metricNamed("cpu_us_per_request")
	throughputMetric      = metricNamed("throughput_rps")
	capacityMetric        = metricNamed("capacity_rps")
	capacityAtLeastMetric = metricNamed("capacity_at_least_rps")
	p50Metric             = metricNamed("response_p50_us")
	p90Metric             = metricNamed("response_p90_us")
	p99Metric             = metricNamed("response_p99_us")
	requestMetric         = metricNamed("request_bytes")
	allocsMetric          = metricNamed("allocations_per_request")

	fetchesMetric = metricNamed("key_fetches_per_second")
	failedMetric  = metricNamed("failed_key_fetches")
	replacements  = metricNamed("key_replacements")
	revokedMetric = metricNamed("revoked_works_us")
	hitsMetric    = metricNamed("cache_hit_share")
	learnedMetric = metricNamed("new_key_learned_us")
)

// metrics lists those of a run's figures, in the order of display.
var metrics = runMetrics()

func runMetrics() []metric {
	var out []metric
	for _, m := range limit.Metrics() {
		switch {
		case m.Source&limit.Run == 0 || m.Counted:
		case m.Unit == unit.Bare:
			out = append(out, number(m.Name, m.Label))
		default:
			out = append(out, quantity(m.Name, m.Label, m.Unit))
		}
	}
	return out
}

// metricNamed returns how a metric is shown; an unknown one is a number.
func metricNamed(name string) metric {
	for _, m := range metrics {
		if m.name == name {
			return m
		}
	}
	return number(name, name)
}

// present returns the metrics that found has, the unknown ones last.
func present(found map[string]analysis.Estimate) []metric {
	var out []metric
	known := map[string]bool{}
	for _, m := range metrics {
		known[m.name] = true
		if _, has := found[m.name]; has {
			out = append(out, m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !known[name] {
			out = append(out, number(name, name))
		}
	}
	return out
}

// cell is a value and, where there is one, its interval.
type cell struct{ Text, Interval string }

// missing stands where there is no value.
const missing = "–"

// full is the cell on one line.
func (c cell) full() string {
	if c.Interval == "" {
		return c.Text
	}
	return c.Text + " (" + c.Interval + ")"
}

// cell shows an estimate divided by a number.
func (m metric) cell(e analysis.Estimate, by float64) cell {
	c := cell{Text: m.print(e.Value / by)}
	if e.Lo != nil && e.Hi != nil {
		c.Interval = m.interval(*e.Lo/by, *e.Hi/by)
	}
	return c
}

// Label is what a metric of the summary is called.
func Label(metric string) string { return metricNamed(metric).label }

// Value is a metric's estimate in words, and its interval, empty where there is none.
func Value(metric string, e analysis.Estimate) (text, interval string) {
	c := metricNamed(metric).cell(e, 1)
	return c.Text, c.Interval
}

// InOrder are the names of metrics in the order of display.
func InOrder(found map[string]analysis.Estimate) []string {
	var out []string
	for _, m := range present(found) {
		out = append(out, m.name)
	}
	return out
}
