package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/result/limit"
)

// published is a result that is part of the repository.
const published = "../../../results/published/2026-11-24-quick"

func analyzed(t testing.TB, change func(*result.Run)) *analysis.Analysis {
	t.Helper()
	run, err := result.Read(published)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(run)
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// slower is a later run in which arm apikey takes a quarter more CPU time.
func slower(run *result.Run) {
	run.Header.Started = run.Header.Started.AddDate(0, 0, 1)
	for i := range run.Slices {
		if s := &run.Slices[i]; s.Arm == "apikey" {
			s.ServerCPU += s.ServerCPU / 4
		}
	}
}

// small has a figure of each kind, and a contrast that could not be made.
func small() Result {
	lo, hi := 9.0, 11.0
	e := analysis.Estimate{Value: 10, Lo: &lo, Hi: &hi, N: 8}
	s := &analysis.Summary{
		Scenario: "quick", Started: "2026-03-14T09:26:53Z", Validity: result.Valid, Baseline: "none", Launches: 8,
		Host:  bench.Host{OS: "linux", Arch: "amd64", CPUModel: "Example CPU 2.60GHz", CPUs: 2, ServerCPUs: []int{0}},
		Build: bench.Build{Version: "1.2.3", Revision: "0123456789ab", Go: "go1.26.8"},
		Arms: []analysis.Arm{
			{Name: "apikey", Method: "apikey", Status: analysis.ArmOK,
				Metrics: map[string]analysis.Estimate{"memory_bytes": {Value: 22020096, N: 8}, "cache_hit_share": e, "a.metric of-tomorrow": {Value: 3}},
				Answers: &limit.Answers{Requests: 4, Right: map[bench.Class]int64{bench.Valid: 3}},
				Loads: []analysis.Load{
					{Name: "closed", Metrics: map[string]analysis.Estimate{"cpu_us_per_request": e, "throughput_rps": {Value: 94e3, N: 8}},
						VersusBaseline: map[string]analysis.Comparison{"cpu_us_per_request": {Ratio: 2, Lo: 1.9, Hi: 2.1, Difference: 5, DifferenceLo: 4, DifferenceHi: 6, N: 8}}},
					{Name: "sweep", Levels: []analysis.Level{{Fraction: 0.5, Metrics: map[string]analysis.Estimate{"response_p99_us": {Value: 270}}}}},
				}},
			{Name: "broken", Method: "jwt", Status: analysis.ArmFailed, Metrics: map[string]analysis.Estimate{"memory_bytes": e}},
		},
	}
	s.Contrasts = []analysis.Contrast{
		{Contrast: bench.Contrast{Arm: "apikey", Versus: "twin"}, Loads: map[string]map[string]analysis.ContrastMetric{
			"closed": {"cpu_us_per_request": {Comparison: analysis.Comparison{Ratio: 1.25, Lo: 1.2, Hi: 1.3, Difference: 2, DifferenceLo: 1, DifferenceHi: 3, N: 8}}},
		}},
		{Contrast: bench.Contrast{Arm: "broken", Versus: "apikey"}, Missing: "broken failed"},
	}
	figures := s.Figures()
	for i := range figures {
		if figures[i].Metric == "cpu_us_per_request" && !figures[i].Difference {
			figures[i].Launches = []float64{9.5, 10.5}
		}
	}
	return Result{Summary: s, Figures: figures}
}

// written is what a writer of this package writes.
func written(t testing.TB, write func(*bytes.Buffer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func csvOf(t testing.TB, results []Result, changes []analysis.Change) string {
	return written(t, func(w *bytes.Buffer) error { return CSV(w, results, changes) })
}

func benchfmtOf(t testing.TB, results []Result) string {
	return written(t, func(w *bytes.Buffer) error { return Benchfmt(w, results) })
}

func openMetricsOf(t testing.TB, results []Result, changes []analysis.Change, timed bool) string {
	return written(t, func(w *bytes.Buffer) error { return OpenMetrics(w, results, changes, timed) })
}

func TestGolden(t *testing.T) {
	of := []Result{small()}
	golden.Equal(t, "testdata/small.csv", csvOf(t, of, nil))
	golden.Equal(t, "testdata/small.benchfmt", benchfmtOf(t, of))
	golden.Equal(t, "testdata/small.om", openMetricsOf(t, of, nil, false))
}

// table reads CSV back: a map for each row.
func table(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		named := map[string]string{}
		for i, head := range rows[0] {
			named[head] = row[i]
		}
		out = append(out, named)
	}
	return out
}

// A row is one figure, and no two are of the same.
func TestCSVIsTidy(t *testing.T) {
	old, new := analyzed(t, nil), analyzed(t, slower)
	changes := analysis.Compare(old, new).Changes
	rows := table(t, csvOf(t, Two(old, new), changes))
	seen := map[string]bool{}
	changed := 0
	for _, r := range rows {
		key := fmt.Sprint(r["side"], r["arm"], r["load"], r["fraction"], r["metric"], r["kind"], r["versus"])
		if seen[key] {
			t.Errorf("two rows for %s", key)
		}
		seen[key] = true
		if r["unit"] == "" || r["value"] == "" || r["scenario"] != "quick" || r["verdict"] == "" {
			t.Errorf("a row without its unit, value, scenario or verdict: %v", r)
		}
		if r["side"] == "new/old" && r["arm"] == "apikey" && r["load"] == "closed" && r["metric"] == "cpu_us_per_request" && r["kind"] == "value" {
			changed++
			if r["value"] < "1.2" || r["value"] > "1.3" || r["low"] == "" {
				t.Errorf("a quarter more: %v", r)
			}
		}
	}
	if len(rows) != len(old.Figures)+len(new.Figures)+len(changes) || changed != 1 {
		t.Errorf("%d rows for %d, %d figures and %d changes", len(rows), len(old.Figures), len(new.Figures), len(changes))
	}
}

// The pairs of arms that the question compares are written with both names, apart from
// what is beside the baseline; a pair that could not be compared is not there.
func TestContrastsNameBothArms(t *testing.T) {
	r := small()
	got := map[string]string{}
	for _, row := range table(t, csvOf(t, []Result{r}, nil)) {
		if row["versus"] != "" {
			got[strings.Join([]string{row["kind"], row["arm"], row["versus"], row["load"], row["metric"], row["unit"]}, " ")] = row["low"] + " " + row["value"] + " " + row["high"]
		}
	}
	want := map[string]string{
		"baseline_ratio apikey none closed cpu_us_per_request 1":       "1.9 2 2.1",
		"baseline_difference apikey none closed cpu_us_per_request us": "4 5 6",
		"contrast_ratio apikey twin closed cpu_us_per_request 1":       "1.2 1.25 1.3",
		"contrast_difference apikey twin closed cpu_us_per_request us": "1 2 3",
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	const pair = `{arm="apikey",load="closed",scenario="quick",versus="twin"}`
	read := map[string]float64{}
	for _, s := range readOpenMetrics(t, openMetricsOf(t, []Result{r}, nil, false)) {
		if strings.Contains(s.labels, "versus") {
			read[s.name+s.labels] = s.value
		}
	}
	for name, value := range map[string]float64{"_ratio": 1.25, "_ratio_low": 1.2, "_ratio_high": 1.3, "_difference": 2e-6, "_difference_low": 1e-6, "_difference_high": 3e-6} {
		if v, has := read["authbench_cpu_seconds_per_request_contrast"+name+pair]; !has || !close(v, value) {
			t.Errorf("contrast%s is %v (%v), want %v", name, v, has, value)
		}
	}
	if len(read) != 6 {
		t.Errorf("series with versus: %v", read)
	}
}

// benchstat's own reader understands every line, and gets every launch.
func TestBenchfmtIsRead(t *testing.T) {
	old, new := analyzed(t, nil), analyzed(t, slower)
	for name, results := range map[string][]Result{"one": One(old), "two": Two(old, new)} {
		want := map[string]int{}
		for _, r := range results {
			for _, f := range r.Figures {
				if !f.Difference {
					want[r.Side] += len(f.Launches)
				}
			}
		}
		got := map[string]int{}
		reader := benchfmt.NewReader(strings.NewReader(benchfmtOf(t, results)), name)
		for reader.Scan() {
			switch record := reader.Result().(type) {
			case *benchfmt.SyntaxError:
				t.Fatalf("%s: %v", name, record)
			case *benchfmt.Result:
				got[record.GetConfig("side")] += len(record.Values)
				if record.GetConfig("scenario") != "quick" || !strings.HasPrefix(record.Name.String(), "Request/arm=") {
					t.Errorf("%s: %q of scenario %q", name, record.Name, record.GetConfig("scenario"))
				}
			}
		}
		if err := reader.Err(); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || len(got) != len(results) {
			t.Errorf("%s: %v values read, %v written", name, got, want)
		}
		if better := reader.Units().GetBetter("throughput_rps"); better != 1 {
			t.Errorf("%s: of throughput more is better, not %d", name, better)
		}
		if better := reader.Units().GetBetter("cpu_us_per_request/baseline"); better != -1 {
			t.Errorf("%s: of CPU less is better, not %d", name, better)
		}
	}
}

// Every metric has a name that OpenMetrics allows, and its own.
func TestFamilies(t *testing.T) {
	allowed := regexp.MustCompile(`^authbench_[a-z0-9_]+$`)
	reserved := []string{"_total", "_count", "_sum", "_bucket", "_info", "_created", "_gcount", "_gsum"}
	seen := map[string]string{}
	for _, m := range limit.Metrics() {
		for _, p := range []analysis.Place{{Metric: m.Name}, {Metric: m.Name, VersusBaseline: true}, {Metric: m.Name, VersusBaseline: true, Difference: true}} {
			name, factor := Family(p)
			if !allowed.MatchString(name) || strings.Contains(name, "_us") || slices.ContainsFunc(reserved, func(r string) bool { return strings.HasSuffix(name, r) }) {
				t.Errorf("%s is called %s", m.Name, name)
			}
			if other, taken := seen[name]; taken {
				t.Errorf("%s and %s are both called %s", m.Name, other, name)
			}
			seen[name] = m.Name
			if inSeconds := strings.Contains(name, "_seconds"); inSeconds && !(p.VersusBaseline && !p.Difference) != (factor == 1e-6) && !strings.HasSuffix(name, "_per_second") {
				t.Errorf("%s × %v is %s", m.Name, factor, name)
			}
		}
	}
	for metric, want := range map[string]string{
		"response_p99_us": "authbench_response_p99_seconds", "cpu_us_per_request": "authbench_cpu_seconds_per_request",
		"throughput_rps": "authbench_throughput_requests_per_second", "cache_hit_share": "authbench_cache_hit_ratio",
		"memory_bytes": "authbench_memory_bytes", "success": "authbench_success_ratio", "a.metric of-tomorrow": "authbench_a_metric_of_tomorrow",
	} {
		if got, _ := Family(analysis.Place{Metric: metric}); got != want {
			t.Errorf("%s is called %s, want %s", metric, got, want)
		}
	}
}

// What a result file holds steers no terminal, no spreadsheet and no reader of any form.
func TestForeignTextStaysText(t *testing.T) {
	const evil = "=x\x1b[2J\n\"# EOF\\,} 1"
	r := small()
	r.Summary.Scenario, r.Summary.Host.CPUModel = evil, evil
	for i := range r.Figures {
		r.Figures[i].Arm, r.Figures[i].Metric = fmt.Sprint(evil, i), evil
	}
	r.Summary.Contrasts[0].Versus = evil
	of := []Result{r}
	for name, text := range map[string]string{"CSV": csvOf(t, of, nil), "benchfmt": benchfmtOf(t, of), "OpenMetrics": openMetricsOf(t, of, nil, true)} {
		if strings.Contains(text, "\x1b") || strings.Contains(text, "\n\"# EOF") || strings.Contains(text, "\n=") || strings.Contains(text, ",=") {
			t.Errorf("%s holds foreign text as it was:\n%s", name, text)
		}
	}
	if rows := table(t, csvOf(t, of, nil)); !strings.HasPrefix(rows[0]["arm"], "'=x") {
		t.Errorf("a formula: %q", rows[0]["arm"])
	}
	readOpenMetrics(t, openMetricsOf(t, of, nil, true))
}

func close(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Abs(b) }
