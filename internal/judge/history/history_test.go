package history

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// truth is what a made-up result shows of its two arms.
type truth struct{ cpu, p99, ratio, allocs float64 }

var usual = truth{10, 200, 2, 12}

// entry is a result of a day with some truth.
func entry(n int, t truth) Entry {
	value := func(v float64) analysis.Estimate { return analysis.Estimate{Value: v, N: 8} }
	ratio := func(v float64) map[string]analysis.Comparison {
		return map[string]analysis.Comparison{"cpu_us_per_request": {Ratio: v, Lo: v - 0.1, Hi: v + 0.1}}
	}
	started := time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC).AddDate(0, 0, n)
	h := bench.Header{Started: started, Seed: uint64(n), Host: bench.Host{OS: "linux", CPUModel: "Example CPU", CPUs: 2, Kernel: "6.8"},
		Build: bench.Build{Revision: "old"}, Scenario: bench.Scenario{Name: "quick", Baseline: "none"}}
	return Entry{Path: fmt.Sprintf("day-%02d", n), Header: h, Status: bench.Completed, Summary: &analysis.Summary{
		Version: analysis.SummaryVersion, Scenario: "quick", Baseline: "none", Started: started.Format(time.RFC3339), Validity: result.Valid, Host: h.Host, Build: h.Build,
		Arms: []analysis.Arm{
			{Name: "none", Status: analysis.ArmOK, Loads: []analysis.Load{{Name: "closed", Metrics: map[string]analysis.Estimate{"cpu_us_per_request": value(t.cpu)}}}},
			{Name: "jwt", Status: analysis.ArmOK, Metrics: map[string]analysis.Estimate{"allocations_per_request": value(t.allocs), "memory_bytes": value(1 << 20)},
				Loads: []analysis.Load{
					{Name: "closed", Metrics: map[string]analysis.Estimate{"cpu_us_per_request": value(t.cpu * t.ratio)}, VersusBaseline: ratio(t.ratio)},
					{Name: "open", Metrics: map[string]analysis.Estimate{"response_p99_us": value(t.p99)}},
				}},
		}}}
}

// days are n results whose figures vary by some per cent, each of its day's truth.
func days(seed uint64, n int, of func(day int) truth) []Entry {
	random := rand.New(rand.NewPCG(seed, 1))
	vary := func(v float64) float64 { return v * math.Exp(0.02*random.NormFloat64()) }
	var out []Entry
	for day := range n {
		t := of(day)
		out = append(out, entry(day, truth{vary(t.cpu), vary(t.p99), vary(t.ratio), t.allocs}))
	}
	return out
}

func always(t truth) func(int) truth { return func(int) truth { return t } }

// from is the usual truth until a day, then another.
func from(first int, then truth) func(int) truth {
	return func(day int) truth {
		if day < first {
			return usual
		}
		return then
	}
}

var week = Options{Last: 7, Least: 0.02}

func (h *History) find(t *testing.T, p analysis.Place) Series {
	t.Helper()
	for _, s := range h.Series {
		if s.Place == p {
			return s
		}
	}
	t.Fatalf("no series of %+v", p)
	return Series{}
}

func (h *History) warns(code string) bool {
	for _, w := range h.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

var jwtRatio = analysis.Place{Arm: "jwt", Load: "closed", Metric: "cpu_us_per_request", VersusBaseline: true}

func TestHistoryFindsWhatIsPlanted(t *testing.T) {
	slower := usual
	slower.ratio = 2.4
	entries := days(1, 40, from(35, slower))
	for i := range entries[35:] {
		entries[35+i].Header.Build.Revision = "new"
	}
	h := Judge(entries, week)
	if !h.Worse || len(h.Warnings) > 0 || len(h.Runs) != 40 || len(h.RecentlyWorse()) != 1 {
		t.Errorf("worse %v, %d runs, warnings %v, recently %v", h.Worse, len(h.Runs), h.Warnings, h.RecentlyWorse())
	}
	s := h.find(t, jwtRatio)
	if len(s.Changes) != 1 {
		t.Fatalf("changes %+v", s.Changes)
	}
	c := s.Changes[0]
	if c.Run != 35 || c.Before != 34 || !c.Worse || !c.Recent || math.Abs(c.Ratio-1.2) > 0.04 || c.Lo == nil || *c.Lo > 1.2 || *c.Hi < 1.2 ||
		c.P > Level || math.Abs(c.From-2) > 0.1 || math.Abs(c.To-2.4) > 0.1 {
		t.Errorf("%+v, planted 2 → 2.4 from run 35 on", c)
	}
	if len(c.Differences) != 1 || c.Differences[0].String() != "revision: old → new" {
		t.Errorf("beside the change: %v", c.Differences)
	}
	for _, s := range h.Series {
		if s.Place != jwtRatio && len(s.Changes) > 0 {
			t.Errorf("%+v changed: %+v", s.Place, s.Changes)
		}
	}
	if _, err := json.Marshal(h); err != nil {
		t.Error(err)
	}
}

// What ends a nightly job: only the newest change of a figure, if it is recent, large
// enough, and for the worse.
func TestHistoryIsWorse(t *testing.T) {
	with := func(change func(*truth)) truth {
		out := usual
		change(&out)
		return out
	}
	mended := func(day int) truth {
		if day >= 24 && day < 30 {
			return with(func(t *truth) { t.ratio = 3 })
		}
		return usual
	}
	for name, c := range map[string]struct {
		of    func(int) truth
		o     Options
		worse bool
	}{
		"nothing":          {always(usual), week, false},
		"faster":           {from(36, with(func(t *truth) { t.ratio = 1.5 })), week, false},
		"slower":           {from(36, with(func(t *truth) { t.ratio = 3 })), week, true},
		"long ago":         {from(20, with(func(t *truth) { t.ratio = 3 })), week, false},
		"long ago, asked":  {from(20, with(func(t *truth) { t.ratio = 3 })), Options{Last: 20}, true},
		"mended":           {mended, Options{Last: 20}, false},
		"small":            {from(30, with(func(t *truth) { t.allocs = 12.1 })), Options{Last: 20, Least: 0.02}, false},
		"small, but asked": {from(30, with(func(t *truth) { t.allocs = 12.1 })), Options{Last: 20}, true},
		"allocations":      {from(36, with(func(t *truth) { t.allocs = 14 })), week, true},
		"slow machine":     {from(30, with(func(t *truth) { t.cpu = 13 })), Options{Last: 20, Arms: []string{"jwt"}}, false},
		"and absolute":     {from(30, with(func(t *truth) { t.cpu = 13 })), Options{Last: 20, Arms: []string{"jwt"}, Absolute: true}, true},
		"other metric":     {from(36, with(func(t *truth) { t.ratio = 3 })), Options{Last: 7, Metrics: []string{"response_p99_us"}}, false},
	} {
		if h := Judge(days(2, 40, c.of), c.o); h.Worse != c.worse || (len(h.RecentlyWorse()) > 0) != c.worse {
			t.Errorf("%s: worse %v, recently %+v", name, h.Worse, h.RecentlyWorse())
		}
	}
}

// A figure from nothing to something has no ratio, and is worse nevertheless.
func TestHistoryFromZero(t *testing.T) {
	some := usual
	some.allocs = 1
	none := usual
	none.allocs = 0
	h := Judge(days(3, 30, func(day int) truth {
		if day < 24 {
			return none
		}
		return some
	}), week)
	s := h.find(t, analysis.Place{Arm: "jwt", Metric: "allocations_per_request"})
	if len(s.Changes) != 1 || s.Changes[0].Ratio != 0 || s.Changes[0].To != 1 || !h.Worse {
		t.Errorf("%+v", s.Changes)
	}
}

func TestHistoryLeavesOut(t *testing.T) {
	entries := days(4, 20, always(usual))
	entries[3].Header.Host.CPUModel = "Other"
	entries[4].Summary.Validity = result.Invalid
	entries[5].Status = bench.Interrupted
	entries[6].Header.Host.Kernel = "6.9" // the same machine
	h := Judge(entries, week)
	if len(h.Runs) != 17 || len(h.Warnings) != 3 || !h.warns("left_out") {
		t.Errorf("%d runs, warnings %v", len(h.Runs), h.Warnings)
	}
	for _, s := range h.Series {
		if len(s.Points) != 17 || s.Points[3].Run != 3 {
			t.Errorf("%+v: %d points", s.Place, len(s.Points))
		}
	}
	few := Judge(entries[:8], week)
	if !few.warns("few_results") || few.Worse {
		t.Errorf("few results: %v", few.Warnings)
	}
	entries[19].Summary.Validity = result.Invalid
	if h := Judge(entries[19:], week); len(h.Runs) != 0 || len(h.Series) != 0 || h.Worse {
		t.Errorf("of invalid results alone: %+v", h)
	}
	if h := Judge(days(4, 5, always(usual)), Options{Metrics: []string{"capacity_rps"}}); !h.warns("no_series") {
		t.Errorf("no series: %v", h.Warnings)
	}
	many := Judge(days(5, maxResults+7, always(usual)), Options{Last: 7, Metrics: []string{"allocations_per_request"}})
	if len(many.Runs) != maxResults || many.Runs[0].Path != "day-07" {
		t.Errorf("%d runs from %s on", len(many.Runs), many.Runs[0].Path)
	}
}

// Without a change at most one history in a hundred shows any, over all its series.
func TestHistoryOfNoise(t *testing.T) {
	const histories = 400
	wrong := 0
	for i := range histories {
		h := Judge(days(uint64(100+i), 25, always(usual)), week)
		for _, s := range h.Series {
			if len(s.Changes) > 0 {
				wrong++
				break
			}
		}
	}
	t.Logf("%d of %d histories show a change", wrong, histories)
	// 400 histories with a chance of 1 % show 10 or more in one of a hundred such tests.
	if wrong > 10 {
		t.Errorf("%d of %d histories without a change show one", wrong, histories)
	}
}

// A machine that drifts is told of.
func TestHistoryOfDrift(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	off := 0.0
	h := Judge(days(6, 60, func(int) truth {
		off = 0.8*off + 0.05*random.NormFloat64()
		return truth{10 * math.Exp(off), 200 * math.Exp(off), 2 * math.Exp(off), 12}
	}), Options{Last: 7, Absolute: true, Metrics: []string{"cpu_us_per_request", "response_p99_us"}})
	if !h.warns("drift") {
		t.Errorf("warnings %v, correlations %v", h.Warnings, h.Series[0].Correlation)
	}
}

// published are results of the repository.
const published = "../../../results/published"

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ from, to string }{
		{"2026-11-30-quick", "b"}, {"2026-11-24-quick", "deep/a"}, {"2026-11-24-quick", "copy"},
	} {
		place := filepath.Join(dir, c.to)
		if err := os.MkdirAll(place, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{result.FileName, analysis.SummaryName} {
			text, err := os.ReadFile(filepath.Join(published, c.from, name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(place, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "torn"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "torn", result.FileName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	// A summary that is older than its result, or of another version, is not used.
	if err := os.WriteFile(filepath.Join(dir, "b", analysis.SummaryName), []byte(`{"version":99}`), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	entries, err := Read(root, "quick")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[1].Path != "b" || !entries[0].Header.Started.Before(entries[1].Header.Started) {
		t.Fatalf("%d entries: %+v", len(entries), entries)
	}
	for _, e := range entries {
		if e.Status != bench.Completed || e.Summary.Scenario != "quick" || len(e.Summary.Figures()) < 50 {
			t.Errorf("%s: %s, %d figures", e.Path, e.Status, len(e.Summary.Figures()))
		}
	}
	if _, err := Read(root, "stores"); err == nil || !strings.Contains(err.Error(), "scenario stores has no result") {
		t.Errorf("a scenario without results: %v", err)
	}
}
