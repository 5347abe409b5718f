package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/history"
	"authbench/internal/result"
)

// nightly is a history with everything in it that one can have.
func nightly() *history.History {
	h := &history.History{
		Version: history.Version, Scenario: "quick", Baseline: "none", Level: history.Level, Last: 7, Least: 0.02, Worse: true,
		Host: bench.Host{CPUModel: "Example CPU 2.60GHz", CPUs: 2},
		Warnings: []bench.Warning{
			{Code: "left_out", Level: bench.Info, Text: "results left out as they are invalid: 2"},
			{Code: "drift", Level: bench.Suspicious, Text: "results resemble their neighbours (correlation 0.41, 0 expected): the machine drifts, and a change that is shown may be such a drift"},
		},
	}
	for i := range 48 {
		h.Runs = append(h.Runs, history.Run{Path: fmt.Sprintf("day-%02d", i), Started: fmt.Sprintf("2026-%02d-%02dT02:00:00Z", 1+i/28, 1+i%28), Verdict: result.Valid})
	}
	add := func(p analysis.Place, value func(run int) (float64, bool), changes ...history.Change) {
		s := history.Series{Place: p, Changes: changes}
		for i := range h.Runs {
			if v, has := value(i); has {
				s.Points = append(s.Points, history.Point{Run: i, Estimate: analysis.Estimate{Value: v}})
			}
		}
		h.Series = append(h.Series, s)
	}
	wave := func(level float64, from int, then float64) func(int) (float64, bool) {
		return func(run int) (float64, bool) {
			v := level
			if run >= from {
				v = then
			}
			return v * (1 + 0.01*float64(run*7%5-2)), run != 20
		}
	}
	lo, hi := 1.18, 1.25
	cpu := func(arm string) analysis.Place {
		return analysis.Place{Arm: arm, Load: "closed", Metric: "cpu_us_per_request", VersusBaseline: true}
	}
	add(cpu("apikey"), wave(1.16, 44, 1.41), history.Change{Run: 44, Before: 43, From: 1.16, To: 1.41, Ratio: 1.215, Lo: &lo, Hi: &hi, P: 0.00012, Worse: true, Recent: true,
		Differences: []analysis.Difference{{About: analysis.AboutProgram, Name: "revision", Old: "0123456789ab", New: "abcdef012345"}}})
	add(cpu("jwt-rs256"), wave(4.5, 99, 0))
	add(analysis.Place{Arm: "jwt-rs256", Load: "open", Metric: "response_p99_us"}, wave(300, 15, 200), history.Change{Run: 15, Before: 14, From: 300, To: 200, Ratio: 0.667, P: 0.0002, Differences: []analysis.Difference{}})
	add(analysis.Place{Arm: "apikey", Metric: "allocations_per_request"}, func(run int) (float64, bool) { return 0, true })
	add(analysis.Place{Arm: "new", Metric: "allocations_per_request"}, func(int) (float64, bool) { return 0, false })
	return h
}

func historyText(t *testing.T, h *history.History, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := History(&out, h, TerminalOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestHistoryGolden(t *testing.T) {
	golden.Equal(t, "testdata/history-80.txt", historyText(t, nightly(), 80))
	golden.Equal(t, "testdata/history-140.txt", historyText(t, nightly(), 140))
	golden.Equal(t, "testdata/history-empty.txt", historyText(t, &history.History{Level: history.Level, Last: 1}, 100))
}

func TestHistoryFitsItsWidth(t *testing.T) {
	for width := 80; width <= 200; width += 9 {
		for line := range strings.Lines(historyText(t, nightly(), width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("at %d columns a line has %d: %q", width, n, line)
			}
		}
	}
}

// What a result file holds steers no terminal.
func TestHistoryEscapes(t *testing.T) {
	const evil = "x\x1b[2J\n::error::y"
	h := nightly()
	h.Scenario, h.Host.CPUModel, h.Runs[43].Path, h.Runs[44].Started = evil, evil, evil, evil
	h.Series[0].Arm, h.Series[0].Changes[0].Differences[0].New = evil, evil
	if text := historyText(t, h, 100); strings.Contains(text, "\x1b") || strings.Contains(text, "\n::error") {
		t.Errorf("it holds foreign text as it was:\n%s", text)
	}
}
