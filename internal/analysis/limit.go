package analysis

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"authbench/internal/unit"
)

// Limit is a bound that a user puts on a figure: "[ARM:]METRIC<VALUE" or
// "[ARM:]METRIC>VALUE". The limit is broken when the figure is beyond it.
type Limit struct {
	Text   string
	Arm    string // empty: every arm
	Metric string // of summary.json
	Above  bool   // broken above Value, else below
	Value  float64
}

// limitMetrics are the short names that a limit may use, beside the names of
// summary.json.
var limitMetrics = map[string]string{
	"cpu": "cpu_us_per_request", "throughput": "throughput_rps",
	"p50": "response_p50_us", "p90": "response_p90_us", "p95": "response_p95_us", "p99": "response_p99_us", "p999": "response_p999_us",
	"memory": "memory_bytes", "allocs": "allocations_per_request",
}

// limitUnits turn a value into the metric's unit: µs, bytes, or as it is.
var limitUnits = map[string]float64{
	"": 1, "ns": 1e-3, "us": 1, "µs": 1, "ms": 1e3, "s": 1e6, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}

var limitForm = regexp.MustCompile(`^(?:([a-z0-9][a-z0-9._-]*):)?([a-z0-9_]+)\s*([<>])\s*([0-9.]+)\s*([A-Za-zµ]*)$`)

// ParseLimits reads limits as users write them.
func ParseLimits(texts []string) ([]Limit, error) {
	var out []Limit
	for _, text := range texts {
		m := limitForm.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			return nil, fmt.Errorf("--fail-on %q: write METRIC>VALUE or METRIC<VALUE, such as 'p99>2ms' or 'apikey:cpu>20us'", text)
		}
		unit, known := limitUnits[m[5]]
		value, err := strconv.ParseFloat(m[4], 64)
		if !known || err != nil {
			return nil, fmt.Errorf("--fail-on %q: the value %q is not a number with a unit such as us, ms or MiB", text, m[4]+m[5])
		}
		metric := m[2]
		if long, short := limitMetrics[metric]; short {
			metric = long
		}
		out = append(out, Limit{Text: text, Arm: m[1], Metric: metric, Above: m[3] == ">", Value: value * unit})
	}
	return out, nil
}

// Broken says, in one line each, which limits the figures break. A figure that
// has an interval breaks a limit only with the whole of it: noise alone does not
// fail a build. A limit on a figure that is not there is broken, too: it cannot
// be vouched for.
func Broken(s *Summary, limits []Limit) []string {
	var out []string
	for _, l := range limits {
		found := false
		for _, arm := range s.Arms {
			if l.Arm != "" && l.Arm != arm.Name {
				continue
			}
			list := figures(arm, l.Metric)
			if len(list) == 0 && arm.Status.Measured() {
				out = append(out, fmt.Sprintf("%s: has no %s (%s)", arm.Name, l.Metric, l.Text))
			}
			found = found || len(list) > 0 || arm.Status.Measured()
			for _, e := range list {
				if l.brokenBy(e) {
					out = append(out, fmt.Sprintf("%s: %s is %s (%s)", arm.Name, l.Metric, unit.Plain(e.Value, 4), l.Text))
				}
			}
		}
		if !found {
			out = append(out, fmt.Sprintf("%s: no arm has this figure", l.Text))
		}
	}
	return out
}

// figures returns an arm's estimates of one metric.
func figures(arm Arm, metric string) []Estimate {
	var out []Estimate
	if e, ok := arm.Metrics[metric]; ok {
		out = append(out, e)
	}
	for _, load := range arm.Loads {
		if e, ok := load.Metrics[metric]; ok {
			out = append(out, e)
		}
	}
	return out
}

func (l Limit) brokenBy(e Estimate) bool {
	if l.Above {
		return least(e) > l.Value
	}
	return most(e) < l.Value
}

func least(e Estimate) float64 {
	if e.Lo != nil {
		return *e.Lo
	}
	return e.Value
}

func most(e Estimate) float64 {
	if e.Hi != nil {
		return *e.Hi
	}
	return e.Value
}
