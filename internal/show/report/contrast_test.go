package report

import (
	"bytes"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
)

func contrasted(value, lo, hi float64, tied bool) analysis.ContrastMetric {
	return analysis.ContrastMetric{Comparison: analysis.Comparison{Ratio: 1 + value/20, Lo: 1 + lo/20, Hi: 1 + hi/20, Difference: value, DifferenceLo: lo, DifferenceHi: hi, N: 10}, Tied: tied}
}

// contrasting is a run whose scenario compares its tokens with one another: its baseline
// is one of them.
func contrasting() *analysis.Analysis {
	a := sample()
	s := &a.Summary
	s.Question, s.Baseline = "What does another signature cost?", "jwt-hs256"
	of := func(cpu, p50, p99 analysis.ContrastMetric) map[string]map[string]analysis.ContrastMetric {
		return map[string]map[string]analysis.ContrastMetric{
			"closed": {"cpu_us_per_request": cpu}, "open": {"response_p50_us": p50, "response_p99_us": p99},
		}
	}
	doubtful := contrasted(0.1, -0.2, 0.4, true)
	s.Contrasts = []analysis.Contrast{
		{Contrast: bench.Contrast{Arm: "jwt-rs256", Versus: "jwt-hs256", Says: "signing with RSA"}, Loads: of(contrasted(24.2, 23.9, 24.5, false), contrasted(24, 23, 25, false), contrasted(97, 60, 130, false))},
		{Contrast: bench.Contrast{Arm: "jwt-rs256", Versus: "jwt-eddsa"}, Loads: of(contrasted(-11.2, -11.6, -10.9, false), contrasted(-11, -12, -10, false), doubtful)},
		{Contrast: bench.Contrast{Arm: "apikey", Versus: "none", Says: "a key"}, Loads: of(contrasted(0.3, 0.1, 0.5, true), doubtful, doubtful)},
		{Contrast: bench.Contrast{Arm: "jwt-hs256", Versus: "gone"}, Missing: "gone is skipped"},
	}
	return a
}

func plain(text string) string { return strings.ReplaceAll(text, "\u00a0", " ") }

// The opening is about the contrasts, and about them alone.
func TestContrastsOpenTheReport(t *testing.T) {
	a := contrasting()
	answer := wordsOf(&a.Summary).Answer
	want := "By server CPU per request, signing with RSA adds 24.2 µs (23.9 – 24.5 µs) and jwt-rs256 beside jwt-eddsa saves 11.2 µs (10.9 – 11.6 µs); " +
		"this run shows no certain difference for the others (a key: 100 – 500 ns). " +
		"A request takes 17.0 µs with jwt-hs256, 52.4 µs with jwt-eddsa and 9.10 µs with none. " +
		"By response time p50 under the open load, signing with RSA adds 24.0 µs and jwt-rs256 beside jwt-eddsa saves 11.0 µs; this run shows no certain difference for the others. " +
		"By response time p99 under the open load, signing with RSA adds 97.0 µs; this run shows no certain difference for the others."
	if got := plain(answer[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, text := range answer[1:] {
		if strings.Contains(text, "tell apart") || strings.Contains(text, "tells all arms apart") || strings.Contains(text, "baseline") {
			t.Errorf("it speaks of what nobody compares: %s", text)
		}
	}
	golden.Equal(t, "testdata/contrasts.txt", terminal(t, a, TerminalOptions{Width: 100}))
}

func TestContrastsThatShowNothing(t *testing.T) {
	s := &contrasting().Summary
	s.Contrasts = s.Contrasts[2:]
	if got, want := plain(wordsOf(s).Answer[0]), "By server CPU per request, this run shows no certain difference (a key: 100 – 500 ns). A request takes 9.10 µs with none. "+
		"By response time p50 under the open load, this run shows no certain difference. By response time p99 under the open load, this run shows no certain difference."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	s.Contrasts = s.Contrasts[1:]
	if got := wordsOf(s).Answer[0]; got != "None of the pairs of arms that the scenario compares could be compared; the warnings say why." {
		t.Errorf("nothing was compared, and: %s", got)
	}
	for range mostNamed + 1 {
		s.Contrasts = append(s.Contrasts, contrasting().Summary.Contrasts[0])
	}
	if got := plain(wordsOf(s).Answer[0]); strings.Contains(got, "23.9") || !strings.Contains(got, "signing with RSA adds 24.2 µs, signing with RSA adds 24.2 µs") {
		t.Errorf("ten contrasts: %s", got)
	}
	for range mostListed {
		s.Contrasts = append(s.Contrasts, contrasting().Summary.Contrasts[0])
	}
	if got := wordsOf(s).Answer[0]; got != "How the 26 pairs of arms differ is in the table." {
		t.Errorf("26 contrasts: %s", got)
	}
}

// The table and the forest plot have a row for each that could be made; warnings say why
// one could not.
func TestContrastsInTheTables(t *testing.T) {
	s := &contrasting().Summary
	var out bytes.Buffer
	writeTable(&out, contrastTableOf(s))
	want := `| arms | CPU/request | ratio | p50 | p99 | what is added |
| :-- | --: | --: | --: | --: | --: |
| jwt-rs256 beside jwt-hs256 | 24.2 µs (23.9 – 24.5 µs) | ×2.21 (2.195 – 2.225 ×) | 24.0 µs (23.0 – 25.0 µs) | 97.0 µs (60 – 130 µs) | signing with RSA |
| jwt-rs256 beside jwt-eddsa | -11.2 µs (-11.6 – -10.9 µs) | ×0.440 (0.420 – 0.455 ×) | -11.0 µs (-12.0 – -10.0 µs) | tied: 100 ns (-200 – 400 ns) | – |
| apikey beside none | tied: 300 ns (100 – 500 ns) | tied: ×1.01 (1.005 – 1.025 ×) | tied: 100 ns (-200 – 400 ns) | tied: 100 ns (-200 – 400 ns) | a key |
`
	if got := plain(out.String()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := len(drawings(s)[0].Rows); n != 3 {
		t.Errorf("the forest plot has %d rows", n)
	}
	found := false
	for _, n := range notesOf(s, decisionTable(s)) {
		found = found || n.Line() == "jwt-hs256 beside gone: not compared: gone is skipped"
	}
	if !found {
		t.Error("nothing says why a contrast is missing")
	}
	if t2 := contrastTableOf(&sample().Summary); len(t2.Rows) > 0 {
		t.Errorf("a scenario without contrasts has %+v", t2)
	}
}

// A baseline that authenticates is no floor: without it, nothing is a tax, and no column
// compares what the scenario does not.
func TestBaselineThatAuthenticates(t *testing.T) {
	for _, c := range []struct {
		baseline string
		taxed    bool
	}{{"none", true}, {"jwt-hs256", false}} {
		a := contrasting()
		a.Summary.Baseline = c.baseline
		a.Summary.Arms[0].Facts = bench.Facts{Step: bench.StageRequest}
		text := terminal(t, a, TerminalOptions{Width: 200})
		if strings.Contains(text, "auth tax") != c.taxed {
			t.Errorf("baseline %s:\n%s", c.baseline, text)
		}
		page := rendered(t, a, nil)
		if strings.Contains(page, "the request itself, as ") != c.taxed || !strings.Contains(page, "How the arms differ") || strings.Contains(page, `<a href="#def-ties">letter`) {
			t.Errorf("baseline %s: the page has a floor of authentication, letters, or no contrasts", c.baseline)
		}
	}
}
