package analysis

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// ramped is a run of six launches with a closed load and a ramp of 40 parts of a second, from
// 0 to 400 requests per second. In part i of arm jwt requests take 100 + i µs, and from part 30
// on half of them fail.
func ramped(t *testing.T, perPart int) *result.Run {
	m := quick()
	m.launches = 6
	m.loads = bothLoads[:1]
	r := m.run(t)
	ramp := bench.Load{Name: "ramp", Kind: bench.Ramped, Connections: 64, Arrivals: bench.Poisson, Stages: []bench.RampStage{{Length: bench.Duration(40 * time.Second), To: 400}}}
	r.Header.Scenario.Loads = append(slices.Clone(m.loads), ramp)
	for launch := 1; launch <= m.launches; launch++ {
		for _, a := range m.arms {
			s := bench.Slice{Arm: a.name, Load: "ramp", Launch: launch, Attempt: 1, Counts: true, Connections: 64, Start: int64(launch) * 1e10, Measured: 40e9,
				Rate: 200, Scheduled: 8000, Sent: 5000, Completed: 4000, Answered: 4000, Errors: map[string]int64{"timeout": 1000}, GeneratorCPU: 1e9,
				Statuses: map[bench.Class]map[int]int64{bench.Valid: {200: 4000}}}
			all := hist.New()
			for i := range bench.RampParts + 1 { // one after the end
				h := hist.New()
				for range perPart {
					h.Record(int64(1000 * (100 + i)))
				}
				all.Merge(h)
				part := bench.Part{Sent: int64(perPart), Completed: int64(perPart), Response: encode(t, h)}
				if i >= 30 {
					part.Errors = int64(perPart)
				}
				s.Course = append(s.Course, part)
			}
			s.Valid.Response, s.Valid.Lag = encode(t, all), m.lag
			r.Slices = append(r.Slices, s)
		}
	}
	return r
}

func TestRamp(t *testing.T) {
	const perPart = 1000
	a := analyze(t, ramped(t, perPart))
	l := find(t, a, "jwt", "ramp")
	if len(l.Course) != bench.RampParts || l.Ramp != "from 0 /s to 400 /s in 40s" || len(l.Metrics)+len(l.VersusBaseline)+len(l.Levels) != 0 {
		t.Fatalf("%d parts, %+v", len(l.Course), l)
	}
	for i, p := range l.Course {
		failures := int64(0)
		if i >= 30 {
			failures = 6 * perPart
		}
		due := 10*float64(i) + 5 // the rate in the middle of a second of a line from 0 to 400
		if p.From != float64(i) || p.Length != 1 || math.Abs(p.Rate-due) > 1e-9 || p.Requests != 6*perPart+failures || p.Failures != failures {
			t.Errorf("part %d: %+v", i, p)
		}
		for _, name := range []string{"response_p50_us", "response_p99_us"} {
			if e := p.Metrics[name]; math.Abs(e.Value/float64(100+i)-1) > 0.01 {
				t.Errorf("part %d: %s is %v, want %d", i, name, e.Value, 100+i)
			}
		}
		if got := p.Metrics["throughput_rps"].Value; got != perPart {
			t.Errorf("part %d: throughput %v", i, got)
		}
	}
	// Overload is the point of a ramp: nothing of it voids anything, or counts as the arm's.
	for _, w := range a.Summary.Warnings {
		if w.Load == "ramp" || strings.Contains(w.Text, "failed") {
			t.Errorf("warning %+v", w)
		}
	}
	for _, arm := range a.Summary.Arms {
		if arm.Status != ArmOK || arm.Answers.Errors["timeout"] != 0 {
			t.Errorf("%s is %s: %s; %+v", arm.Name, arm.Status, arm.Reason, arm.Answers)
		}
	}
	if len(a.Distributions) != 3 {
		t.Errorf("%d distributions, want those of the closed load alone", len(a.Distributions))
	}
	if c := Compare(a, a); !slices.Equal(c.Uncompared, []string{"ramp"}) || slices.ContainsFunc(c.Changes, func(c Change) bool { return c.Load == "ramp" }) {
		t.Errorf("not compared: %v", c.Uncompared)
	}
}

func TestRampTooShort(t *testing.T) {
	a := analyze(t, ramped(t, 100)) // 600 in a part: enough for a p90
	metrics := find(t, a, "jwt", "ramp").Course[0].Metrics
	if _, has := metrics["response_p99_us"]; has || metrics["response_p90_us"].Value == 0 {
		t.Errorf("metrics %v", metrics)
	}
	if !slices.ContainsFunc(a.Summary.Warnings, func(w bench.Warning) bool {
		return w.Code == codeFewSamples && w.Arm == "jwt" && strings.Contains(w.Text, "p99 in 40 of 40 parts")
	}) {
		t.Errorf("no warning: %+v", a.Summary.Warnings)
	}
}

// A generator that was late spoils a ramp's times as those of any open load; what let a bad
// credential in, and what answered nothing, is found under it, too.
func TestRampIsJudged(t *testing.T) {
	for name, c := range map[string]struct {
		spoil  func(*bench.Slice)
		status ArmStatus
		times  bool
	}{
		"good":         {func(*bench.Slice) {}, ArmOK, true},
		"late":         {func(s *bench.Slice) { s.LateSends = s.Sent / 2 }, ArmOK, false},
		"false accept": {func(s *bench.Slice) { s.FalseAccepts = 1 }, ArmUnsafe, true},
	} {
		r := ramped(t, 1000)
		for i := range r.Slices {
			if s := &r.Slices[i]; s.Load == "ramp" && s.Arm == "jwt" {
				c.spoil(s)
			}
		}
		a := analyze(t, r)
		arm := a.Summary.Arms[2]
		if _, has := find(t, a, "jwt", "ramp").Course[5].Metrics["response_p50_us"]; has != c.times || arm.Status != c.status {
			t.Errorf("%s: times %v, arm %s", name, has, arm.Status)
		}
	}
}
