package analysis

import (
	"strings"
	"testing"
)

func TestParseLimits(t *testing.T) {
	limits, err := ParseLimits([]string{"p99>2ms", "jwt-rs256:cpu > 20us", "throughput<10000", "memory>0.5MiB"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Limit{
		{Text: "p99>2ms", Metric: "response_p99_us", Above: true, Value: 2000},
		{Text: "jwt-rs256:cpu > 20us", Arm: "jwt-rs256", Metric: "cpu_us_per_request", Above: true, Value: 20},
		{Text: "throughput<10000", Metric: "throughput_rps", Value: 10000},
		{Text: "memory>0.5MiB", Metric: "memory_bytes", Above: true, Value: 1 << 19},
	}
	for i, l := range limits {
		if l != want[i] {
			t.Errorf("limit %d: got %+v, want %+v", i, l, want[i])
		}
	}
	for _, bad := range []string{"", "p99", "p99>=2ms", "p99>fast", "p99>2parsecs", "p99>1.2.3ms", ":cpu>1us"} {
		if _, err := ParseLimits([]string{bad}); err == nil || !strings.Contains(err.Error(), "--fail-on") {
			t.Errorf("%q: got %v, want an error that names --fail-on", bad, err)
		}
	}
}

func TestBroken(t *testing.T) {
	lo, hi := 1900.0, 2300.0
	s := &Summary{Arms: []Arm{
		{Name: "a", Status: ArmOK, Loads: []Load{{Metrics: map[string]Estimate{"response_p99_us": {Value: 2100, Lo: &lo, Hi: &hi}}}}},
		{Name: "b", Status: ArmOK, Metrics: map[string]Estimate{"memory_bytes": {Value: 100}}},
	}}
	for text, want := range map[string]int{
		"a:p99>2ms":     0, // the interval reaches below the limit
		"a:p99>1.8ms":   1,
		"a:p99<2.2ms":   0,
		"a:p99<2.4ms":   1,
		"a:memory>1":    1, // not there: cannot be vouched for
		"memory>1":      2, // one has it and breaks it, the other has it not
		"b:memory>99B":  1,
		"b:memory>101B": 0,
		"c:memory>1":    1, // no such arm
	} {
		limits, err := ParseLimits([]string{text})
		if err != nil {
			t.Fatal(err)
		}
		if got := Broken(s, limits); len(got) != want {
			t.Errorf("%s: %q, want %d", text, got, want)
		}
	}
}
