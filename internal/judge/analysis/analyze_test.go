package analysis

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/result"
)

// checkGolden compares the figures of a run, three digits each: fewer than would
// differ between processors that round differently.
func checkGolden(t *testing.T, a *Analysis) {
	var out strings.Builder
	interval := func(e Estimate) string {
		if e.Lo == nil {
			return fmt.Sprintf("%.3g", e.Value)
		}
		return fmt.Sprintf("%.3g [%.3g, %.3g] n=%d", e.Value, *e.Lo, *e.Hi, e.N)
	}
	for _, arm := range a.Summary.Arms {
		for _, name := range slices.Sorted(maps.Keys(arm.Metrics)) {
			fmt.Fprintf(&out, "%s %s %s\n", arm.Name, name, interval(arm.Metrics[name]))
		}
		for _, l := range arm.Loads {
			for _, name := range slices.Sorted(maps.Keys(l.Metrics)) {
				fmt.Fprintf(&out, "%s %s %s %s", arm.Name, l.Name, name, interval(l.Metrics[name]))
				if c, ok := l.VersusBaseline[name]; ok {
					fmt.Fprintf(&out, " ×%.3g [%.3g, %.3g] %+.3g [%.3g, %.3g]", c.Ratio, c.Lo, c.Hi, c.Difference, c.DifferenceLo, c.DifferenceHi)
				}
				fmt.Fprintf(&out, " %s\n", l.Ties[name])
			}
		}
	}
	golden.Equal(t, "testdata/figures.txt", out.String())
}

// The planted figures are found, and their intervals hold them.
func TestPlantedTruth(t *testing.T) {
	a := analyze(t, quick().run(t))
	checkGolden(t, a)
	checkLatencies(t, find(t, a, "jwt", "open"))
	checkCounts(t, a.Summary.Arms[0].Metrics, find(t, a, "jwt", "open"))
	if a.Summary.Validity != result.Valid || len(a.Summary.Warnings) != 0 {
		t.Errorf("%s: %v", a.Summary.Validity, a.Summary.Warnings)
	}
	for _, load := range []string{"closed", "open"} {
		jwt := find(t, a, "jwt", load)
		c := jwt.VersusBaseline["cpu_us_per_request"]
		if !(c.Lo < 4 && 4 < c.Hi) || !(c.DifferenceLo < 30 && 30 < c.DifferenceHi) || c.N != 10 {
			t.Errorf("%s: tax %+v, planted ratio 4, difference 30", load, c)
		}
		if half := (c.Hi - c.Lo) / 2 / c.Ratio; half > 0.03 {
			t.Errorf("%s: the ratio's half-width is %.1f %%", load, 100*half)
		}
		if ties := jwt.Ties["cpu_us_per_request"]; ties != "c" {
			t.Errorf("%s: jwt is the dearest of three that differ: letter %q, want c", load, ties)
		}
	}
	if e := find(t, a, "none", "closed").Metrics["throughput_rps"]; math.Abs(e.Value/1e5-1) > 0.05 {
		t.Errorf("throughput %+v, planted 100,000", e)
	}
}

func checkLatencies(t *testing.T, open *Load) {
	if c := open.VersusBaseline["response_p50_us"]; !(c.Lo < 1.8 && 1.8 < c.Hi) {
		t.Errorf("median response %+v, planted ratio 1.8", c)
	}
	if e := open.Metrics["response_p50_us"]; math.Abs(e.Value/90-1) > 0.05 || e.N != 10 || e.Lo == nil {
		t.Errorf("median response %+v, planted 90", e)
	}
	// The lognormal's 99th percentile is exp(2.326·0.3) = 2.01 medians.
	if e := open.Metrics["response_p99_us"]; math.Abs(e.Value/(2.01*90)-1) > 0.08 {
		t.Errorf("p99 response %+v, planted %v", e, 2.01*90)
	}
	// At the 99.9th it is exp(3.09·0.3) = 2.527, and what the noise of rounds adds.
	if e := open.Metrics["response_p999_us"]; e.Lo == nil || !(*e.Lo < e.Value && e.Value < *e.Hi) || e.Value < 90*2.45 || e.Value > 90*2.75 {
		t.Errorf("p99.9 response %+v, planted %v", e, 90*2.527)
	}
}

func checkCounts(t *testing.T, arm map[string]Estimate, open *Load) {
	if open.Rate != 10_000 || math.Abs(open.Utilisation-0.4) > 1e-9 || open.Requests != 20_000 {
		t.Errorf("rate %v, utilisation %v, requests %v", open.Rate, open.Utilisation, open.Requests)
	}
	if arm["memory_bytes"].Value != 30<<20 || arm["allocations_per_request"].Value != 3 || arm["allocated_bytes_per_request"].Value != 64 {
		t.Errorf("arm metrics %+v", arm)
	}
	// Four cycles in two open slices of 100 ms, two closed ones of 10 ms (1,000
	// requests of 10 µs), and four times 20 ms of settling.
	if gc := arm["gc_cycles_per_second"].Value; math.Abs(gc/(4/0.30)-1) > 0.02 {
		t.Errorf("GC cycles per second %v, planted %v", gc, 4/0.30)
	}
	if m := open.Metrics; m["request_bytes"].Value != 100 || m["response_bytes"].Value != 150 || m["wrong_verdicts"].Value != 0 {
		t.Errorf("bytes %+v", m)
	}
}

func TestHealth(t *testing.T) {
	m := quick()
	m.launches, m.rounds, m.samples = 2, 2, 1
	r := m.run(t)
	r.Slices[3].LateSends = 8 // open: the first round's order is 3 closed, 3 open
	r.Launches[0].Noise.Steal = 0.005
	repeated := r.Slices[3]
	repeated.Attempt = 2
	r.Slices[3].Counts, r.Slices[3].Invalid = false, []string{"delivered"}
	r.Slices = append(r.Slices, repeated)
	h := analyze(t, r).Summary.Health
	if h.LagP50 != 0.5 || h.LagP99 != 0.5 || h.LateShare != 8.0/12_000 || h.Delivered != 1 || math.Abs(h.CPU-0.2) > 1e-9 ||
		h.Repeated != 1.0/25 || math.Abs(h.Steal-0.0025) > 1e-12 {
		t.Errorf("%+v", h)
	}
}

// Where nothing was due, nothing is said of how late it was: not 0 ns, but nothing.
func TestHealthWithoutOpenLoads(t *testing.T) {
	m := quick()
	m.loads = bothLoads[:1]
	text, err := json.Marshal(analyze(t, m.run(t)).Summary.Health)
	if want := `{"repeated":0,"steal":0}`; err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

// An arm of which nobody knows whether it is safe is remarked; one that checks nothing
// is not.
func TestNotExamined(t *testing.T) {
	r := quick().run(t)
	for arm, why := range map[string]string{"none": bench.ChecksNothing, "apikey": "its requests are not plain GETs"} {
		r.Conformance = append(r.Conformance, bench.Conformance{Arm: arm, Untested: why})
	}
	var about []string
	s := analyze(t, r).Summary
	for _, w := range s.Warnings {
		if w.Code == codeNotExamined {
			about = append(about, w.Arm+" "+string(w.Level)+" "+w.Text)
		}
	}
	if want := []string{"apikey info this run does not tell whether it is safe: its requests are not plain GETs"}; !slices.Equal(about, want) || s.Validity != result.Valid {
		t.Errorf("%q, %s; want %q", about, s.Validity, want)
	}
}

// Of several attempts the latest that counts is used, whatever its place in the
// file.
func TestLatestCountingAttempt(t *testing.T) {
	m := quick()
	m.launches, m.rounds, m.samples, m.loads = 6, 1, 0, bothLoads[:1]
	r := m.run(t)
	first := r.Slices[0]
	attempt := func(n int, counts bool, micros int64) bench.Slice {
		s := first
		s.Attempt, s.Counts, s.ServerCPU = n, counts, micros*1e3*s.Answered
		return s
	}
	r.Slices = append(r.Slices[1:], attempt(2, true, 777), attempt(3, false, 999), attempt(1, true, 5))
	a := analyze(t, r)
	for _, p := range a.Points {
		if p.Arm == first.Arm && p.Launch == 1 && p.CPUMicros != 777 {
			t.Errorf("point %+v, want the second attempt's 777 µs", p)
		}
	}
	if len(a.Points) != 18 {
		t.Errorf("%d points, want one per place", len(a.Points))
	}
}

func TestEndings(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*result.Run)
		verdict result.Validity
		status  bench.Status
		first   string // code of the first warning
	}{
		"whole":       {func(*result.Run) {}, result.Valid, bench.Completed, codeFewSamples},
		"cut off":     {func(r *result.Run) { r.Footer = nil; r.Launches = r.Launches[:7] }, result.Suspicious, bench.Interrupted, codeUnfinished},
		"interrupted": {func(r *result.Run) { r.Footer.Status = bench.Interrupted }, result.Suspicious, bench.Interrupted, codeUnfinished},
		"failed":      {func(r *result.Run) { r.Footer.Status = bench.Failed; r.Footer.Reason = "disk full" }, result.Suspicious, bench.Failed, codeUnfinished},
		"one launch":  {func(r *result.Run) { r.Launches = r.Launches[:1] }, result.Suspicious, bench.Completed, codeFewLaunches},
		"no launch":   {func(r *result.Run) { r.Footer, r.Launches = nil, nil }, result.Invalid, bench.Interrupted, codeUnfinished},
		"throttled":   {func(r *result.Run) { r.Launches[2].Noise.Throttled = 1 }, result.Invalid, bench.Completed, "throttled"},
		"steal":       {func(r *result.Run) { r.Launches[2].Noise.Steal = 0.05 }, result.Suspicious, bench.Completed, "steal"},
		"recorded": {func(r *result.Run) {
			r.Warnings = []bench.Warning{{Kind: bench.KindWarning, Code: "one_cpu", Level: bench.Suspicious}}
		}, result.Suspicious, bench.Completed, "one_cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			m := quick()
			m.rounds, m.samples = 2, 0
			r := m.run(t)
			c.change(r)
			s := analyze(t, r).Summary
			if s.Validity != c.verdict || s.Status != c.status || s.Warnings[0].Code != c.first || s.Warnings[0].Kind != "" {
				t.Errorf("verdict %s, status %s, warnings %v; want %s, %s, first %s", s.Validity, s.Status, s.Warnings, c.verdict, c.status, c.first)
			}
			n := s.Arms[1].Loads[0].Metrics["cpu_us_per_request"].N
			if s.Launches != len(r.Launches) || n != len(r.Launches) {
				t.Errorf("%d launches, a figure of %d; %d were closed", s.Launches, n, len(r.Launches))
			}
			_, err := json.Marshal(s)
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// Below six launches there are values and no intervals.
func TestFewLaunches(t *testing.T) {
	m := quick()
	m.launches, m.samples = 5, 0
	l := find(t, analyze(t, m.run(t)), "jwt", "closed")
	e, ok := l.Metrics["cpu_us_per_request"]
	if !ok || e.Lo != nil || e.Hi != nil || e.N != 5 || len(l.VersusBaseline) != 0 || len(l.Ties) != 0 {
		t.Errorf("%+v, compared %v, ties %v", e, l.VersusBaseline, l.Ties)
	}
}

// unsafe makes the arm jwt fail the attack catalogue.
func unsafe(r *result.Run) {
	r.Conformance = []bench.Conformance{{Arm: "jwt", Passed: 90, Failed: 2, Failures: []bench.CaseFailure{
		{ID: "T-01", Title: "a token of nobody", Gating: true}, {ID: "T-02", Title: "another spelling"},
	}}}
}
