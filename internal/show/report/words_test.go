package report

import (
	"fmt"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

func TestWordsClaimNoMoreThanTheIntervals(t *testing.T) {
	a := sample()
	set := func(lo, value, hi float64) string {
		a.Summary.Arms[1].Loads[0].VersusBaseline["cpu_us_per_request"] = analysis.Comparison{Ratio: 1, Lo: 1, Hi: 1, Difference: value, DifferenceLo: lo, DifferenceHi: hi}
		return strings.ReplaceAll(wordsOf(&a.Summary).Answer[0], "\u00a0", " ")
	}
	for _, c := range []struct {
		lo, value, hi float64
		want          string
	}{
		{1.4, 1.5, 1.6, "apikey adds 1.50 µs (1.40 – 1.60 µs)"},
		{-0.1, 1.5, 1.6, "This run does not tell it apart from apikey (-0.1 – 1.6 µs)."},
		{0, 0.1, 0.2, "This run does not tell it apart from apikey (0 – 200 ns)."},
		{-1.6, -1.5, -1.4, "apikey saves 1.50 µs (1.40 – 1.60 µs)"},
	} {
		if got := set(c.lo, c.value, c.hi); !strings.Contains(got, c.want) {
			t.Errorf("difference %v (%v to %v): got %q, want %q in it", c.value, c.lo, c.hi, got, c.want)
		}
	}
}

func TestATieWithTheBaselineIsNoCost(t *testing.T) {
	a := sample()
	a.Summary.Arms[1].Loads[0].Ties["cpu_us_per_request"] = "ab"
	if got := wordsOf(&a.Summary).Answer[0]; strings.Contains(got, "apikey adds") || !strings.Contains(got, "This run does not tell it apart from apikey") {
		t.Errorf("apikey is tied with the baseline: %s", got)
	}
}

func TestTies(t *testing.T) {
	for _, c := range []struct {
		letters []string
		want    string
	}{
		{[]string{"a", "b", "c"}, "this run tells all arms apart."},
		{[]string{"a", "a", "b"}, "this run does not tell apart arm0 and arm1."},
		{[]string{"a", "ab", "b"}, "this run does not tell apart arm0 and arm1; nor arm1 and arm2."},
		{[]string{"a", "a", "a"}, "this run does not tell apart arm0, arm1 and arm2."},
		{[]string{"a"}, ""},
		{nil, ""},
	} {
		s := &analysis.Summary{}
		for i, l := range c.letters {
			s.Arms = append(s.Arms, analysis.Arm{Name: fmt.Sprintf("arm%d", i), Status: analysis.ArmOK,
				Loads: []analysis.Load{{Name: "closed", Kind: bench.Closed, Ties: map[string]string{"cpu_us_per_request": l}}}})
		}
		got := ties(s, cpuMetric, func(a armLoads) analysis.Load { return a.closed })
		if strings.TrimPrefix(got, "By server CPU per request, ") != c.want {
			t.Errorf("%q: got %q, want %q", c.letters, got, c.want)
		}
	}
}

// TestManyCostsAreListedInOrder: where intervals would drown the sentence, the
// order is what it says.
func TestManyCostsAreListedInOrder(t *testing.T) {
	others := func(n int) []addition {
		var out []addition
		for i := range n {
			d := float64((i*7)%n + 1) // shuffled
			out = append(out, addition{arm: fmt.Sprintf("arm-%02.0f", d), ties: string(rune('a' + int(d))), Comparison: analysis.Comparison{Difference: d, DifferenceLo: d - 0.5, DifferenceHi: d + 0.5}})
		}
		return out
	}
	text := additions(others(mostNamed + 1))
	if !strings.Contains(text, "in rising order: arm-01 1.00\u00a0µs, arm-02 2.00\u00a0µs, arm-03") || !strings.Contains(text, "arm-08 8.00\u00a0µs and arm-09 9.00\u00a0µs.") {
		t.Errorf("%q", text)
	}
	tied := others(mostNamed + 1)
	for i := range tied {
		if d := tied[i].Difference; d >= 4 && d <= 6 {
			tied[i].ties = "x"
		}
	}
	if text := plain(additions(tied)); !strings.Contains(text, "arm-03 3.00 µs; arm-04, arm-05 and arm-06 4.00 – 6.00 µs, not told apart; arm-07 7.00 µs") {
		t.Errorf("%q", text)
	}
	for i := range tied {
		tied[i].ties = ""
	}
	if text := additions(tied); !strings.Contains(text, "(this run does not tell in which order): arm-01") {
		t.Errorf("%q", text)
	}
	if text := additions(others(mostNamed)); !strings.Contains(text, "arm-05 adds 5.00\u00a0µs (4.5\u00a0–\u00a05.5\u00a0µs)") {
		t.Errorf("%q", text)
	}
	if text := additions(others(mostListed + 1)); text != " What each other arm adds is in the table." {
		t.Errorf("%q", text)
	}
}
