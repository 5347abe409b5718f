package report

import (
	"fmt"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// TestKeySets: the first paragraph says how often keys were fetched, and what failed.
func TestKeySets(t *testing.T) {
	for name, c := range map[string]struct {
		arms []map[string]float64
		want string
	}{
		"none": {[]map[string]float64{{}}, ""},
		"quiet": {[]map[string]float64{{"key_fetches_per_second": 0.2, "failed_key_fetches": 0}, {"key_fetches_per_second": 0.93}},
			"The key set was fetched 0.200 /s by none and 0.930 /s by apikey, the fetches with which each launch begins included; no fetch failed."},
		"failing": {[]map[string]float64{{"key_fetches_per_second": 0.2, "failed_key_fetches": 3}},
			"The key set was fetched 0.200 /s by none, the fetches with which each launch begins included; fetches failed: 3 of none."},
		"replaced": {[]map[string]float64{{"key_fetches_per_second": 0.2, "key_replacements": 10, "new_key_learned_us": 5.4e6}},
			"The key set was fetched 0.200 /s by none, the fetches with which each launch begins included; no fetch failed. The issuer of none replaced its key in 10 launches: no request failed, and the server had the new one 5.40 s after its publication at the latest."},
		"missed": {[]map[string]float64{{}, {"key_fetches_per_second": 0.2, "key_replacements": 1}},
			"The key set was fetched 0.200 /s by apikey, the fetches with which each launch begins included; no fetch failed. The issuer of apikey replaced its key in 1 launch: 7 of 828 716 requests failed, and not every time did the server fetch the new one."},
	} {
		s := &sample().Summary
		s.Arms[1].Loads[1].Failures = 7
		for i, metrics := range c.arms {
			s.Arms[i].Metrics = map[string]analysis.Estimate{}
			for metric, value := range metrics {
				s.Arms[i].Metrics[metric] = analysis.Estimate{Value: value}
			}
		}
		spaces := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
		got := spaces.Replace(wordsOf(s).Answer[0])
		if want := strings.TrimSpace(spaces.Replace(answer(s)) + " " + c.want); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
	many := &analysis.Summary{}
	for i := range mostNamed + 1 {
		many.Arms = append(many.Arms, analysis.Arm{Name: fmt.Sprint(i), Status: analysis.ArmOK, Metrics: map[string]analysis.Estimate{"key_fetches_per_second": {Value: 1}}})
	}
	if text := keySets(many); text != "How often servers fetched their keys is in the details of each arm." {
		t.Errorf("many: %s", text)
	}
}
