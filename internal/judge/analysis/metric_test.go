package analysis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
)

func TestQuantilesNeed(t *testing.T) {
	for i, want := range []int64{100, 500, 5000} {
		if got := quantiles[i].needs(); got != want {
			t.Errorf("%s needs %d samples, want %d", quantiles[i].name, got, want)
		}
	}
	if got := pooledQuantile.needs(); got != 50_000 {
		t.Errorf("p999 needs %d", got)
	}
}

// 800 samples per launch, 8,000 in all.
func TestFewSamples(t *testing.T) {
	m := quick()
	m.rounds, m.samples = 1, 800
	a := analyze(t, m.run(t))
	l := find(t, a, "jwt", "open")
	for metric, shown := range map[string]bool{"response_p50_us": true, "response_p90_us": true, "response_p99_us": false, "response_p999_us": false} {
		_, isShown := l.Metrics[metric]
		_, isCompared := l.VersusBaseline[metric]
		if isShown != shown || isCompared != shown {
			t.Errorf("%s: shown %v, compared %v, want %v", metric, isShown, isCompared, shown)
		}
	}
	i := slices.IndexFunc(a.Summary.Warnings, func(w bench.Warning) bool { return w.Arm == "jwt" && w.Load == "open" })
	if i < 0 {
		t.Fatalf("no warning among %v", a.Summary.Warnings)
	}
	for _, want := range []string{"p99 needs 4200 more requests per launch", "p999 needs 4200 more requests per launch"} {
		if w := a.Summary.Warnings[i]; w.Code != codeFewSamples || !strings.Contains(w.Text, want) {
			t.Errorf("%v, want %q", w, want)
		}
	}
	if a.Summary.Validity != result.Valid {
		t.Errorf("verdict %s: missing quantiles are no doubt about the others", a.Summary.Validity)
	}
}

// 500 samples leave 50 beyond the p90, 499 do not.
func TestSamplesAtTheLimit(t *testing.T) {
	for samples, want := range map[int]bool{499: false, 500: true} {
		m := quick()
		m.launches, m.rounds, m.samples = 2, 1, samples
		if _, shown := find(t, analyze(t, m.run(t)), "jwt", "open").Metrics["response_p90_us"]; shown != want {
			t.Errorf("p90 of %d samples: shown %v", samples, shown)
		}
	}
}

func TestSeparable(t *testing.T) {
	for n, pairs := range map[int]int{0: 0, 5: 0, 6: 1, 7: 3, 8: 6, 9: 12, 10: 25, 11: 51} {
		if got := Separable(n); got != pairs {
			t.Errorf("%d launches separate among up to %d pairs, want %d", n, got, pairs)
		}
	}
	if many := Separable(1000); many < 1e9 { // which an int cannot count
		t.Errorf("1000 launches separate among up to %d pairs", many)
	}
}

// 8 arms are 28 pairs, of which 10 launches can separate none; 11 can. With 10 launches each arm is
// compared with the first of its group, and with 6 nothing is told.
func TestTooManyPairs(t *testing.T) {
	for launches, want := range map[int]struct{ letters, warning string }{
		6: {"", "use at least 9 launches"}, 10: {"a b c d d e f g", "use at least 11 launches for all pairs"}, 11: {"a b c d d e f g", ""},
	} {
		m := plain()
		m.launches = launches
		for i, cpu := range []float64{60, 60, 80, 90, 100} {
			m.arms = append(m.arms, truth{fmt.Sprint("more", i), cpu, 0})
		}
		a := analyze(t, m.run(t))
		var letters []string
		for _, arm := range m.arms {
			if mine := find(t, a, arm.name, "open").Ties["cpu_us_per_request"]; mine != "" {
				letters = append(letters, mine)
			}
		}
		if got := strings.Join(letters, " "); got != want.letters {
			t.Errorf("%d launches: letters %q, want %q", launches, got, want.letters)
		}
		warning := ""
		for _, w := range a.Summary.Warnings {
			if w.Code == codeFewLaunches {
				warning = w.Text
			}
		}
		if (warning == "") != (want.warning == "") || !strings.Contains(warning, want.warning) {
			t.Errorf("%d launches: %s", launches, warning)
		}
	}
}

// TestOnlyBad: refusals have a cost, and no service time.
func TestOnlyBad(t *testing.T) {
	r := quick().run(t)
	all := 1.0
	r.Header.Scenario.Arms[2].Population = &bench.Population{BadShare: &all}
	a := analyze(t, r)
	for _, load := range []string{"closed", "open"} {
		l := find(t, a, "jwt", load)
		if _, costs := l.Metrics["cpu_us_per_request"]; !costs {
			t.Errorf("%s: no cost", load)
		}
		for name := range l.Metrics {
			if strings.HasPrefix(name, "response_p") || strings.HasPrefix(name, "service_p") {
				t.Errorf("%s: %s of bad credentials", load, name)
			}
		}
		if !slices.ContainsFunc(a.Summary.Warnings, func(w bench.Warning) bool { return w.Code == codeOnlyBad && w.Arm == "jwt" && w.Load == load }) {
			t.Errorf("%s: nobody says why there are no times", load)
		}
	}
}
