package report

import (
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// busyAndCalm is a run whose arms have a CPU time under both loads.
func busyAndCalm() *analysis.Summary {
	s := &sample().Summary
	for i := range s.Arms {
		s.Arms[i].Loads[1].Metrics[cpuMetric.name] = estimate(2*s.Arms[i].Loads[0].Metrics[cpuMetric.name].Value, 0.02)
	}
	return s
}

// Beside the costs at saturation stand those at the open load's rate, by its name if all arms have
// one, and how many requests shared an exchange under each.
func TestCostsAtARate(t *testing.T) {
	if s := &sample().Summary; atRate(s) != "" {
		t.Errorf("no arm has a CPU time under the open load, and a column is %q", atRate(s))
	}
	s := busyAndCalm()
	if text := plain(wordsOf(s).Answer[0]); !strings.HasPrefix(text, "A request to the baseline, none, takes 9.10 µs (8.92 – 9.28 µs) of server CPU at saturation.") {
		t.Error(text)
	}
	s.Arms[2].Loads[0].Refreshes = &analysis.Refreshing{PerToken: between(23, 24.4, 25)}
	s.Arms[2].Loads[1].Refreshes = &analysis.Refreshing{PerToken: between(3, 3.28, 4)}
	heads, cells := decisionTable(s).heads(), decisionTable(s).text(true)[3]
	for head, want := range map[string]string{"CPU/request": "17.0 µs", "CPU at 9.25 k/s": "34.0 µs", "requests/token": "24 (3.3 at 9.25 k/s)"} {
		found := false
		for i, h := range heads {
			if h == head {
				found = cells[i] == want
			}
		}
		if !found || headTerm(head) == "" {
			t.Errorf("%s is not %s: %q, %q", head, want, heads, cells)
		}
	}
	if text := plain(wordsOf(s).Answer[0]); !strings.Contains(text, "jwt-hs256 (at 24 requests per token) adds 7.90 µs") {
		t.Error(text)
	}
	s.Arms[1].Loads[1].Rate = 100
	if got := atRate(s); got != "CPU at the open load's rate" {
		t.Error(got)
	}
}

// Which of two arms costs less at saturation is not said of other loads if it is not so there.
func TestLoadDecides(t *testing.T) {
	s := busyAndCalm()
	reversal := func(arm, versus string) analysis.Reversal {
		return analysis.Reversal{Arm: arm, Versus: versus, Load: "closed", Other: "open",
			UnderLoad: analysis.Comparison{Difference: -13.7, DifferenceLo: -16, DifferenceHi: -3}, UnderOther: analysis.Comparison{Difference: 29.5, DifferenceLo: 23.7, DifferenceHi: 35.2}}
	}
	if text := loadDecides(s); text != "" {
		t.Error(text)
	}
	s.Reversals = []analysis.Reversal{reversal("a", "b")}
	if text, want := plain(wordsOf(s).Answer[0]), "The load decides which costs less: a costs 13.7 µs (3 – 16 µs) less than b at saturation, and 29.5 µs (24 – 35 µs) more at 9.25 k/s."; !strings.Contains(text, want) {
		t.Errorf("%s\nlacks %s", text, want)
	}
	s.Reversals = append(s.Reversals, reversal("a", "c"), reversal("d", "b"), reversal("a", "e"))
	if text, want := plain(loadDecides(s)), "The load decides which costs less. Told apart for certain at saturation, a costs less than b, c and e; d costs less than b; and at 9.25 k/s each of them costs more."; text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}

	s = busyAndCalm()
	s.Reversals = []analysis.Reversal{reversal("a", "b")} // which no contrast is about
	for _, c := range []struct {
		busy, calm analysis.ContrastMetric
		want       string
	}{
		{contrasted(5, 4, 6, false), contrasted(7, 6, 8, false), ""},
		{contrasted(0, -1, 1, true), contrasted(0.1, -1, 2, true), ""},
		{contrasted(0, -1, 1, true), contrasted(7, 6, 8, false), "The load matters: by server CPU per request at 9.25 k/s, a key adds 7.00 µs (6.0 – 8.0 µs)."},
		{contrasted(5, 4, 6, false), contrasted(-7, -8, -6, false), "The load matters: by server CPU per request at 9.25 k/s, a key saves 7.00 µs (6.0 – 8.0 µs)."},
		{contrasted(5, 4, 6, false), contrasted(0, -2, 2, true), "The load matters: by server CPU per request at 9.25 k/s, a key: no certain difference (-2 – 2 µs)."},
	} {
		s.Contrasts = []analysis.Contrast{{Contrast: bench.Contrast{Arm: "apikey", Versus: "none", Says: "a key"}, Loads: map[string]map[string]analysis.ContrastMetric{
			"closed": {cpuMetric.name: c.busy}, "open": {cpuMetric.name: c.calm}}}}
		if got := plain(loadDecides(s)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if heads := contrastTableOf(s).heads(); !strings.Contains(strings.Join(heads, "|"), "CPU/request|ratio|CPU at 9.25 k/s") {
		t.Errorf("%q", heads)
	}
}

// The page prices a rate by the load that is the nearest to it.
func TestRateSwitch(t *testing.T) {
	s := busyAndCalm()
	r := rateOf(s)
	// Below the middle, in proportion, of 9,250 and the median throughput.
	if r.Switch < 9250 || r.Switch > 60_000 || !strings.HasPrefix(r.How, "Below ") {
		t.Errorf("%+v", r)
	}
	if one := r.Rows[2]; one.Micros != 17 || one.Below != 34 || one.SecondsPerMillion != "34.0" {
		t.Errorf("%+v", one)
	}
	if plainRun := rateOf(&sample().Summary); plainRun.Switch != 0 || plainRun.How != "" || plainRun.Rows[2].SecondsPerMillion != "17.0" {
		t.Errorf("%+v", plainRun)
	}
}
