package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/usertext"
)

// betterHigher are the metrics of which more is better. benchstat is told.
var betterHigher = map[string]bool{throughputMetric.name: true, capacityMetric.name: true}

// ChangesBenchfmt writes the values by launch of both results in Go's benchmark
// format (https://go.dev/design/14313-benchmark-format), for
//
//	benchstat -col side FILE
//
// Figures that only all launches together have are left out.
func ChangesBenchfmt(w io.Writer, c *analysis.Changes) error {
	var out bytes.Buffer
	units := map[string]bool{}
	for _, change := range c.Changes {
		known := slices.ContainsFunc(metrics, func(m metric) bool { return m.name == change.Metric })
		if name := unitOf(change.Place); known && !units[name] {
			units[name] = true
			better := "lower"
			if betterHigher[change.Metric] {
				better = "higher"
			}
			fmt.Fprintf(&out, "Unit %s better=%s\n", name, better)
		}
	}
	writeSide(&out, "old", c.Old, c.Changes, func(c analysis.Change) []float64 { return c.OldLaunches })
	writeSide(&out, "new", c.New, c.Changes, func(c analysis.Change) []float64 { return c.NewLaunches })
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the comparison: %w", err)
	}
	return nil
}

func writeSide(out *bytes.Buffer, name string, s analysis.Side, changes []analysis.Change, values func(analysis.Change) []float64) {
	fmt.Fprintf(out, "\nside: %s\nscenario: %s\nstarted: %s\ngoos: %s\ngoarch: %s\n", name, usertext.Clean(s.Scenario), usertext.Clean(s.Started), usertext.Clean(s.Host.OS), usertext.Clean(s.Host.Arch))
	if s.Host.CPUModel != "" {
		fmt.Fprintf(out, "cpu: %s\n", usertext.Clean(s.Host.CPUModel))
	}
	out.WriteByte('\n')
	for _, c := range changes {
		for _, v := range values(c) {
			// One iteration: a launch is the unit of inference.
			fmt.Fprintf(out, "%s 1 %s %s\n", benchmarkName(c.Place, len(s.Host.ServerCPUs)), strconv.FormatFloat(v, 'g', -1, 64), unitOf(c.Place))
		}
	}
}

// benchmarkName ends with the number of CPUs, as Go's own names do. Without it a
// name that ends in a dash and digits would be taken for one that does.
func benchmarkName(p analysis.Place, cpus int) string {
	text := "BenchmarkRequest/arm=" + word(p.Arm)
	if p.Load != "" {
		text += "/load=" + word(p.Load)
	}
	if p.Fraction != 0 {
		text += fmt.Sprintf("/fraction=%g", p.Fraction)
	}
	return fmt.Sprintf("%s-%d", text, max(1, cpus))
}

// unitOf is the metric's own name, which says its unit.
func unitOf(p analysis.Place) string {
	if p.VersusBaseline {
		return p.Metric + "/baseline"
	}
	return p.Metric
}

// word makes foreign text one word, which the format separates by spaces.
func word(text string) string { return strings.ReplaceAll(usertext.Clean(text), " ", "_") }
