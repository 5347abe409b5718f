package report

import (
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// A sweep's answer is how much longer the same answer takes, at levels that all arms have.
func TestSweepsAnswer(t *testing.T) {
	level := func(fraction, rate, p99 float64) analysis.Level {
		l := analysis.Level{Fraction: fraction, Rate: rate, Metrics: map[string]analysis.Estimate{}}
		if p99 > 0 {
			l.Metrics["response_p99_us"] = analysis.Estimate{Value: p99}
		}
		return l
	}
	arm := func(name string, levels ...analysis.Level) analysis.Arm {
		return analysis.Arm{Name: name, Status: analysis.ArmOK, Loads: []analysis.Load{{Name: "sweep", Kind: bench.Sweep, Levels: levels}}}
	}
	for _, c := range []struct {
		arms []analysis.Arm
		want string
	}{
		{[]analysis.Arm{arm("none", level(0.1, 1000, 90), level(0.5, 5000, 120), level(0.9, 9000, 900)), arm("jwt", level(0.9, 900, 3000), level(0.1, 100, 200))},
			"From 10.0 % to 90.0 % of each arm's own capacity, the response time p99 grows: that of none from 90.0 µs at 1.00 k/s to 900 µs at 9.00 k/s and that of jwt from 200 µs at 100 /s to 3.00 ms at 900 /s."},
		{[]analysis.Arm{arm("none", level(0.1, 1000, 90), level(0.9, 9000, 0)), arm("jwt", level(0.1, 100, 200), level(0.9, 900, 3000))},
			"Response time against throughput, at fractions of each arm's own capacity, is in the figure and in the details of each arm."},
	} {
		if got := plain(answer(&analysis.Summary{Arms: c.arms})); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
