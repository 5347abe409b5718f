package export

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	promlabels "github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"authbench/internal/judge/analysis"
)

// dashboard is what a Grafana dashboard asks for.
type dashboard struct {
	Templating struct {
		List []struct {
			Name, Type, Definition string
		}
	}
	Panels []struct {
		Title   string
		Targets []struct{ Expr, LegendFormat string }
	}
}

// labelValues is Grafana's question for the values of a variable, which is no PromQL.
var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// The dashboard asks in PromQL, and for nothing that is not written: neither names nor
// labels.
func TestDashboardReadsWhatIsWritten(t *testing.T) {
	text, err := os.ReadFile("../../../docs/grafana/authbench.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	written := writtenLabels(t)
	asked := map[string]bool{}
	ask := func(where, query string, labels ...string) {
		for _, name := range askedNames(t, where, query, &labels) {
			asked[name] = true
			if written[name] == nil {
				t.Errorf("%s asks for %s, which is not written", where, name)
				continue
			}
			for _, label := range labels {
				if !written[name][label] {
					t.Errorf("%s asks for label %q of %s, which is written with %v", where, label, name, written[name])
				}
			}
		}
	}
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		if m := labelValues.FindStringSubmatch(v.Definition); m != nil {
			ask("variable "+v.Name, m[1], m[2])
		} else {
			t.Errorf("variable %s asks %q", v.Name, v.Definition)
		}
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			var labels []string
			for _, m := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				labels = append(labels, m[1])
			}
			ask("panel "+p.Title, target.Expr, labels...)
		}
	}
	if len(asked) < 10 {
		t.Errorf("the dashboard asks for %d names: does the test still see them?", len(asked))
	}
}

// askedNames returns the series that a query asks for, and adds its labels to those asked
// for. Grafana puts values in the place of variables before Prometheus sees a query.
func askedNames(t *testing.T, where, query string, labels *[]string) (names []string) {
	t.Helper()
	text := strings.NewReplacer("$scenario", "quick", "$arm", "apikey|jwt", "$every", "1d").Replace(query)
	expr, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: Prometheus does not read %q: %v", where, text, err)
	}
	for _, matchers := range parser.ExtractSelectors(expr) {
		for _, m := range matchers {
			if m.Name == promlabels.MetricName {
				names = append(names, m.Value)
			} else {
				*labels = append(*labels, m.Name)
			}
		}
	}
	if len(names) == 0 {
		t.Errorf("%s asks for no series: %q", where, query)
	}
	return names
}

// writtenLabels are the labels of each series that is written of two results: a published
// one, and one that searched for the capacity.
func writtenLabels(t *testing.T) map[string]map[string]bool {
	t.Helper()
	searched := small()
	arm := &searched.Summary.Arms[0]
	arm.Loads = append(arm.Loads, analysis.Load{Name: "capacity", Metrics: map[string]analysis.Estimate{"capacity_rps": arm.Metrics["cache_hit_share"]}})
	searched.Figures = searched.Summary.Figures()
	out := map[string]map[string]bool{}
	for _, results := range [][]Result{One(analyzed(t, nil)), {searched}} {
		for _, s := range readOpenMetrics(t, openMetricsOf(t, results, nil, false)) {
			if out[s.name] == nil {
				out[s.name] = map[string]bool{}
			}
			for _, m := range regexp.MustCompile(`[{,](\w+)=`).FindAllStringSubmatch(s.labels, -1) {
				out[s.name][m[1]] = true
			}
		}
	}
	return out
}
