package export

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
)

// The dashboard asks for nothing that is not written: neither names nor labels.
func TestDashboardReadsWhatIsWritten(t *testing.T) {
	const page = "../../../docs/grafana/authbench.json"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"authbench_run_info": true, "authbench_arm_info": true}
	for _, m := range limit.Metrics() {
		if m.Source&limit.Run == 0 {
			continue
		}
		for _, p := range []analysis.Place{{Metric: m.Name}, {Metric: m.Name, VersusBaseline: true}} {
			name, _ := Family(p)
			known[name], known[name+"_low"], known[name+"_high"] = true, true, true
		}
	}
	real := map[string]bool{}
	for _, s := range readOpenMetrics(t, openMetricsOf(t, One(analyzed(t, nil)), nil, false)) {
		real[s.name] = true
	}
	asked := map[string]bool{}
	for _, found := range regexp.MustCompile(`\bauthbench_[a-z0-9_]+`).FindAllString(string(text), -1) {
		asked[found] = true
		// The result that is read has no search for capacity, and counts have no interval.
		if !known[found] || !real[found] && !strings.Contains(found, "capacity") {
			t.Errorf("the dashboard reads %s, which is not written", found)
		}
	}
	if len(asked) < 10 {
		t.Errorf("the dashboard reads %d names: does the test still see them?", len(asked))
	}
	for _, label := range regexp.MustCompile(`\{\{(\w+)\}\}|[{, ](\w+)=~?\\"`).FindAllStringSubmatch(string(text), -1) {
		if name := label[1] + label[2]; !slices.Contains([]string{"scenario", "arm", "load"}, name) {
			t.Errorf("the dashboard reads label %q", name)
		}
	}
}
