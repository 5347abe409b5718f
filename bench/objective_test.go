package bench

import (
	"testing"
	"time"
)

func TestParseObjective(t *testing.T) {
	for text, want := range map[string]Objective{
		"p99 < 2ms":     {"p99", 0.99, 2 * time.Millisecond},
		"p50<100us":     {"p50", 0.5, 100 * time.Microsecond},
		" p99.9 < 1.5s": {"p99.9", 0.999, 1500 * time.Millisecond},
	} {
		got, err := ParseObjective(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
		if again, err := ParseObjective(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q, which reads %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "p99", "p99 > 2ms", "p99 < 0s", "p99 < -2ms", "p100 < 2ms", "p99x9 < 2ms", "p99 < 2 ms", "99 < 2ms"} {
		if o, err := ParseObjective(text); err == nil {
			t.Errorf("%q reads %+v", text, o)
		}
	}
}

// Ten requests are to lie beyond the quantile.
func TestObjectiveRequests(t *testing.T) {
	for text, want := range map[string]float64{"p50 < 1s": 20, "p95 < 1s": 200, "p99 < 1s": 1000, "p99.9 < 1s": 10_000} {
		o, err := ParseObjective(text)
		if err != nil || o.requests(10) != want {
			t.Errorf("%s needs %v requests, want %v (%v)", text, o.requests(10), want, err)
		}
	}
}
