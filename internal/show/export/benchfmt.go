package export

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// Benchfmt writes the values by launch in Go's benchmark format
// (https://go.dev/design/14313-benchmark-format), one result after the other. benchstat
// takes two files of one result each, or one of a comparison:
//
//	benchstat OLD NEW
//	benchstat -col side BOTH
//
// It leaves out figures without values by launch, and differences from the baseline, because
// it has their ratios.
func Benchfmt(w io.Writer, results []Result) error {
	var out bytes.Buffer
	units := map[string]bool{}
	for _, r := range results {
		for _, f := range r.Figures {
			if name := unitOf(f.Place); len(f.Launches) > 0 && !f.Difference && !units[name] {
				units[name] = true
				writeUnit(&out, name, f.Metric)
			}
		}
	}
	for _, r := range results {
		writeResult(&out, r)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the benchmark format: %w", err)
	}
	return nil
}

// writeUnit tells benchstat which direction is better.
func writeUnit(out *bytes.Buffer, name, metric string) {
	m, known := limit.Find(metric)
	if better := map[limit.Better]string{limit.Lower: "lower", limit.Higher: "higher"}[m.Better]; known && better != "" {
		fmt.Fprintf(out, "Unit %s better=%s\n", name, better)
	}
}

func writeResult(out *bytes.Buffer, r Result) {
	out.WriteByte('\n')
	s := r.Summary
	for _, c := range [][2]string{
		{"side", r.Side}, {"scenario", s.Scenario}, {"started", s.Started}, {"verdict", string(s.Validity)},
		{"goos", s.Host.OS}, {"goarch", s.Host.Arch}, {"cpu", s.Host.CPUModel},
	} {
		if c[1] != "" {
			fmt.Fprintf(out, "%s: %s\n", c[0], usertext.Clean(c[1]))
		}
	}
	out.WriteByte('\n')
	for _, f := range r.Figures {
		if f.Difference {
			continue
		}
		for _, v := range f.Launches {
			// One iteration: a launch is the unit of inference.
			fmt.Fprintf(out, "%s 1 %s %s\n", benchmarkName(f.Place, len(s.Host.ServerCPUs)), number(v), unitOf(f.Place))
		}
	}
}

// benchmarkName ends with the number of CPUs, like Go's own names. Without that, readers would
// take a dash with digits at the end of a name for the number of CPUs.
func benchmarkName(p analysis.Place, cpus int) string {
	text := "BenchmarkRequest/arm=" + word(p.Arm)
	if p.Load != "" {
		text += "/load=" + word(p.Load)
	}
	if p.Fraction != 0 {
		text += "/fraction=" + unit.Plain(p.Fraction, 0)
	}
	return fmt.Sprintf("%s-%d", text, max(1, cpus))
}

// unitOf is the metric's own name, which contains its unit.
func unitOf(p analysis.Place) string {
	if p.VersusBaseline {
		return word(p.Metric) + "/baseline"
	}
	return word(p.Metric)
}

// word makes foreign text one word, which the format separates by spaces.
func word(text string) string { return strings.Join(strings.Fields(usertext.Clean(text)), "_") }
