package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/golden"
	"authbench/internal/judge/analysis"
	"authbench/internal/method/all"
	"authbench/internal/result"
	"authbench/internal/text/unit"
)

// publishedRun is a published run.
type publishedRun struct {
	dir string // from the repository's root
	*analysis.Summary
}

// kind is what an arm must be to stand in a row of the answer.
type kind struct {
	method, alg, store string
	latency, cached    time.Duration
}

// source is where a figure comes from: the first of the scenarios of which a run is
// published that has it, of an arm of the kind.
type source struct {
	kind
	scenarios []string
}

// answerRow is a row of the README's answer. CPU times of one run do not compare with
// those of another; what an arm adds to the baseline does better, so that is shown.
type answerRow struct {
	label       string
	cost, times source
	near        bool // the cost is that of an arm that is not quite of the row's kind
}

// answerRows are the answer: eight rows, which a reader takes in at a glance.
func answerRows() []answerRow {
	of := func(k kind, scenarios ...string) source { return source{k, scenarios} }
	both := func(label string, k kind, scenarios ...string) answerRow {
		return answerRow{label: label, cost: of(k, scenarios...), times: of(k, scenarios...)}
	}
	redis := kind{method: "apikey", store: "redis"}
	es256 := kind{method: "jwt", alg: "ES256"}
	return []answerRow{
		both("API key, in memory", kind{method: "apikey"}, "stores", "quick"),
		both("API key, in Redis nearby", redis, "stores"),
		// The scenario of distances has no closed load.
		{"API key, in Redis 1 ms away", of(redis, "stores"), of(kind{method: "apikey", store: "redis", latency: time.Millisecond}, "break-even"), true},
		both("JWT HS256", kind{method: "jwt", alg: "HS256"}, "stores", "quick"),
		{label: "JWT ES256", cost: of(es256, "algorithms"), times: of(es256, "break-even")},
		both("JWT EdDSA", kind{method: "jwt", alg: "EdDSA"}, "stores", "quick"),
		both("introspection", kind{method: "introspection"}, "introspection"),
		both("introspection, cached 30 s", kind{method: "introspection", cached: 30 * time.Second}, "introspection"),
	}
}

// answerScenarios are those that the answer is made from.
func answerScenarios() []string {
	var names []string
	for _, row := range answerRows() {
		names = append(append(names, row.cost.scenarios...), row.times.scenarios...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// is reports whether an arm is of the kind.
func (k kind) is(a analysis.Arm) bool {
	p := bench.Params(a.Params)
	store := strings.TrimPrefix(p.Text("store"), "memory")
	return a.Status == analysis.ArmOK && k == kind{a.Method, p.Text("alg"), store, p.Duration("latency"), p.Duration("cache_ttl")}
}

// find returns the load that has a figure, its arm and its run.
func (s source) find(runs map[string]publishedRun, has func(analysis.Load) bool) (run publishedRun, arm analysis.Arm, load analysis.Load, ok bool) {
	for _, name := range s.scenarios {
		run := runs[name]
		if run.Summary == nil || run.Baseline != "none" {
			continue
		}
		for _, arm := range run.Arms {
			if i := slices.IndexFunc(arm.Loads, has); i >= 0 && s.is(arm) {
				return run, arm, arm.Loads[i], true
			}
		}
	}
	return publishedRun{}, analysis.Arm{}, analysis.Load{}, false
}

// hasTax reports whether a load says what an arm costs above the baseline, at saturation.
func hasTax(l analysis.Load) bool {
	_, has := l.VersusBaseline["cpu_us_per_request"]
	return has && l.Kind == bench.Closed
}

// hasMedian reports whether a load has a median of response times.
func hasMedian(l analysis.Load) bool {
	_, has := l.Metrics["response_p50_us"]
	return has && l.Kind == bench.Open
}

// answer is what the table is made of.
type answer struct {
	lines []answerLine
	rates []float64 // of the open loads, requests per second
	used  []publishedRun
	// cached says of rows with a cache how much it answered, and at which rate.
	cached []string
}

// answerLine is one line, with the CPU time in µs that it is compared by.
type answerLine struct {
	label, calm, median, revoked, minter string // calm is the CPU time under the open load
	tax                                  float64
	near                                 string // "≈ " before a cost that is not quite the row's
}

// answerOf renders the answer to "which should I use?". A row whose cost is in no
// published run is left out.
func answerOf(runs map[string]publishedRun) string {
	var a answer
	for _, row := range answerRows() {
		a.add(row, runs)
	}
	cheapest := math.Inf(1)
	for _, l := range a.lines {
		cheapest = min(cheapest, l.tax)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "| method | CPU | at %s | p50 | works after revocation | made by | costs one CPU more from |\n| :-- | --: | --: | --: | :-- | :-- | --: |\n", a.rate())
	for _, l := range a.lines {
		worth := "cheapest"
		if l.tax > cheapest {
			worth = l.near + roughly(1e6/(l.tax-cheapest))
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s | %s |\n", l.label, l.near+unit.Micros(l.tax), l.calm, l.median, l.revoked, l.minter, worth)
	}
	return out.String() + "\n" + a.caption()
}

// roughly is a rate with the two digits that the difference of two runs may have.
func roughly(rate float64) string {
	step := math.Pow(10, math.Floor(math.Log10(rate))-1)
	number, symbol, _ := strings.Cut(unit.Rate(math.Round(rate/step)*step), " ")
	if digits := strings.TrimRight(number, "0"); strings.Contains(number, ".") && len(strings.ReplaceAll(number, ".", "")) > 2 {
		number = strings.TrimSuffix(digits, ".")
	}
	return number + " " + symbol
}

func (a *answer) add(row answerRow, runs map[string]publishedRun) {
	run, arm, closed, found := row.cost.find(runs, hasTax)
	if !found {
		return
	}
	a.use(run)
	tax := closed.VersusBaseline["cpu_us_per_request"].Difference
	line := answerLine{label: row.label, tax: tax, calm: "–", median: "–", revoked: revokedWorks(arm), minter: "issuer"}
	if row.near {
		line.near = "≈ "
	}
	if factsOf(arm).Minter == bench.MintedByServer {
		line.minter = "every server"
	}
	if run, _, open, found := row.times.find(runs, hasMedian); found {
		a.use(run)
		line.median = unit.Micros(open.Metrics["response_p50_us"].Value)
		if c, known := open.VersusBaseline["cpu_us_per_request"]; known {
			line.calm = unit.Micros(c.Difference)
		}
		a.rates = append(a.rates, open.Rate)
	}
	if hits, known := arm.Metrics["cache_hit_share"]; known && hits.Value > 0 {
		a.cached = append(a.cached, fmt.Sprintf("*%s*: %s from the cache, at %s.", row.label, unit.About(hits.Value), unit.Rate(closed.Metrics["throughput_rps"].Value)))
	}
	a.lines = append(a.lines, line)
}

func (a *answer) use(run publishedRun) {
	if !slices.ContainsFunc(a.used, func(p publishedRun) bool { return p.dir == run.dir }) {
		a.used = append(a.used, run)
	}
}

func factsOf(arm analysis.Arm) bench.Facts {
	return all.Catalogue().Facts(bench.Method{ID: arm.Method, Params: arm.Params})
}

// revokedWorks says for how long a credential works that was taken back: what was measured,
// or else what follows from the method's design.
func revokedWorks(arm analysis.Arm) string {
	facts := factsOf(arm)
	measured, has := arm.Metrics["revoked_works_us"]
	switch lag := time.Duration(facts.RevocationLag); {
	case has && measured.Lo != nil && *measured.Lo > 0:
		return "for " + unit.Micros(measured.Value)
	case facts.Revocation == bench.RevokedByExpiry:
		return "until it expires"
	case has || lag == 0: // the next request was refused
		return "no"
	default:
		return "for up to " + unit.Duration(float64(lag))
	}
}

// rate is that of the open loads.
func (a *answer) rate() string {
	var rates []string
	for _, r := range slices.Compact(slices.Sorted(slices.Values(a.rates))) {
		rates = append(rates, unit.Rate(r))
	}
	return strings.Join(rates, " and ")
}

// caption says what the columns are, and which runs they come from.
func (a *answer) caption() string {
	var runs []string
	for _, r := range a.used {
		text := fmt.Sprintf("[%s](%s/report.md)", r.Scenario, r.dir)
		if r.Validity != result.Valid {
			text += " (" + string(r.Validity) + ")"
		}
		runs = append(runs, text)
	}
	return fmt.Sprintf("*CPU*: what the check adds to a request at saturation, and at %s, store and issuer included; ≈: not measured there. *p50*: response time at that rate. %s Rows are from several runs: small differences say nothing. Runs: %s.\n",
		a.rate(), strings.Join(a.cached, " "), strings.Join(runs, ", "))
}

// TestAnswerOfAllRuns shows the answer when every run that it is made from is published.
func TestAnswerOfAllRuns(t *testing.T) {
	arm := func(tax, median float64, method string, params map[string]any) analysis.Arm {
		a := analysis.Arm{Method: method, Params: params, Status: analysis.ArmOK}
		if tax > 0 {
			a.Loads = append(a.Loads, analysis.Load{Kind: bench.Closed, Metrics: map[string]analysis.Estimate{"throughput_rps": {Value: 1e6 / (9 + tax)}}, VersusBaseline: map[string]analysis.Comparison{"cpu_us_per_request": {Difference: tax}}})
		}
		if median > 0 {
			a.Loads = append(a.Loads, analysis.Load{Kind: bench.Open, Rate: 1000, Metrics: map[string]analysis.Estimate{"response_p50_us": {Value: median}},
				VersusBaseline: map[string]analysis.Comparison{"cpu_us_per_request": {Difference: 2 * tax}}})
		}
		return a
	}
	run := func(name string, validity result.Validity, arms ...analysis.Arm) publishedRun {
		return publishedRun{"results/published/2026-01-02-" + name, &analysis.Summary{Scenario: name, Baseline: "none", Validity: validity, Arms: arms}}
	}
	algorithm := func(name string) map[string]any { return map[string]any{"alg": name, "engine": "golang-jwt"} }
	cached := arm(9, 60, "introspection", map[string]any{"cache_size": 10000.0, "cache_ttl": "30s"})
	lastLetIn := 29.4e6
	cached.Metrics = map[string]analysis.Estimate{"cache_hit_share": {Value: 0.988}, "revoked_works_us": {Value: 29.5e6, Lo: &lastLetIn}}
	unsafe := arm(1, 1, "apikey", nil)
	unsafe.Status = analysis.ArmUnsafe
	runs := map[string]publishedRun{
		"quick": run("quick", result.Valid, arm(3, 20, "apikey", nil)),
		"stores": run("stores", result.Suspicious, unsafe, arm(0, 0, "apikey", nil), arm(2, 30, "apikey", nil), arm(52, 120, "apikey", map[string]any{"store": "redis"}),
			arm(12, 50, "jwt", algorithm("HS256")), arm(77, 140, "jwt", algorithm("EdDSA"))),
		"break-even": run("break-even", result.Valid, arm(0, 121, "apikey", map[string]any{"store": "redis"}),
			arm(0, 1200, "apikey", map[string]any{"store": "redis", "latency": "1ms"}), arm(0, 160, "jwt", algorithm("ES256"))),
		"algorithms":    run("algorithms", result.Valid, arm(11, 0, "jwt", algorithm("HS256")), arm(92, 0, "jwt", algorithm("ES256"))),
		"introspection": run("introspection", result.Valid, arm(150, 300, "introspection", nil), cached),
	}
	for name := range runs {
		if !slices.Contains(answerScenarios(), name) {
			t.Errorf("no row asks for %s", name)
		}
	}
	golden.Equal(t, "testdata/answer.md", answerOf(runs))
	delete(runs, "stores")
	// The key in memory from quick, ES256, and both of introspection; and a line of dashes.
	if got := answerOf(runs); strings.Count(got, "\n| ") != 5 {
		t.Errorf("without the run of stores:\n%s", got)
	}
}
