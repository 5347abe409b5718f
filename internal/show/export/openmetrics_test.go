package export

import (
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	promlabels "github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"authbench/internal/judge/analysis"
)

// seen is one value as Prometheus reads it. at is in seconds, empty for none.
type seen struct {
	name, labels string
	value        float64
	at           string
}

// readOpenMetrics reads text with Prometheus' own parser, and checks what that does not:
// that families stand together, that no value comes twice, and that times rise.
func readOpenMetrics(t *testing.T, text string) []seen {
	t.Helper()
	if !strings.HasSuffix(text, "# EOF\n") {
		t.Errorf("it does not end with # EOF")
	}
	parser := textparse.NewOpenMetricsParser([]byte(text), promlabels.NewSymbolTable())
	var out []seen
	family := ""
	typed := map[string]bool{}
	last := map[string]int64{}
	previous := ""
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("Prometheus does not read it: %v", err)
		}
		switch entry {
		case textparse.EntryType:
			name, _ := parser.Type()
			if family = string(name); typed[family] {
				t.Errorf("family %s stands in two places", family)
			}
			typed[family] = true
		case textparse.EntrySeries:
			_, at, value := parser.Series()
			var l promlabels.Labels
			parser.Labels(&l)
			s := seen{name: l.Get("__name__"), value: value}
			if s.name != family {
				t.Errorf("%s stands in family %s", s.name, family)
			}
			named := l.Map()
			delete(named, "__name__")
			s.labels = sortedLabels(named)
			key, millis := s.name+s.labels, int64(0)
			if at != nil {
				millis, s.at = *at, strconv.FormatInt(*at/1000, 10)
			}
			if before, known := last[key]; known && (before >= millis || key != previous) {
				t.Errorf("%s comes again, apart or not later", key)
			}
			last[key], previous = millis, key
			out = append(out, s)
		}
	}
}

func sortedLabels(named map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		pairs = append(pairs, name+"="+strconv.Quote(named[name]))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// Prometheus reads one result, two that are compared, and many with their times.
func TestOpenMetricsIsRead(t *testing.T) {
	old, new := analyzed(t, nil), analyzed(t, slower)
	changes := analysis.Compare(old, new).Changes
	for name, c := range map[string]struct {
		results []Result
		changes []analysis.Change
		timed   bool
	}{
		"one":     {One(old), nil, false},
		"two":     {Two(old, new), changes, false},
		"several": {append(One(old), One(new)...), nil, true},
		"none":    {nil, nil, true},
	} {
		got := readOpenMetrics(t, openMetricsOf(t, c.results, c.changes, c.timed))
		values := 0
		for _, s := range got {
			if (s.at != "") != c.timed {
				t.Errorf("%s: %s has the time %q", name, s.name, s.at)
			}
			if !strings.HasSuffix(s.name, "_low") && !strings.HasSuffix(s.name, "_high") && !strings.HasPrefix(s.name, "authbench_run") && !strings.HasPrefix(s.name, "authbench_arm") {
				values++
			}
		}
		want := len(c.changes)
		for _, r := range c.results {
			want += len(r.Figures)
		}
		if values != want {
			t.Errorf("%s: %d values, want %d", name, values, want)
		}
	}
}

// node_exporter's textfile collector, whose parser knows the older format alone, reads what
// has no times: the same names and values.
func TestTextfileCollectorReads(t *testing.T) {
	foreign := small()
	foreign.Figures[0].Metric = `a "quoted" \metric`
	old, new := analyzed(t, nil), analyzed(t, slower)
	for name, text := range map[string]string{
		"one":     openMetricsOf(t, []Result{foreign}, nil, false),
		"two":     openMetricsOf(t, Two(old, new), analysis.Compare(old, new).Changes, false),
		"nothing": openMetricsOf(t, nil, nil, false),
	} {
		var parser expfmt.TextParser
		families, err := parser.TextToMetricFamilies(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		values := map[string]int{}
		for _, s := range readOpenMetrics(t, text) {
			values[s.name]++
		}
		for metric, n := range values {
			if f := families[metric]; f.GetType().String() != "GAUGE" || len(f.GetMetric()) != n {
				t.Errorf("%s: %s has %d values as %v, want %d", name, metric, len(f.GetMetric()), f.GetType(), n)
			}
		}
	}
}

// Values are in base units, and labels say what they are of.
func TestOpenMetricsValues(t *testing.T) {
	got := map[string]float64{}
	for _, s := range readOpenMetrics(t, openMetricsOf(t, []Result{small()}, nil, false)) {
		got[s.name+s.labels] = s.value
	}
	const closed = `{arm="apikey",load="closed",scenario="quick"}`
	for name, want := range map[string]float64{
		"authbench_cpu_seconds_per_request" + closed:                                                10e-6,
		"authbench_cpu_seconds_per_request_low" + closed:                                            9e-6,
		"authbench_cpu_seconds_per_request_baseline_ratio" + closed:                                 2,
		"authbench_cpu_seconds_per_request_baseline_difference_high" + closed:                       6e-6,
		"authbench_throughput_requests_per_second" + closed:                                         94e3,
		`authbench_memory_bytes{arm="apikey",scenario="quick"}`:                                     22020096,
		`authbench_success_ratio{arm="apikey",scenario="quick"}`:                                    0.75,
		`authbench_response_p99_seconds{arm="apikey",fraction="0.5",load="sweep",scenario="quick"}`: 270e-6,
		`authbench_arm_info{arm="broken",method="jwt",scenario="quick",status="failed"}`:            1,
	} {
		if v, has := got[name]; !has || !close(v, want) {
			t.Errorf("%s is %v (%v), want %v", name, v, has, want)
		}
	}
	for name := range got {
		if strings.Contains(name, "broken") && !strings.HasPrefix(name, "authbench_arm_info") {
			t.Errorf("an arm that failed has a figure: %s", name)
		}
	}
}
