package analysis

import (
	"slices"
	"strings"
	"testing"

	"authbench/bench"
)

// TestKeyMetrics: fetches are counted over the time in which requests came, failures
// and replacements over all launches.
func TestKeyMetrics(t *testing.T) {
	m := quick()
	m.samples = 0
	r := m.run(t)
	for i := range r.Launches {
		l := &r.Launches[i]
		for _, s := range r.Slices {
			if s.Launch == l.Launch {
				l.Start, l.Length = s.Start-5e9, 15e9 // 5 s went by before the first slice
				break
			}
		}
		jwt := &l.Arms[2]
		jwt.Counters.KeySet = &bench.KeySetCounters{Fetches: 4, Failed: int64(i % 2)}
		jwt.Rotation = &bench.Rotation{Learned: int64(i+1) * 1e9, Used: i > 2}
	}
	s := analyze(t, r).Summary
	for metric, want := range map[string]float64{"key_fetches_per_second": 0.4, "failed_key_fetches": 5, "key_replacements": 7, "new_key_learned_us": 10e6} {
		if got, ok := s.Arms[2].Metrics[metric]; !ok || got.Value != want {
			t.Errorf("%s is %+v, want %v", metric, got, want)
		}
		if got, ok := s.Arms[1].Metrics[metric]; ok {
			t.Errorf("%s of an arm that fetches no keys: %+v", metric, got)
		}
	}
	short := slices.IndexFunc(s.Warnings, func(w bench.Warning) bool { return w.Code == codeNoReplacement })
	if short < 0 || s.Warnings[short].Arm != "jwt" || !strings.HasPrefix(s.Warnings[short].Text, "3 of 10 launches ended before") {
		t.Errorf("warnings %+v", s.Warnings)
	}
	r.Launches[9].Arms[2].Rotation.Learned = 0
	if got, ok := analyze(t, r).Summary.Arms[2].Metrics["new_key_learned_us"]; ok {
		t.Errorf("a key that was never fetched was learned after %v", got)
	}
}
