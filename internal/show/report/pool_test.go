package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// pooled is a pool with everything in it that one can have.
func pooled() *analysis.Pooled {
	p := &analysis.Pooled{
		Scenario: "quick", Question: "What does it cost?", Baseline: "none",
		Runs: []analysis.PooledRun{
			{Path: "results/a", Started: "2026-03-14T09:26:53Z", Validity: result.Valid, Status: bench.Completed, Launches: 10},
			{Path: "results/b", Started: "2026-03-14T08:26:53Z", Validity: result.Suspicious, Status: bench.Interrupted, Launches: 6},
			{Path: "results/c", Started: "2026-03-13T08:26:53Z", Validity: result.Invalid, Status: bench.Completed, Launches: 10, LeftOut: true},
		},
		Warnings: []bench.Warning{{Code: "few_runs", Level: bench.Suspicious, Text: "2 runs are few"}},
	}
	add := func(place analysis.Place, value, spread float64, runs ...float64) {
		f := analysis.PooledFigure{Place: place, Value: value}
		for i, v := range runs {
			f.Runs = append(f.Runs, analysis.RunFigure{Run: i, Estimate: analysis.Estimate{Value: v}})
		}
		if spread > 0 {
			lo, hi, nextLo, nextHi := value-spread, value+spread, value-2*spread, value+2*spread
			between, within := 0.08, 0.01
			f.Lo, f.Hi, f.NextLo, f.NextHi, f.Between, f.Within = &lo, &hi, &nextLo, &nextHi, &between, &within
		}
		p.Figures = append(p.Figures, f)
	}
	cost := analysis.Place{Arm: "apikey", Load: "closed", Metric: "cpu_us_per_request"}
	versus := cost
	versus.VersusBaseline = true
	difference := versus
	difference.Difference = true
	add(analysis.Place{Arm: "apikey", Metric: "memory_bytes"}, 21<<20, 0, 21<<20)
	add(cost, 10.5, 1, 10, 11)
	add(versus, 1.15, 0.02, 1.14, 1.16)
	add(difference, 1.2, 0.3, 1.1, 1.3)
	add(analysis.Place{Arm: "apikey", Load: "closed", Metric: "request_bytes"}, 128, 0, 128, 128)
	return p
}

func pooledText(t *testing.T, p *analysis.Pooled, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := Pooled(&out, p, TerminalOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPooledGolden(t *testing.T) {
	golden.Equal(t, "testdata/pooled-120.txt", pooledText(t, pooled(), 120))
	var md bytes.Buffer
	if err := PooledMarkdown(&md, pooled()); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/pooled.md", md.String())
}

func TestPooledFitsItsWidth(t *testing.T) {
	for width := 80; width <= 200; width += 20 {
		for line := range strings.Lines(pooledText(t, pooled(), width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
	}
}

// What a result file holds may steer neither a terminal nor a page.
func TestPooledEscapes(t *testing.T) {
	const evil = "x\x1b[2J\n::error::y|<b>"
	p := pooled()
	p.Scenario, p.Runs[0].Path, p.Warnings[0].Text = evil, evil, evil
	for i := range p.Figures {
		p.Figures[i].Arm = evil
	}
	var md, text bytes.Buffer
	if err := errors.Join(PooledMarkdown(&md, p), JSON(&text, p)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"terminal": pooledText(t, p, 100), "Markdown": md.String(), "JSON": text.String()} {
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
