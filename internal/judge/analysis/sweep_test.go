package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
)

func swept() synthetic {
	m := quick()
	m.loads = []bench.Load{{Name: "sweep", Kind: bench.Sweep, Connections: 64, Fractions: []float64{0.5, 0.9}}}
	m.rounds = 4 // two passes over two fractions
	return m
}

// Each level is what was planted, and nothing mixes levels.
func TestSweep(t *testing.T) {
	m := swept()
	a := analyze(t, m.run(t))
	for _, arm := range m.arms {
		l := find(t, a, arm.name, "sweep")
		if len(l.Levels) != 2 || l.Requests != 10*4*1000 || len(l.Metrics) != 0 || l.Utilisation != 0 {
			t.Fatalf("%s: %+v", arm.name, l)
		}
		for i, fraction := range []float64{0.5, 0.9} {
			level := l.Levels[i]
			rate := fraction * 1e6 / arm.cpuMicros
			if level.Fraction != fraction || math.Abs(level.Rate/rate-1) > 1e-6 || level.Requests != 10*2*1000 {
				t.Errorf("%s: %+v", arm.name, level)
			}
			holds(t, arm.name, level.Metrics, "throughput_rps", rate, 0.001)
			holds(t, arm.name, level.Metrics, "cpu_us_per_request", arm.cpuMicros, 0.03)
			holds(t, arm.name, level.Metrics, "response_p50_us", arm.medianMicros/(1-fraction), 0.05)
		}
	}
	if len(a.Distributions) != 0 {
		t.Errorf("%d distributions of mixed rates", len(a.Distributions))
	}
}

func holds(t *testing.T, arm string, found map[string]Estimate, name string, want, tolerance float64) {
	t.Helper()
	e, ok := found[name]
	if !ok || math.Abs(e.Value/want-1) > tolerance || e.Lo == nil || *e.Lo > e.Value || *e.Hi < e.Value {
		t.Errorf("%s: %s is %+v, want %v with an interval", arm, name, e, want)
	}
}

// A quantile without 50 samples beyond it is absent, and a warning says so.
func TestSweepTooShort(t *testing.T) {
	m := swept()
	m.samples, m.launches = 200, 6 // 2,400 per level: enough for a p90
	a := analyze(t, m.run(t))
	metrics := find(t, a, "jwt", "sweep").Levels[0].Metrics
	if _, has := metrics["response_p99_us"]; has || metrics["response_p90_us"].Value == 0 {
		t.Errorf("metrics %v", metrics)
	}
	said := slices.ContainsFunc(a.Summary.Warnings, func(w bench.Warning) bool {
		return w.Code == codeFewSamples && w.Arm == "jwt" && strings.Contains(w.Text, "p99 at 0.5, p99 at 0.9")
	})
	if !said {
		t.Errorf("no warning: %+v", a.Summary.Warnings)
	}
}

func TestSweepTooSlow(t *testing.T) {
	r := swept().run(t)
	for i, s := range r.Slices {
		if s.Arm == "jwt" {
			r.Slices[i].Rate, r.Slices[i].Connections = 0, 1 // see bench.Visit
		}
	}
	a := analyze(t, r)
	if l := find(t, a, "jwt", "sweep"); len(l.Levels) != 0 || !slices.Contains(codes(a), codeSlowArm) {
		t.Errorf("%+v, warnings %v", l, codes(a))
	}
}
