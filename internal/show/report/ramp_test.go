package report

import (
	"testing"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// rampArm is an arm under a ramp of parts of a second, with the p99 of each; 0 for none.
func rampArm(name string, p99 ...float64) analysis.Arm {
	l := analysis.Load{Name: "ramp", Kind: bench.Ramped, Ramp: "from 0 /s to 2.00 k/s in 4s"}
	for i, v := range p99 {
		p := analysis.RampPart{From: float64(i), Length: 1, Rate: 250 + 500*float64(i), Metrics: map[string]analysis.Estimate{"throughput_rps": {Value: 250}}}
		if v > 0 {
			p.Metrics["response_p99_us"] = analysis.Estimate{Value: v}
		}
		l.Course = append(l.Course, p)
	}
	return analysis.Arm{Name: name, Status: analysis.ArmOK, Loads: []analysis.Load{l}}
}

// A ramp's answer is how slow each arm got, and when.
func TestRampsAnswer(t *testing.T) {
	for _, c := range []struct {
		arms []analysis.Arm
		want string
	}{
		{[]analysis.Arm{rampArm("none", 90, 95, 120, 110), rampArm("jwt", 100, 200, 0, 3000)},
			"Under the load ramp, from 0 /s to 2.00 k/s in 4s, the longest response time p99 is 120 µs for none (after 2.00 s, at 1.25 k/s) and 3.00 ms for jwt (after 3.00 s, at 1.75 k/s)."},
		{[]analysis.Arm{rampArm("none", 0, 0, 0, 0)},
			"Under the load ramp, from 0 /s to 2.00 k/s in 4s, no response times can be shown: the warnings say why."},
	} {
		if got := plain(answer(&analysis.Summary{Arms: c.arms})); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// The page draws times over time, and throughput beside what was due; a part without a p99 is
// a gap.
func TestRampCharts(t *testing.T) {
	d := chartsOf(&analysis.Analysis{Summary: analysis.Summary{Arms: []analysis.Arm{rampArm("none", 90, 95, 120, 110), rampArm("jwt", 100, 200, 0, 3000)}}})
	if len(d.Charts) != 2 { // no arm has a p50
		t.Fatalf("%d charts", len(d.Charts))
	}
	times, throughput := d.Charts[0], d.Charts[1]
	if len(times.At) != 4 || times.At[0] != 0.5 || len(times.Arms) != 2 || times.Values[1][2] != nil || *times.Values[1][3] != 3000 {
		t.Errorf("times %+v", times)
	}
	if len(throughput.Arms) != 3 || d.Arms[throughput.Arms[0]].Name != "due" || *throughput.Values[0][3] != 1750 || *throughput.Values[1][3] != 250 {
		t.Errorf("throughput %+v of %+v", throughput, d.Arms)
	}
}
