package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// compared is a comparison with everything in it that one can have.
func compared() *analysis.Changes {
	host := bench.Host{OS: "linux", Arch: "amd64", CPUModel: "Example CPU 2.60GHz", CPUs: 2, ServerCPUs: []int{0}}
	c := &analysis.Changes{
		Version: analysis.ChangesVersion,
		Old:     analysis.Side{Path: "results/a", Scenario: "quick", Started: "2026-03-14T09:26:53Z", Validity: result.Valid, Launches: 10, Host: host},
		New:     analysis.Side{Path: "results/b", Scenario: "quick", Started: "2026-03-15T09:26:53Z", Validity: result.Invalid, Launches: 8, Host: host},
		Differences: []analysis.Difference{
			{About: analysis.AboutHost, Name: "CPU model", Old: "Example CPU 2.60GHz", New: "Other | CPU"},
			{About: analysis.AboutHost, Name: "number of CPUs", Old: "2", New: "4"},
			{About: analysis.AboutProgram, Name: "revision", Old: "0123456789ab", New: "abcdef012345, modified"},
			{About: analysis.AboutOutcome, Name: "arm jwt-hs256", Old: "ok", New: "unsafe: let 12 forged credentials in"},
		},
		Removed: []analysis.Place{
			{Arm: "jwt-hs256"}, {Arm: "apikey", Load: "open", Metric: "response_p99_us"}, {Arm: "apikey", Load: "open", Metric: "response_p99_us", VersusBaseline: true},
		},
		Added: []analysis.Place{{Arm: "apikey", Load: "sweep"}},
	}
	add := func(p analysis.Place, old, new analysis.Estimate, ratio, spread float64) {
		lo, hi := ratio-spread, ratio+spread
		change := analysis.Change{Place: p, Old: old, New: new, Ratio: ratio}
		if spread > 0 {
			change.Lo, change.Hi, change.Detected = &lo, &hi, lo > 1 || hi < 1
		}
		c.Changes = append(c.Changes, change)
	}
	at := func(arm, load, metric string) analysis.Place {
		return analysis.Place{Arm: arm, Load: load, Metric: metric}
	}
	versus := at("apikey", "closed", "cpu_us_per_request")
	versus.VersusBaseline = true
	level := at("apikey", "sweep", "throughput_rps")
	level.Fraction = 0.5
	add(at("none", "", "memory_bytes"), analysis.Estimate{Value: 21 << 20}, analysis.Estimate{Value: 22 << 20}, 22.0/21, 0)
	add(at("none", "", "allocations_per_request"), analysis.Estimate{}, analysis.Estimate{}, 1, 0)
	add(at("none", "", "a_metric_of_tomorrow"), estimate(3, 0.01), estimate(3, 0.01), 1, 0)
	add(at("none", "closed", "cpu_us_per_request"), estimate(9.1, 0.02), estimate(9.2, 0.02), 1.01, 0.02)
	add(at("apikey", "closed", "cpu_us_per_request"), estimate(10.6, 0.02), estimate(13, 0.03), 1.23, 0.03)
	add(versus, estimate(1.16, 0.01), estimate(1.41, 0.01), 1.22, 0.01)
	add(at("apikey", "closed", "throughput_rps"), estimate(94e3, 0.02), estimate(76e3, 0.02), 0.81, 0.03)
	add(level, estimate(47e3, 0.002), estimate(47.1e3, 0.002), 1.001, 0.002)
	lo, hi := 70.0, 540.0
	add(at("none", "open", "response_p99_us"), analysis.Estimate{Value: 187, Lo: &lo, Hi: &hi, N: 10}, estimate(160, 0.1), 0.9, 0.5)
	return c
}

func changesText(t *testing.T, c *analysis.Changes, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := Changes(&out, c, TerminalOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestChangesGolden(t *testing.T) {
	golden.Equal(t, "testdata/changes-80.txt", changesText(t, compared(), 80))
	golden.Equal(t, "testdata/changes-140.txt", changesText(t, compared(), 140))
	golden.Equal(t, "testdata/changes-empty.txt", changesText(t, &analysis.Changes{}, 100))
	var md bytes.Buffer
	if err := ChangesMarkdown(&md, compared()); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/changes.md", md.String())
}

func TestChangesFitTheirWidth(t *testing.T) {
	for width := 80; width <= 200; width += 7 {
		for line := range strings.Lines(changesText(t, compared(), width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
	}
}

// What a result file holds may steer no terminal and no page.
func TestChangesEscape(t *testing.T) {
	const evil = "x\x1b[2J\n::error::y|<b>"
	c := compared()
	c.Old.Path, c.Old.Scenario, c.Old.Host.CPUModel, c.Differences[0].New = evil, evil, evil, evil
	for i := range c.Changes {
		c.Changes[i].Arm = evil
	}
	var md bytes.Buffer
	if err := ChangesMarkdown(&md, c); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"terminal": changesText(t, c, 100), "Markdown": md.String()} {
		for _, bad := range []string{"\x1b", "\n::error"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
	if strings.Contains(md.String(), "<b>") {
		t.Error("Markdown holds a tag")
	}
}
