package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

func TestConformanceIsSummarized(t *testing.T) {
	r := quick().run(t)
	unsafe(r)
	a := analyze(t, r)
	for _, arm := range a.Summary.Arms {
		if (arm.Conformance != nil) != (arm.Name == "jwt") {
			t.Errorf("%s: %+v", arm.Name, arm.Conformance)
		}
		if want := "it fails the attack catalogue: T-01 (a token of nobody)"; arm.Name == "jwt" && arm.Reason != want {
			t.Errorf("reason %q, want %q", arm.Reason, want)
		}
	}
}

// One void arm leaves the others as they are.
func TestVoidArms(t *testing.T) {
	for name, c := range map[string]struct {
		arm     string
		change  func(*result.Run, *bench.Slice)
		status  ArmStatus
		verdict result.Validity
	}{
		"a false accept": {"jwt", func(_ *result.Run, s *bench.Slice) { s.FalseAccepts, s.WrongVerdicts = 1, 1 }, ArmUnsafe, result.Suspicious},
		"works beyond its bound": {"jwt", func(r *result.Run, s *bench.Slice) {
			r.Episodes = []bench.EpisodeRecord{{Episode: "worst", Arm: "jwt", Revocations: []bench.Revocation{{Accepted: 9e9, Refused: 9e9 + 1e6}}}}
		}, ArmUnsafe, result.Suspicious},
		"works beyond its bound, and refuses": {"jwt", func(r *result.Run, s *bench.Slice) {
			r.Episodes = []bench.EpisodeRecord{{Episode: "worst", Arm: "jwt", Revocations: []bench.Revocation{{Accepted: 9e9, Refused: 9e9 + 1e6}}}}
			s.WrongVerdicts = 500
		}, ArmUnsafe, result.Suspicious},
		"many refusals":       {"jwt", func(_ *result.Run, s *bench.Slice) { s.WrongVerdicts = 500 }, ArmFailed, result.Suspicious},
		"many errors":         {"jwt", func(_ *result.Run, s *bench.Slice) { s.Errors = map[string]int64{"reset": 500} }, ArmFailed, result.Suspicious},
		"few errors":          {"jwt", func(_ *result.Run, s *bench.Slice) { s.Errors = map[string]int64{"reset": 3} }, ArmOK, result.Valid},
		"few refusals":        {"jwt", func(_ *result.Run, s *bench.Slice) { s.WrongVerdicts = 3 }, ArmOK, result.Suspicious},
		"its target died":     {"jwt", lost, ArmFailed, result.Suspicious},
		"the baseline died":   {"none", lost, ArmFailed, result.Invalid},
		"skipped":             {"jwt", func(r *result.Run, _ *bench.Slice) { r.Header.Arms[2].Skipped = "no redis-server" }, ArmSkipped, result.Valid},
		"fails the catalogue": {"jwt", func(r *result.Run, _ *bench.Slice) { unsafe(r) }, ArmUnsafe, result.Valid},
		"fails what does not gate": {"jwt", func(r *result.Run, _ *bench.Slice) {
			unsafe(r)
			r.Conformance[0].Safe = true
		}, ArmOK, result.Valid},
		"fails both ways": {"jwt", func(r *result.Run, s *bench.Slice) {
			unsafe(r)
			s.WrongVerdicts = 500
		}, ArmFailed, result.Suspicious},
	} {
		t.Run(name, func(t *testing.T) {
			m := quick()
			m.samples = 0
			r := m.run(t)
			i := slices.IndexFunc(r.Slices, func(s bench.Slice) bool { return s.Arm == c.arm })
			c.change(r, &r.Slices[i])
			a := analyze(t, r)
			for _, arm := range a.Summary.Arms {
				want := ArmOK
				if arm.Name == c.arm {
					want = c.status
				}
				if arm.Status != want || (want != ArmOK) != (arm.Reason != "") {
					t.Errorf("%s is %s (%s), want %s", arm.Name, arm.Status, arm.Reason, want)
				}
				for _, l := range arm.Loads {
					if want != ArmOK && len(l.VersusBaseline)+len(l.Ties) > 0 {
						t.Errorf("%s is compared", arm.Name)
					}
					if want == ArmOK && len(l.Ties) == 0 {
						t.Errorf("%s is not compared", arm.Name)
					}
				}
			}
			if a.Summary.Validity != c.verdict {
				t.Errorf("verdict %s, want %s: %v", a.Summary.Validity, c.verdict, a.Summary.Warnings)
			}
		})
	}
}

// TestShownArms: an unsafe arm that the scenario shows has its figures, and what it
// costs above the baseline; it is in no tie group and no ladder, and the other arms
// are compared as if it were not there. As the baseline it serves nevertheless.
func TestShownArms(t *testing.T) {
	for _, baseline := range []string{"none", "jwt"} {
		m := quick()
		m.samples = 0
		r := m.run(t)
		r.Header.Scenario.Baseline = baseline
		r.Header.Scenario.Ladders = []bench.Ladder{{"none", "jwt"}}
		unsafe(r)
		r.Header.Scenario.Safety = bench.SafetyShown
		s := analyze(t, r).Summary
		if s.Validity != result.Valid || s.Ladders[0].Missing != "jwt is unsafe" {
			t.Errorf("verdict %s, ladder %+v", s.Validity, s.Ladders[0])
		}
		for _, arm := range s.Arms {
			shown := arm.Name == "jwt"
			if (arm.Status == ArmShown) != shown || (arm.Reason != "") != shown || !arm.Status.Measured() {
				t.Errorf("%s is %s: %s", arm.Name, arm.Status, arm.Reason)
			}
			for _, l := range arm.Loads {
				if (len(l.VersusBaseline) > 0) != (arm.Name != baseline) || (len(l.Ties) > 0) == shown || len(l.Metrics) == 0 {
					t.Errorf("%s, baseline %s: compared %v, ties %v", arm.Name, baseline, l.VersusBaseline, l.Ties)
				}
			}
		}
		scope := Scope(r.Header.Scenario)
		if got := judged(t, "jwt:cpu>1ns", scope, s.Subjects()); strings.Count(got, "cpu_us_per_request is ") != 2 {
			t.Errorf("a limit that its CPU breaks under both loads: %s", got)
		}
		if got := judged(t, "jwt:p99>1ns", scope, s.Subjects()); !strings.Contains(got, "cannot be judged") {
			t.Errorf("a limit on a figure that it lacks: %s", got)
		}
	}
}

func lost(r *result.Run, s *bench.Slice) {
	r.Warnings = append(r.Warnings, bench.Warning{Code: bench.WarnTargetLost, Level: bench.Void, Arm: s.Arm, Text: "the target failed"})
}

// A generator that is too busy, or a clipped time, spoils the latencies of its
// cell and nothing else.
func TestVoidLatency(t *testing.T) {
	for name, change := range map[string]func(*bench.Slice){
		"generator": func(s *bench.Slice) { s.GeneratorSpin = 0 },
		"clipped":   func(s *bench.Slice) { s.Clipped = 1 },
		"late":      func(s *bench.Slice) { s.LateSends = s.Sent / 10 },
		"lag":       func(s *bench.Slice) { s.Valid.Lag = s.Valid.Response },
		"lies":      func(s *bench.Slice) { s.Occupancy = 1 },
	} {
		m := quick()
		m.launches, m.rounds, m.samples = 6, 1, 100
		r := m.run(t)
		for i := range r.Slices {
			if s := &r.Slices[i]; s.Arm == "jwt" && s.Load == "open" {
				change(s)
			}
		}
		a := analyze(t, r)
		l := find(t, a, "jwt", "open")
		for metric := range l.Metrics {
			if strings.HasPrefix(metric, "response_p") {
				t.Errorf("%s: %s is shown", name, metric)
			}
		}
		if _, ok := l.VersusBaseline["cpu_us_per_request"]; !ok {
			t.Errorf("%s: its CPU is not compared", name)
		}
		if _, ok := find(t, a, "apikey", "open").VersusBaseline["response_p50_us"]; !ok {
			t.Errorf("%s: another arm's latency is not compared", name)
		}
		if drawn := slices.ContainsFunc(a.Distributions, func(d Distribution) bool { return d.Arm == "jwt" && d.Load == "open" }); drawn {
			t.Errorf("%s: its latencies are drawn", name)
		}
		if a.Summary.Validity != result.Suspicious {
			t.Errorf("%s: verdict %s", name, a.Summary.Validity)
		}
	}
}

func TestURLArm(t *testing.T) {
	r := plain().run(t)
	r.Header.Arms[2].HasCPU, r.Header.Arms[2].Restarts = false, false
	a := analyze(t, r)
	l := find(t, a, "jwt", "closed")
	if _, ok := l.Metrics["cpu_us_per_request"]; ok || l.Ties["cpu_us_per_request"] != "" {
		t.Error("a CPU figure without a CPU clock")
	}
	if _, ok := l.VersusBaseline["throughput_rps"]; !ok {
		t.Error("no throughput comparison")
	}
	if !slices.Contains(codes(a), codeNotRestarted) {
		t.Errorf("warnings %v", codes(a))
	}
	for _, p := range a.Points {
		if (p.Arm == "jwt") != math.IsNaN(p.CPUMicros) {
			t.Fatalf("point %+v", p)
		}
	}
}

func TestSlowArms(t *testing.T) {
	m := quick()
	m.launches, m.rounds, m.samples = 6, 1, 100
	m.arms = append(m.arms, truth{"bcrypt", 1e5, 1e5})
	r := m.run(t)
	a := analyze(t, r)
	if _, ok := find(t, a, "jwt", "open").VersusBaseline["response_p50_us"]; !ok {
		t.Error("the latency of another arm is not compared")
	}
	if _, ok := find(t, a, "bcrypt", "open").VersusBaseline["response_p50_us"]; ok {
		t.Error("an arm below a tenth of the median capacity has its latency compared")
	}
	if _, ok := find(t, a, "bcrypt", "open").VersusBaseline["cpu_us_per_request"]; !ok {
		t.Error("its CPU is not compared")
	}
	for i := range r.Slices {
		if s := &r.Slices[i]; s.Arm == "bcrypt" { // measured closed, over one connection
			s.Rate, s.Scheduled, s.Sent, s.Connections, s.Valid.Response = 0, 0, 0, 1, ""
		}
	}
	a = analyze(t, r)
	for _, load := range []string{"closed", "open"} {
		l := find(t, a, "bcrypt", load)
		for metric := range l.Metrics {
			if strings.Contains(metric, "_p") && metric != "cpu_us_per_request" || metric == "throughput_rps" {
				t.Errorf("%s: %s is shown", load, metric)
			}
		}
	}
	if !slices.Contains(codes(a), codeSlowArm) || !slices.Contains(codes(a), codeNotComparable) {
		t.Errorf("warnings %v", codes(a))
	}
}

func TestBadHistogramIsAnError(t *testing.T) {
	m := quick()
	m.samples = 0
	r := m.run(t)
	r.Slices[4].Valid.Response = "garbage" // the first round's order is 3 closed, 3 open
	if _, err := Analyze(r); err == nil || !strings.Contains(err.Error(), "arm apikey, load open, launch 1, round 0") {
		t.Errorf("got %v, want an error that says where", err)
	}
}

// Lines that are not what was written are named, and leave the rest of a run in doubt.
func TestDamagedLines(t *testing.T) {
	r := quick().run(t)
	r.Damaged = []int{3, 14, 15, 92, 65, 35}
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	if w := a.Summary.Warnings[0]; w.Code != "damaged" || !strings.Contains(w.Text, "6 lines") || !strings.Contains(w.Text, "3, 14, 15, 92, 65, 1 more") || a.Summary.Validity != result.Suspicious {
		t.Errorf("verdict %s, first warning %+v", a.Summary.Validity, w)
	}
}

// A server that others kept from its CPUs has no costs and no throughput to show.
func TestUnsaturated(t *testing.T) {
	r := quick().run(t)
	for i := range r.Slices {
		if s := &r.Slices[i]; s.Arm == "apikey" && s.Load == "closed" {
			s.ServerCPU = s.Measured / 5
		}
	}
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, w := range a.Summary.Warnings {
		found = found || w.Code == validity.CodeUnsaturated && w.Arm == "apikey" && w.Level == bench.Void
	}
	if !found || a.Summary.Validity != result.Suspicious {
		t.Errorf("verdict %s, warnings %+v", a.Summary.Validity, a.Summary.Warnings)
	}
	for _, arm := range a.Summary.Arms {
		m := arm.Loads[0].Metrics
		_, cpu := m["cpu_us_per_request"]
		_, rate := m["throughput_rps"]
		if shown := arm.Name != "apikey"; cpu != shown || rate != shown {
			t.Errorf("%s: CPU shown %v, throughput %v, want %v", arm.Name, cpu, rate, shown)
		}
	}
}
