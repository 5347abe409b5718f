package analysis

import (
	"math"
	"slices"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/hist"
	"authbench/internal/result/validity"
)

// searched is a run of searches among servers of which it is known how many
// requests miss the objective: their share rises with the tenth power of the rate
// and is 1 % at the arm's capacity. adjust may spoil slices.
func searched(capacity map[string]float64, adjust func(*bench.Slice)) *result.Run {
	r := &result.Run{Footer: &bench.Footer{Status: bench.Completed}}
	h := &r.Header
	h.Scenario = bench.Scenario{Name: "searched", Baseline: "none", Loads: []bench.Load{{
		Name: "capacity", Kind: bench.Capacity, SLO: "p99 < 2ms", Connections: 64, Arrivals: bench.Poisson, Timeout: bench.Duration(5 * time.Second),
	}}}
	h.Scenario.Protocol = bench.Protocol{Launches: 6, Rounds: 4, Slice: bench.Duration(200 * time.Millisecond)}
	for _, name := range []string{"none", "apikey", "jwt"} {
		h.Scenario.Arms = append(h.Scenario.Arms, bench.Arm{Name: name, Method: bench.Method{ID: "m"}})
		h.Arms = append(h.Arms, bench.ArmInfo{Name: name, HasCPU: true, Restarts: true})
		r.Calibrations = append(r.Calibrations, bench.Calibration{Arm: name, Capacity: 1.1 * capacity[name]})
	}
	for launch := 1; launch <= 6; launch++ {
		o := bench.Outcomes{Launches: launch + 1, Calibrations: r.Calibrations}
		for step := bench.Next(h.Scenario, 1, o); step.Kind == bench.StepRound; step = bench.Next(h.Scenario, 1, o) {
			for position, v := range step.Visits {
				n := int64(v.Rate * v.Measure.Seconds())
				s := bench.Slice{
					Arm: v.Arm, Load: "capacity", Launch: launch, Round: step.Round, Attempt: 1, Position: position, Counts: true,
					Start: int64(len(r.Slices)), Rate: v.Rate, Connections: 64, Measured: v.Measure.Nanoseconds(),
					Scheduled: n, Sent: n, Completed: n, Answered: n, GeneratorCPU: v.Measure.Nanoseconds(), GeneratorSpin: v.Measure.Nanoseconds() / 2,
					Probe: &bench.Probe{Requests: 1e9, Missed: int64(1e9 * min(1, 0.01*math.Pow(v.Rate/capacity[v.Arm], 10)))},
				}
				adjust(&s)
				o.Last, r.Slices = append(o.Last, s), append(r.Slices, s)
			}
		}
		r.Launches = append(r.Launches, bench.Launch{Launch: launch})
	}
	return r
}

var planted = map[string]float64{"none": 90_000, "apikey": 80_000, "jwt": 20_000}

func TestCapacity(t *testing.T) {
	r := searched(planted, func(*bench.Slice) {})
	a := analyze(t, r)
	if a.Summary.Validity != result.Valid {
		t.Errorf("verdict %s: %+v", a.Summary.Validity, a.Summary.Warnings)
	}
	for arm, want := range planted {
		l := find(t, a, arm, "capacity")
		holds(t, arm, l.Metrics, capacityMetric, want, 0.001)
		if l.SLO != "p99 < 2ms" || l.Rate != 0 {
			t.Errorf("%s: %+v", arm, l)
		}
	}
	if c := find(t, a, "jwt", "capacity").VersusBaseline[capacityMetric]; math.Abs(c.Ratio*9/2-1) > 0.001 || c.N != 6 {
		t.Errorf("jwt against none: %+v, want 2/9", c)
	}
}

// Overload is what a search looks for: it spoils neither an arm nor the run. A
// forged credential let in does.
func TestOverloadIsNoFault(t *testing.T) {
	r := searched(planted, func(s *bench.Slice) {
		if s.Probe.Missed > 1e7 {
			s.Sent, s.Errors = s.Sent/2, map[string]int64{"timeout": s.Sent / 4}
		}
	})
	if a := analyze(t, r); a.Summary.Validity != result.Valid || a.Summary.Arms[2].Status != ArmOK || a.Summary.Health.Sending != nil {
		t.Errorf("verdict %s: %+v", a.Summary.Validity, a.Summary.Warnings)
	}
	r.Slices[5].FalseAccepts = 1
	if a := analyze(t, r); !slices.ContainsFunc(a.Summary.Arms, func(arm Arm) bool { return arm.Status == ArmUnsafe }) {
		t.Error("a false accept during a search was overlooked")
	}
}

// Where the generator was busy all the time, or late, what it reached is a lower
// bound, which is compared with nothing.
func TestGeneratorLimit(t *testing.T) {
	lag := func(d time.Duration) bench.EncodedHistogram {
		h := hist.New()
		h.Record(d.Nanoseconds())
		return encode(t, h)
	}
	for name, adjust := range map[string]func(*bench.Slice){
		"busy":     func(s *bench.Slice) { s.GeneratorSpin = 0 },
		"late":     func(s *bench.Slice) { s.Valid.Lag = lag(1100 * time.Microsecond) },
		"punctual": func(s *bench.Slice) { s.Valid.Lag = lag(900 * time.Microsecond) },
	} {
		r := searched(planted, func(s *bench.Slice) {
			if s.Arm == "none" && s.Probe.Missed > 1e7 {
				adjust(s)
			}
		})
		a := analyze(t, r)
		none, jwt := find(t, a, "none", "capacity"), find(t, a, "jwt", "capacity")
		bound := name != "punctual"
		if e, ok := none.Metrics[capacityAtLeastMetric]; ok != bound || ok && !(e.Value > 85_000 && e.Value <= 90_000) {
			t.Errorf("%s: %+v", name, none.Metrics)
		}
		if slices.Contains(codes(a), validity.CodeGeneratorLimit) != bound || len(jwt.VersusBaseline) == 0 != bound {
			t.Errorf("%s: warnings %v, jwt against none %+v", name, codes(a), jwt.VersusBaseline)
		}
	}
}

func TestNoCapacity(t *testing.T) {
	r := searched(map[string]float64{"none": 90_000, "apikey": 80_000, "jwt": 20}, func(s *bench.Slice) {
		if s.Arm == "apikey" {
			s.Probe.Missed = s.Probe.Requests
		}
	})
	a := analyze(t, r)
	for _, arm := range []string{"apikey", "jwt"} {
		if slices.ContainsFunc(a.Summary.Warnings, func(w bench.Warning) bool { return w.Arm == arm && w.Code == codeNoCapacity }) == false {
			t.Errorf("no warning for %s: %+v", arm, a.Summary.Warnings)
		}
	}
	if m := find(t, a, "apikey", "capacity").Metrics; m[capacityMetric].Value != 0 || m[capacityAtLeastMetric].Value != 0 {
		t.Errorf("a capacity that was never reached: %+v", m)
	}
}
