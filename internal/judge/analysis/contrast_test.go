package analysis

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
)

// declaring is a run of none (10 µs), a and twin (12 µs), and b (40 µs).
func declaring(contrasts ...bench.Contrast) synthetic {
	m := quick()
	m.arms = []truth{{"none", 10, 50}, {"a", 12, 52}, {"twin", 12, 52}, {"b", 40, 90}}
	m.contrasts = contrasts
	return m
}

var bBesideA = bench.Contrast{Arm: "b", Versus: "a", Says: "more work"}

// What a contrast says of two arms is what their comparison says if the one is the
// baseline: the same statistics.
func TestContrastIsTheComparisonOfItsArms(t *testing.T) {
	r := declaring(bBesideA).run(t)
	got := analyze(t, r).Summary.Contrasts
	if len(got) != 1 || got[0].Contrast != bBesideA || got[0].Missing != "" {
		t.Fatalf("%+v", got)
	}
	r.Header.Scenario.Contrasts, r.Header.Scenario.Baseline = nil, "a"
	for _, load := range []string{"closed", "open"} {
		want := find(t, analyze(t, r), "b", load).VersusBaseline
		if len(want) == 0 || len(got[0].Loads[load]) != len(want) {
			t.Errorf("%s: metrics %v, want those of %v", load, got[0].Loads[load], want)
		}
		for name, c := range want {
			if got[0].Loads[load][name].Comparison != c {
				t.Errorf("%s, %s: %+v, want %+v", load, name, got[0].Loads[load][name], c)
			}
		}
		if cpu := got[0].Loads[load]["cpu_us_per_request"]; cpu.Tied || math.Abs(cpu.Difference-28) > 1 {
			t.Errorf("%s: planted 28 µs, found %+v", load, cpu)
		}
	}
}

func TestEqualArmsAreTied(t *testing.T) {
	got := analyze(t, declaring(bBesideA, bench.Contrast{Arm: "twin", Versus: "a"}).run(t)).Summary
	if cpu := got.Contrasts[1].Loads["closed"]["cpu_us_per_request"]; !cpu.Tied || cpu.N != 10 {
		t.Errorf("twins are told apart: %+v", cpu)
	}
	if got.Contrasts[0].Loads["closed"]["cpu_us_per_request"].Tied {
		t.Error("12 and 40 µs are tied")
	}
}

// Holm's procedure is over the contrasts of a metric: what one of them alone would show
// is tied among many that show nothing.
func TestContrastsAllowForEachOther(t *testing.T) {
	m := declaring()
	m.arms, m.launches, m.samples = m.arms[:1], 9, 0
	for i := range 8 {
		m.arms = append(m.arms, truth{string(rune('a' + i)), 12, 52})
	}
	// The last differs by so little that its nine launches agree but for one or two.
	m.arms = append(m.arms, truth{"z", 12.14, 52})
	one := bench.Contrast{Arm: "z", Versus: "a"}
	m.contrasts = []bench.Contrast{one}
	alone, among := 0, 0
	for m.seed = range uint64(40) {
		r := m.run(t)
		if !analyze(t, r).Summary.Contrasts[0].Loads["closed"]["cpu_us_per_request"].Tied {
			alone++
		}
		for _, a := range m.arms[2:9] {
			r.Header.Scenario.Contrasts = append(r.Header.Scenario.Contrasts, bench.Contrast{Arm: a.name, Versus: "a"})
		}
		if !analyze(t, r).Summary.Contrasts[0].Loads["closed"]["cpu_us_per_request"].Tied {
			among++
		}
	}
	if among >= alone || alone == 0 {
		t.Errorf("told apart alone %d times, among eight %d times", alone, among)
	}
}

// With fewer launches than Holm's procedure needs, intervals decide, and a warning says
// so; nobody asks about pairs that the scenario does not compare.
func TestTooManyContrasts(t *testing.T) {
	m := declaring(bBesideA, bench.Contrast{Arm: "twin", Versus: "a"}, bench.Contrast{Arm: "b", Versus: "none"})
	m.launches = 6
	s := analyze(t, m.run(t)).Summary
	if s.Contrasts[0].Loads["closed"]["cpu_us_per_request"].Tied {
		t.Error("the interval alone tells 12 and 40 µs apart")
	}
	texts := warningTexts(s, codeFewLaunches)
	if len(texts) != 1 || !strings.Contains(texts[0], "6 launches cannot tell the arms of any of 3 contrasts apart") || !strings.Contains(texts[0], "at least 7 launches") {
		t.Errorf("%q", texts)
	}
	m.launches = 7
	if texts := warningTexts(analyze(t, m.run(t)).Summary, codeFewLaunches); len(texts) != 0 {
		t.Errorf("seven launches are enough for three contrasts, and for nothing else that is asked: %q", texts)
	}
}

func warningTexts(s Summary, code string) []string {
	var out []string
	for _, w := range s.Warnings {
		if w.Code == code {
			out = append(out, w.Text)
		}
	}
	return out
}

// What cannot be compared says why.
func TestMissingContrasts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*synthetic, *result.Run)
		want   string
	}{
		"unsafe": {func(_ *synthetic, r *result.Run) {
			r.Warnings = append(r.Warnings, bench.Warning{Code: "false_accepts", Level: bench.Void, Arm: "b"})
		}, "b is unsafe"},
		"skipped":       {func(_ *synthetic, r *result.Run) { r.Header.Arms[1].Skipped = "no Redis" }, "a is skipped"},
		"few launches":  {func(_ *synthetic, r *result.Run) { r.Launches = r.Launches[:3] }, "needs 6 launches"},
		"an arm of old": {func(_ *synthetic, r *result.Run) { r.Header.Scenario.Contrasts[0].Arm = "gone" }, "gone is not in the result"},
	} {
		m := declaring(bBesideA)
		m.samples = 0
		r := m.run(t)
		c.change(&m, r)
		got := analyze(t, r).Summary.Contrasts
		if len(got) != 1 || got[0].Missing != c.want || len(got[0].Loads) != 0 {
			t.Errorf("%s: %+v, want %q", name, got, c.want)
		}
	}
}

// Slower and faster arms of an open load have no common rate, and no times to compare.
func TestContrastsKeepToComparableTimes(t *testing.T) {
	m := declaring(bBesideA)
	r := m.run(t)
	for i := range r.Calibrations {
		if r.Calibrations[i].Arm == "b" {
			r.Calibrations[i].Capacity = 1
		}
	}
	open := analyze(t, r).Summary.Contrasts[0].Loads["open"]
	if _, has := open["response_p50_us"]; has || len(open) == 0 {
		t.Errorf("%v", open)
	}
}

func TestSummaryHasContrasts(t *testing.T) {
	m := declaring(bBesideA)
	m.samples = 0
	text, err := json.Marshal(analyze(t, m.run(t)).Summary.Contrasts)
	if err != nil || !strings.HasPrefix(string(text), `[{"arm":"b","versus":"a","says":"more work","loads":{"closed":{"cpu_us_per_request":{"ratio":`) {
		t.Errorf("%s, %v", text, err)
	}
	m.contrasts = nil
	if s := analyze(t, m.run(t)).Summary; s.Contrasts != nil {
		t.Errorf("none is declared: %v", s.Contrasts)
	}
}

// Auth tax is what arms add to a server that checks nothing, unless nothing else is asked.
func TestTaxed(t *testing.T) {
	checking := Arm{Name: "a"}
	open := Arm{Name: "none", Facts: bench.Facts{Step: bench.StageRequest}}
	for _, c := range []struct {
		baseline  string
		contrasts []Contrast
		want      bool
	}{{"a", nil, true}, {"none", nil, true}, {"none", make([]Contrast, 1), true}, {"a", make([]Contrast, 1), false}} {
		s := Summary{Baseline: c.baseline, Contrasts: c.contrasts, Arms: slices.Clone([]Arm{open, checking})}
		if s.Taxed() != c.want {
			t.Errorf("%s, %d contrasts: %v", c.baseline, len(c.contrasts), s.Taxed())
		}
	}
}

// What the report says of two arms agrees: those that a launch, slow for both, keeps from
// having a direction in µs are not told apart, neither by letters nor as a contrast.
func TestArmsWhoseDifferenceHoldsZeroAreTied(t *testing.T) {
	const metric = "cpu_us_per_request"
	for slow, want := range map[int64]bool{1: false, 100: true} {
		r := declaring(bench.Contrast{Arm: "a", Versus: "none"}).run(t)
		for i := range r.Slices {
			if s := &r.Slices[i]; s.Launch == 3 && s.Arm == "none" {
				s.ServerCPU *= slow
			} else if s.Launch == 3 && s.Arm == "a" && slow > 1 {
				s.ServerCPU *= slow * 3 / 4 // 12 µs × 75 are less than 10 µs × 100
			}
		}
		got := analyze(t, r)
		c := find(t, got, "a", "closed").VersusBaseline[metric]
		if c.holdsZero() != want || c.Lo <= 1 {
			t.Errorf("slowed %d times: the ratio %v, the difference %v to %v: the test plants something else", slow, c.Lo, c.DifferenceLo, c.DifferenceHi)
		}
		tied := strings.ContainsAny(find(t, got, "a", "closed").Ties[metric], find(t, got, "none", "closed").Ties[metric])
		if contrast := got.Summary.Contrasts[0].Loads["closed"][metric].Tied; tied != want || contrast != want {
			t.Errorf("slowed %d times: tied by letters %v, as a contrast %v, want %v", slow, tied, contrast, want)
		}
	}
}
