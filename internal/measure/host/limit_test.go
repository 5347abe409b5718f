package host

import (
	"testing"
	"time"
)

func TestQuota(t *testing.T) {
	for text, want := range map[string]float64{
		"150000 100000\n": 1.5, "max 100000\n": 0, "50000 100000": 0.5, "": 0, "max": 0,
		"100000": 0, "0 100000": 0, "-1 100000": 0, "100000 0": 0, "a b": 0, "1 2 3": 0,
	} {
		if got := quotaV2(text); got != want {
			t.Errorf("cpu.max %q: %v CPUs, want %v", text, got, want)
		}
	}
	for _, c := range []struct {
		quota, period string
		want          float64
	}{{"-1\n", "100000\n", 0}, {"200000\n", "100000\n", 2}, {"", "", 0}, {"25000", "", 0}} {
		if got := quotaV1(c.quota, c.period); got != c.want {
			t.Errorf("quota %q, period %q: %v CPUs, want %v", c.quota, c.period, got, c.want)
		}
	}
}

func TestThrottledTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"usage_usec 7\nuser_usec 5\nnr_periods 9\nnr_throttled 2\nthrottled_usec 1500\nnr_bursts 0\n": 1500 * time.Microsecond,
		"nr_periods 9\nnr_throttled 2\nthrottled_time 1500\n":                                         1500,
		"usage_usec 7\nuser_usec 5\n":                                                                 0,
		"":                                                                                            0,
		"throttled_usec\n":                                                                            0,
		"throttled_usec -4\n":                                                                         0,
		"throttled_usec 9223372036854775807\n":                                                        0,
		"nr_throttled_usec 4\n":                                                                       0,
	} {
		if got := throttledTime(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// The files come from the kernel, but through whatever a container mounts.
func FuzzLimits(f *testing.F) {
	f.Add("150000 100000\n")
	f.Add("usage_usec 7\nnr_periods 9\nnr_throttled 2\nthrottled_usec 1500\n")
	f.Add("throttled_time 9223372036854775807")
	f.Add("some avg10=0.00 avg60=0.00 avg300=0.00 total=12\n")
	f.Fuzz(func(t *testing.T, text string) {
		if q := quotaV2(text); !(q >= 0) {
			t.Errorf("quota %v", q)
		}
		if d := throttledTime(text); d < 0 {
			t.Errorf("throttled for %v", d)
		}
		if d := pressureTime(text); d < 0 {
			t.Errorf("waited for %v", d)
		}
	})
}
