package limit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/text/unit"
)

// loadScope is a closed or open load test's.
func loadScope(open, classes bool) Scope {
	return Scope{Name: "a load test", Source: Load, Classes: classes, Lacks: func(m Metric) string {
		if m.Scheduled && !open {
			return "it is closed"
		}
		return ""
	}}
}

func runScope() Scope {
	return Scope{Name: "scenario s", Source: Run, Classes: true, Arms: []string{"none", "api.key"}, Lacks: func(Metric) string { return "" }}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		scope Scope
		text  string
		want  string // arm class metric operator value
	}{
		{runScope(), "p99>2ms", "|response_p99_us > 2000"},
		{runScope(), " p99 > 2 ms ", "|response_p99_us > 2000"},
		{runScope(), "p99.9>2ms", "|response_p999_us > 2000"},
		{runScope(), "api.key:cpu>20us", "api.key|cpu_us_per_request > 20"},
		{runScope(), "api.key : cpu > 20us", "api.key|cpu_us_per_request > 20"},
		{runScope(), "memory>0.5MiB", "|memory_bytes > 524288"},
		{runScope(), "throughput<10k", "|throughput_rps < 10000"},
		{runScope(), "throughput<600/1m", "|throughput_rps < 10"},
		{runScope(), "allocs>1e1", "|allocations_per_request > 10"},
		{runScope(), "cache_hit_share<90%", "|cache_hit_share < 0.9"},
		{runScope(), "success<99.9%", "|success < 0.999"},
		{runScope(), "none:valid.status_401>0", "none|valid.status_401 > 0"},
		{runScope(), "status_5xx>0", "|status_5xx > 0"},
		{runScope(), "errors_timeout>5k", "|errors_timeout > 5000"},
		{loadScope(true, true), "malformed>0", "|errors_malformed > 0"},
		{loadScope(true, true), "valid.success<100%", "|valid.success < 1"},
		{loadScope(true, false), "p999>1m30s", "|response_p999_us > 9e+07"},
		{loadScope(true, false), "lag_p99_us>1ms", "|lag_p99_us > 1000"},
		{loadScope(false, false), "service_max_us>1.5s", "|service_max_us > 1.5e+06"},
	} {
		limits, err := Parse([]string{c.text}, c.scope)
		if err != nil {
			t.Error(err)
			continue
		}
		l := limits[0]
		metric, operator := l.Metric.Name, "<"
		if l.Class != "" {
			metric = string(l.Class) + "." + metric
		}
		if l.Above {
			operator = ">"
		}
		if got := fmt.Sprintf("%s|%s %s %g", l.Arm, metric, operator, l.Value); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// Each mistake says what would be right.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		scope      Scope
		text, want string
	}{
		{runScope(), "", "write METRIC>VALUE"}, {runScope(), "p99", "write METRIC>VALUE"}, {runScope(), "p99>=2ms", "write METRIC>VALUE"},
		{runScope(), "p99>", "write METRIC>VALUE"}, {runScope(), ":cpu>1us", "write METRIC>VALUE"}, {runScope(), "p99=2ms", "write METRIC>VALUE"},
		{runScope(), "latencyy>2ms", `there is no metric "latencyy": there are cpu, throughput,`},
		{runScope(), "memry>2MiB", `did you mean "memory"?`},
		{runScope(), "status_600x>0", `there is no metric "status_600x"`},
		{runScope(), "status_1xx>0", `there is no metric "status_1xx"`}, {runScope(), "status_101>0", `there is no metric "status_101"`}, // never an answer
		{runScope(), "response_p95_us>2ms", "scenario s has no response_p95_us"},
		{runScope(), "nosucharm:p99>2ms", `there is no arm "nosucharm": choose from none, api.key`},
		{runScope(), "nine:p99>2ms", `did you mean "none"?`},
		{runScope(), "throughput<10ms", "not a rate, but a time"}, {runScope(), "p99>2MiB", "not a time, but a size"}, {runScope(), "memory>5ms", "not a size, but a time"},
		{runScope(), "p99>2", "has no unit"}, {runScope(), "memory>1000", "has no unit"}, {runScope(), "success<0.99", "has no unit"},
		{runScope(), "errors>1%", "not a number, but a share"}, {runScope(), "status_429>5ms", "not a number, but a time"}, {runScope(), "p99>fast", "not a time"},
		{runScope(), "errors<0", "no figure can break it"}, {runScope(), "p99>-2ms", "no figure can break it"}, {runScope(), "success>100%", "never above 100"}, {runScope(), "success<150%", "never above 100"},
		{runScope(), "vald.status_401>0", `"vald" is no class of credentials: did you mean "valid"?`},
		{runScope(), "valid.errors>0", "errors is not counted by class"}, {runScope(), "valid.p99>1ms", "p99 is not counted by class"},
		{loadScope(false, false), "service_p9_us>1s", `did you mean "service_p9`},
		{loadScope(false, false), "p99>2ms", "a load test has no p99: it is closed"},
		{loadScope(true, true), "cpu>2ms", "a load test has no cpu: there are throughput, p50,"},
		{loadScope(true, true), "apikey:errors>0", `a load test has no arms: leave "apikey:" out`},
		{loadScope(true, true), "valid:status_401>0", "write a class with a dot: valid.METRIC"},
		{loadScope(true, false), "valid.status_401>0", "sends no credentials"},
	} {
		_, err := Parse([]string{"errors>0", c.text}, c.scope)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), fmt.Sprintf("--fail-on %q", c.text)) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

// The list has each name once, with the unit that the name ends with, and can be found.
func TestMetrics(t *testing.T) {
	ends := map[string]unit.Quantity{"_us": unit.Microseconds, "_rps": unit.PerSecond, "_bytes": unit.Octets, "_share": unit.Share, "_per_second": unit.PerSecond}
	seen := map[string]bool{}
	for _, m := range Metrics() {
		for _, name := range []string{m.Name, m.Short} {
			if found, ok := Find(name); name != "" && (seen[name] || !ok || found.Name != m.Name) {
				t.Errorf("%s: found %+v", name, found)
			}
			seen[name] = name != ""
		}
		for end, quantity := range ends {
			if strings.HasSuffix(m.Name, end) && m.Unit != quantity {
				t.Errorf("%s has quantity %d", m.Name, m.Unit)
			}
		}
		if m.Label == "" || m.Source == 0 || m.PerClass && !m.Counted {
			t.Errorf("%+v", m)
		}
	}
	for _, absent := range []string{"", "status_", "status_099", "status_20", "status_2000", "status_0xx", "status_10xx", "errors_odd"} {
		if m, ok := Find(absent); ok {
			t.Errorf("%q is %s", absent, m.Name)
		}
	}
	for _, kind := range []string{load.ErrorTimeout, load.ErrorReset, load.ErrorClosed, load.ErrorMalformed, load.ErrorRefused, load.ErrorDial} {
		if !slices.Contains(errorKinds, kind) {
			t.Errorf("no metric counts errors of kind %s", kind)
		}
	}
}

func TestJudge(t *testing.T) {
	lo, hi := 9.0, 11.0
	answers := NewAnswers()
	answers.Add(bench.Slice{Completed: 3, Errors: map[string]int64{"reset": 1}, Statuses: map[bench.Class]map[int]int64{bench.Valid: {200: 1, 302: 2}}},
		func(_ bench.Class, status int) bool { return status == 200 })
	s := Subject{Answers: answers, Figures: []Figure{
		{Metric: "service_p50_us", Value: 10, Lo: &lo, Hi: &hi}, {Metric: "service_p99_us", Value: math.NaN()}, {Metric: "service_max_us", Value: 3000},
	}}
	for text, want := range map[string]string{
		"service_p50_us>9.5us": "kept 10.0 µs (9.0 – 11.0 µs)", "service_p50_us>8us": "broken 10.0 µs (9.0 – 11.0 µs)", "service_p50_us<12us": "broken 10.0 µs (9.0 – 11.0 µs)",
		"service_max_us>3ms": "kept 3.00 ms", "service_max_us>2ms": "broken 3.00 ms", "service_p99_us>1s": "cannot be judged –", "service_p90_us>1s": "cannot be judged –",
		"success<99%": "broken 25 %", "success<25%": "kept 25 %", "requests<4": "kept 4", "errors>0": "broken 1", "errors_reset>1": "kept 1", "status_302>1": "broken 2",
		"status_3xx>2": "kept 2", "status_404>0": "kept 0", "status_799>0": "kept 0", "status_6xx>0": "kept 0",
	} {
		limits, err := Parse([]string{text}, loadScope(true, false))
		if err != nil {
			t.Fatal(err)
		}
		all := Judge(limits, []Subject{s})
		if len(all) != 1 || string(all[0].Outcome)+" "+all[0].Amount() != want || (all[0].Outcome == Kept) != (len(Failed(all)) == 0) {
			t.Errorf("%s: %+v", text, all)
		}
	}
	if got := answers.Breakdown(); got != "302 ×2, 200 ×1, reset ×1" {
		t.Errorf("told as %s", got)
	}
	if _, ok := NewAnswers().Success(); ok {
		t.Error("nothing asked, and a share of it succeeded")
	}
}
