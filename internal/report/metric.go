package report

import (
	"maps"
	"slices"
	"strings"

	"authbench/internal/analysis"
	"authbench/internal/unit"
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

// The metrics that the decision table shows.
var (
	cpuMetric        = quantity("cpu_us_per_request", "server CPU per request", unit.Microseconds)
	storeCPUMetric   = quantity("store_cpu_us_per_request", "of it the store's", unit.Microseconds)
	throughputMetric = quantity("throughput_rps", "throughput", unit.PerSecond)
	p50Metric        = quantity("response_p50_us", "response time p50", unit.Microseconds)
	p90Metric        = quantity("response_p90_us", "response time p90", unit.Microseconds)
	p99Metric        = quantity("response_p99_us", "response time p99", unit.Microseconds)
	requestMetric    = quantity("request_bytes", "request size", unit.Octets)
	allocsMetric     = number("allocations_per_request", "allocations per request")

	fetchesMetric = quantity("key_fetches_per_second", "fetches of the key set", unit.PerSecond)
	failedMetric  = number("failed_key_fetches", "failed fetches of the key set, in all launches")
	replacements  = number("key_replacements", "launches in which the issuer replaced its key")
	revokedMetric = quantity("revoked_works_us", "time that a revoked credential goes on working", unit.Microseconds)
	hitsMetric    = quantity("cache_hit_share", "look-ups that the cache answered", unit.Share)
	learnedMetric = quantity("new_key_learned_us", "longest time until the server had the new key", unit.Microseconds)
)

// metrics lists all that are known, in the order of display.
var metrics = []metric{
	cpuMetric, storeCPUMetric, throughputMetric, capacityMetric, capacityAtLeastMetric, p50Metric, p90Metric, p99Metric,
	quantity("response_p999_us", "response time p99.9", unit.Microseconds),
	quantity("service_p50_us", "service time under saturation p50", unit.Microseconds),
	quantity("service_p90_us", "service time under saturation p90", unit.Microseconds),
	quantity("service_p99_us", "service time under saturation p99", unit.Microseconds),
	requestMetric,
	quantity("response_bytes", "response size", unit.Octets),
	number("wrong_verdicts", "wrong verdicts"),
	allocsMetric,
	quantity("allocated_bytes_per_request", "allocated per request", unit.Octets),
	quantity("gc_cycles_per_second", "garbage collections", unit.PerSecond),
	quantity("memory_bytes", "memory of the server", unit.Octets),
	fetchesMetric, failedMetric, replacements, learnedMetric,
	quantity("store_memory_bytes", "memory of the store, which arms may share", unit.Octets),
	number("store_lookups_per_request", "lookups in the store per request"),
	quantity("store_wait_share", "lookups that waited for a connection", unit.Share),
	hitsMetric,
	quantity("cache_negative_share", "of all, those that it knew not to be there", unit.Share),
	quantity("cache_miss_share", "look-ups that the cache could not answer", unit.Share),
	quantity("cache_coalesced_share", "of all, those that waited for an equal one", unit.Share),
	quantity("filtered_share", "look-ups that the filter answered", unit.Share),
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
