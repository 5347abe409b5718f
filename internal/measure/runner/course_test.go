package runner

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// A slice under a ramp has the counts and times of every part, those that came after its end
// included, and other slices have none.
func TestRampHasACourse(t *testing.T) {
	w, p := newWorld(), &recorder{}
	c := config(w, p)
	c.Scenario.Launches = 1
	c.Scenario.Loads = append(c.Scenario.Loads[:1], bench.Load{Name: "ramp", Kind: bench.Ramped, Connections: 8, Arrivals: bench.Poisson,
		Timeout: bench.Duration(time.Second), Stages: []bench.RampStage{{Length: bench.Duration(40 * time.Second), To: 100}}})
	w.outcome = func(_ string, s load.Slice) *load.Outcome {
		if s.Live != nil {
			if s.Live.Every != time.Second || s.Ramp.Length() != 40*time.Second || s.Measure != 40*time.Second || s.Rate != 50 {
				t.Errorf("the slice is %+v, parts of %v", s, s.Live.Every)
			}
			for thread := range 2 { // each has something to say of each part
				for i := range bench.RampParts + 2 {
					times := hist.New()
					times.Record(int64(1000 * (i + 1)))
					packed := hist.NewPacked()
					packed.Take(times)
					s.Live.Take(load.Interval{Index: i, Counts: load.Counts{Sent: 2, Completed: 1, WrongVerdicts: int64(thread), Errors: 1}, Times: packed})
				}
			}
		}
		return outcome(s, 2000, 100) // far fewer than were due: a ramp may overload
	}
	if err := Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ramps := 0
	for _, s := range p.slices {
		if s.Load != "ramp" {
			if s.Course != nil {
				t.Errorf("load %s has a course", s.Load)
			}
			continue
		}
		ramps++
		if !s.Counts || len(s.Course) != bench.RampParts+2 {
			t.Fatalf("counts %v (%v), %d parts", s.Counts, s.Invalid, len(s.Course))
		}
		for i, part := range s.Course {
			h, err := hist.Decode(string(part.Response))
			if err != nil || part.Sent != 4 || part.Completed != 2 || part.WrongVerdicts != 1 || part.Errors != 2 || h.Count() != 2 || h.Max() < int64(1000*(i+1)) {
				t.Errorf("part %d is %+v: %v", i, part, err)
			}
		}
	}
	if ramps != len(c.Scenario.Arms) {
		t.Errorf("%d slices under the ramp, want one of each arm", ramps)
	}
}
