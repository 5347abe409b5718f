package export

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/usertext"
)

// OpenMetrics writes results as OpenMetrics text 1.0
// (https://prometheus.io/docs/specs/om/open_metrics_spec/), in base units: seconds, bytes
// and ratios. A figure is a gauge authbench_…, with the ends of its 95 % interval in
// authbench_…_low and authbench_…_high; [Family] names it. What describes a run and its
// arms is in authbench_run_info and authbench_arm_info.
//
// These two are gauges, not of the type info, and no help has quotation marks: so the text
// can be read as Prometheus' older format, too, the only one that node_exporter's textfile
// collector takes.
//
// With timed, each value has the time at which its run started, which is needed to import many
// results into Prometheus (promtool tsdb create-blocks-from openmetrics). Scrapers of files
// refuse times.
func OpenMetrics(w io.Writer, results []Result, changes []analysis.Change, timed bool) error {
	var out bytes.Buffer
	for _, f := range familiesOf(results, changes) {
		f.write(&out, timed)
	}
	out.WriteString("# EOF\n")
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write OpenMetrics: %w", err)
	}
	return nil
}

// write writes a family. All values with the same labels must stand together, by time.
func (f *family) write(out *bytes.Buffer, timed bool) {
	fmt.Fprintf(out, "# TYPE %s gauge\n", f.name)
	for _, ending := range []string{"seconds", "bytes", "ratio"} {
		if strings.HasSuffix(f.name, "_"+ending) {
			fmt.Fprintf(out, "# UNIT %s %s\n", f.name, ending)
		}
	}
	fmt.Fprintf(out, "# HELP %s %s\n", f.name, escaped(strings.ReplaceAll(f.help, `"`, "'")))
	type line struct{ labels, rest string }
	lines := make([]line, len(f.samples))
	for i, s := range f.samples {
		lines[i] = line{s.labels.String(), value(s.value)}
		if timed && !s.at.IsZero() {
			lines[i].rest += fmt.Sprintf(" %d", s.at.Unix())
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.labels, b.labels) })
	for _, l := range lines {
		fmt.Fprintf(out, "%s%s %s\n", f.name, l.labels, l.rest)
	}
}

func (l labels) String() string {
	var pairs []string
	for _, one := range l {
		if one.value != "" {
			pairs = append(pairs, one.name+`="`+escaped(one.value)+`"`)
		}
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// escapes are those of labels' values and helps.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// escaped is foreign text for a label's value or a help.
func escaped(text string) string { return escapes.Replace(usertext.Clean(text)) }

// value is a number as the format writes it.
func value(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "+Inf"
	case math.IsInf(v, -1):
		return "-Inf"
	}
	return number(v)
}
