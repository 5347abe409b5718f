package analysis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// addCourse adds a slice of a ramp, each part to its cell. What ended after the ramp is in
// none.
func (c *cell) addCourse(s bench.Slice, decode decoder) error {
	for i, p := range s.Course[:min(len(s.Course), len(c.levels))] {
		latency, err := decode(p.Response)
		if err != nil {
			return err
		}
		c.levels[i].blocks = append(c.levels[i].blocks, &block{
			launch: s.Launch, measured: c.load.Part().Nanoseconds(), answered: p.Completed,
			requests: p.Completed + p.Errors, failures: p.WrongVerdicts + p.Errors, latency: latency,
		})
	}
	return nil
}

// course returns what was found in each part of a ramp.
func (c *cell) course(noLatency bool) ([]RampPart, []bench.Warning) {
	ramp, length := c.load.Ramp(), c.load.Part()
	var out []RampPart
	lacking := map[string]int{}
	for i, cell := range c.levels {
		if len(cell.blocks) == 0 {
			continue
		}
		cell.metrics = []metric{throughput}
		from := time.Duration(i) * length
		p := RampPart{From: from.Seconds(), Length: length.Seconds(), Metrics: cell.estimates(false)}
		p.Rate = (ramp.Due(from+length) - ramp.Due(from)) / length.Seconds()
		for _, b := range cell.blocks {
			p.Requests, p.Failures = p.Requests+b.requests, p.Failures+b.failures
		}
		for _, name := range cell.addQuantiles(p.Metrics, noLatency) {
			lacking[name]++
		}
		out = append(out, p)
	}
	var missing []string
	for _, q := range quantiles {
		if n := lacking[q.name]; n > 0 {
			missing = append(missing, fmt.Sprintf("%s in %d", q.name, n))
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	return out, []bench.Warning{{Code: codeFewSamples, Level: bench.Info, Arm: c.arm, Load: c.load.Name, Text: fmt.Sprintf(
		"too few samples over all launches: %s of %d parts of the ramp (%d must lie beyond a quantile); use more launches, longer stages or higher rates", strings.Join(missing, ", "), len(out), minBeyond)}}
}

// RampQuantile is the highest quantile, such as "p99", that at least half of a ramp's parts have,
// under all loads together; "p50" if none has.
func RampQuantile(loads ...Load) string {
	for _, q := range slices.Backward(quantiles[:]) {
		has, all := 0, 0
		for _, l := range loads {
			for _, p := range l.Course {
				if all++; p.Metrics[q.metricName(bench.Ramped)].Value > 0 {
					has++
				}
			}
		}
		if 2*has >= all {
			return q.name
		}
	}
	return quantiles[0].name
}

// RampText words the course of a load's rate.
func RampText(l bench.Load) string { return l.Ramp().Text(unit.Rate) }

// rampsOf are the names of the ramps of two results.
func rampsOf(old, new bench.Scenario) []string {
	var out []string
	for _, l := range slices.Concat(old.Loads, new.Loads) {
		if l.Kind == bench.Ramped && !slices.Contains(out, l.Name) {
			out = append(out, l.Name)
		}
	}
	return out
}
