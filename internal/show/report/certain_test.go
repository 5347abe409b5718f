package report

import (
	"math"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// The largest change that is certain comes first, whatever its interval might hold, and
// a figure and its ratio to the baseline's are one.
func TestCertainChanges(t *testing.T) {
	change := func(arm, metric string, lo, hi float64) analysis.Change {
		return analysis.Change{Place: analysis.Place{Arm: arm, Load: "open", Metric: metric}, Old: analysis.Estimate{Value: 100}, New: analysis.Estimate{Value: 100 * math.Sqrt(lo*hi)},
			Ratio: math.Sqrt(lo * hi), Lo: &lo, Hi: &hi, Detected: lo > 1 || hi < 1}
	}
	versus := func(c analysis.Change) analysis.Change {
		c.VersusBaseline = true
		return c
	}
	c := &analysis.Changes{Changes: []analysis.Change{
		change("small", "response_p50_us", 1.01, 1.02),
		change("wide", "response_p99_us", 1.05, 9),
		change("open", "response_p99_us", 0.5, 3),
		change("halved", "throughput_rps", 0.4, 0.6),
		change("faster", "cpu_us_per_request", 0.8, 0.9),
		change("same", "cpu_us_per_request", 0.9, 1.1), versus(change("same", "cpu_us_per_request", 1.3, 1.4)),
		change("told", "filtered_share", 1.2, 1.25),
		change("new", "a_metric_of_tomorrow", 1.9, 2.1),
		{Place: analysis.Place{Arm: "zero", Metric: "gc_cycles_per_second"}, Ratio: 1},
	}}
	var got []string
	for _, one := range certainChanges(c) {
		name, _, _ := strings.Cut(one.Figure, "/")
		got = append(got, name+" "+string(one.Effect))
		if strings.HasPrefix(one.Figure, "same") != (one.Versus != missing) || name == "same" && !strings.HasPrefix(one.Change, "~ ") {
			t.Errorf("%+v", one)
		}
	}
	if want := "new ,halved worse,same worse,told ,faster better,wide worse,small worse"; strings.Join(got, ",") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ","), want)
	}
}

func TestFoldedTitles(t *testing.T) {
	for want, table := range map[string]changeTable{
		"CPU: no certain change":                  {Title: "CPU", Rows: make([][]string, 3), Certain: make([]bool, 3)},
		"CPU: 1 of 2 figures changed for certain": {Title: "CPU", Rows: make([][]string, 3), Certain: []bool{false, true, false}},
		"CPU: 1 of 1 figure changed for certain":  {Title: "CPU", Rows: make([][]string, 2), Certain: []bool{false, true}},
	} {
		if got := table.Folded(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
