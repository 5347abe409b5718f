package analysis

import (
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// judged is what one limit says of some subjects, each finding on a line.
func judged(t *testing.T, text string, scope limit.Scope, subjects []limit.Subject) string {
	t.Helper()
	limits, err := limit.Parse([]string{text}, scope)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, j := range limit.Failed(limit.Judge(limits, subjects)) {
		out = append(out, j.String())
	}
	return strings.Join(out, "; ")
}

func TestChangeLimits(t *testing.T) {
	lo, hi := 1.04, 1.09
	at := func(arm, load, metric string) Place { return Place{Arm: arm, Load: load, Metric: metric} }
	c := &Changes{
		Changes: []Change{
			{Place: at("a", "open", "response_p99_us"), Ratio: 1.06, Lo: &lo, Hi: &hi},
			{Place: Place{Arm: "a", Load: "open", Metric: "response_p99_us", VersusBaseline: true}, Ratio: 2},
			{Place: at("a", "closed", "throughput_rps"), Ratio: 0.9},
			{Place: Place{Arm: "a", Load: "sweep", Fraction: 0.5, Metric: "cpu_us_per_request"}, Ratio: 1.5},
			{Place: at("b", "", "allocations_per_request")},
		},
		Removed: []Place{{Arm: "gone"}, at("b", "closed", "cpu_us_per_request"), {Arm: "a", Load: "lost"}},
		Added:   []Place{{Arm: "new"}},
	}
	for text, want := range map[string]string{
		"a:p99<8%":          "a under lost load, response_p99_us cannot be judged: only the old result has it (a:p99<8%)",
		"a:throughput<-12%": "a under lost load, throughput_rps cannot be judged: only the old result has it (a:throughput<-12%)",
		"a:cpu>10%":         "a under sweep (0.5) load, cpu_us_per_request: changed by +50 % (a:cpu>10%); a under lost load, cpu_us_per_request cannot be judged: only the old result has it (a:cpu>10%)",
		"b:allocs>1%":       "b, allocations_per_request cannot be judged: one of the two figures is 0 (b:allocs>1%)",
		"b:cpu>1%":          "b under closed load, cpu_us_per_request cannot be judged: only the old result has it (b:cpu>1%)",
		"gone:cpu>1%":       "gone, cpu_us_per_request cannot be judged: only the old result has it (gone:cpu>1%)",
		"new:cpu>1%":        "new, cpu_us_per_request cannot be judged: only the new result has it (new:cpu>1%)",
		"c:cpu>1%":          `--fail-on "c:cpu>1%": there is no arm "c": did you mean "a"? There are: a, b, gone, new`,
		"cpu>5us":           `--fail-on "cpu>5us": "5us" is not a share, but a time: write per cent, such as 99% or 0.5%`,
		"errors>5%":         `--fail-on "errors>5%": a comparison does not compare counts: limit errors in 'run' or 'load'`,
		"queue_p99_us>5%":   `a comparison has no queue_p99_us`,
		"cpu<-100%":         "no figure can break it",
	} {
		if got := judged(t, text, c.Scope(), c.Subjects()); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	c.Removed = nil
	for text, want := range map[string]string{
		"a:p99>5%":         "", // the interval reaches below the limit
		"a:p99>3%":         "a under open load, response_p99_us: changed by +6 % (4 – 9 %) (a:p99>3%)",
		"a:p99 < +10 %":    "a under open load, response_p99_us: changed by +6 % (4 – 9 %) (a:p99 < +10 %)",
		"a:throughput<-5%": "a under closed load, throughput_rps: changed by -10 % (a:throughput<-5%)",
	} {
		if got := judged(t, text, c.Scope(), c.Subjects()); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestRunLimits(t *testing.T) {
	lo, hi := 1900.0, 2300.0
	answers := limit.NewAnswers()
	answers.Add(bench.Slice{
		Completed: 98, Errors: map[string]int64{"timeout": 2},
		Statuses: map[bench.Class]map[int]int64{bench.Valid: {200: 78, 401: 10}, bench.Forged: {401: 10}},
	}, bench.Arm{}.Expects)
	s := &Summary{Arms: []Arm{
		{Name: "a", Status: ArmOK, Answers: answers, Loads: []Load{
			{Name: "open", Metrics: map[string]Estimate{"response_p99_us": {Value: 2100, Lo: &lo, Hi: &hi}}},
			{Name: "sweep", Levels: []Level{{Fraction: 0.8, Metrics: map[string]Estimate{"throughput_rps": {Value: 900}}}}},
		}},
		{Name: "b", Status: ArmOK, Metrics: map[string]Estimate{"memory_bytes": {Value: 100}}},
		{Name: "c", Status: ArmSkipped, Reason: "no Redis here"},
	}}
	scope := Scope(bench.Scenario{Name: "mine", Arms: []bench.Arm{{Name: "a"}, {Name: "b"}, {Name: "c"}}, Loads: []bench.Load{{Kind: bench.Open}, {Kind: bench.Sweep}}})
	for text, want := range map[string]string{
		"a:p99>2ms":            "", // the interval reaches below the limit
		"a:p99>1.8ms":          "a under open load, response_p99_us is 2.10 ms (1.9 – 2.3 ms) (a:p99>1.8ms)",
		"a:p99<2.2ms":          "",
		"a:p99<2.4ms":          "a under open load, response_p99_us is 2.10 ms (1.9 – 2.3 ms) (a:p99<2.4ms)",
		"a:throughput<1k":      "a under sweep (0.8) load, throughput_rps is 900 /s (a:throughput<1k)",
		"a:memory>1B":          "a, memory_bytes cannot be judged: it was not measured; the warnings may say why (a:memory>1B)",
		"b:memory>99B":         "b, memory_bytes is 100 B (b:memory>99B)",
		"b:memory>101B":        "",
		"c:memory>1B":          "c, memory_bytes cannot be judged: no Redis here (c:memory>1B)",
		"a:errors>1":           "a, errors is 2 (a:errors>1)",
		"a:errors>2":           "",
		"a:errors_timeout>1":   "a, errors_timeout is 2 (a:errors_timeout>1)",
		"a:errors_reset>0":     "",
		"a:malformed>0":        "",
		"a:success<99%":        "a, success is 88 % (a:success<99%)",
		"a:valid.success<90%":  "a, valid.success is 88.6 % (a:valid.success<90%)",
		"a:forged.success<99%": "",
		"a:nested.success<99%": "a, nested.success cannot be judged: nothing of it was counted (a:nested.success<99%)",
		"a:status_4xx>19":      "a, status_4xx is 20 (a:status_4xx>19)",
		"a:valid.status_401>9": "a, valid.status_401 is 10 (a:valid.status_401>9)",
		"a:status_5xx>0":       "",
		"b:errors>0":           "b, errors cannot be judged: nothing of it was counted (b:errors>0)",
		"service_p99_us>1ms":   "scenario mine has no service_p99_us: it has no load of kind closed",
		"capacity<1k":          "it has no load of kind capacity",
		"x:cpu>1us":            `there is no arm "x": did you mean "a"? There are: a, b, c`,
	} {
		got := judged(t, text, scope, s.Subjects())
		if got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
