package bench

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

func stage(length time.Duration, to float64) RampStage { return RampStage{Duration(length), to} }

func TestRampDue(t *testing.T) {
	r := Ramp{From: 100, Stages: []RampStage{stage(10*time.Second, 300), stage(0, 50), stage(2*time.Second, 50), stage(4*time.Second, 0)}}
	if r.Length() != 16*time.Second {
		t.Errorf("it is %v long", r.Length())
	}
	for at, want := range map[time.Duration]float64{
		0: 0, time.Second: 110, 5 * time.Second: 750, 10 * time.Second: 2000, 11 * time.Second: 2050, 12 * time.Second: 2100,
		14 * time.Second: 2175, 16 * time.Second: 2200, time.Hour: 2200,
	} {
		if got := r.Due(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("after %v %v are due, want %v", at, got, want)
		}
	}
	if got := r.Text(func(v float64) string { return strconv.Itoa(int(v)) }); got != "from 100 to 300 in 10s, at once to 50, 50 for 2s, to 0 in 4s" {
		t.Errorf("it reads %q", got)
	}
	text, err := json.Marshal(r)
	if want := `{"from_rps":100,"stages":[{"length":"10s","to_rps":300},`; err != nil || !strings.HasPrefix(string(text), want) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestRampCheck(t *testing.T) {
	for _, c := range []struct {
		ramp Ramp
		want string
	}{
		{Ramp{Stages: []RampStage{stage(10*time.Second, 100)}}, ""},
		{Ramp{From: 100, Stages: []RampStage{stage(10*time.Second, 0)}}, ""},
		{Ramp{}, "less than one request is due"},
		{Ramp{From: 5}, "less than one request is due"},
		{Ramp{Stages: []RampStage{stage(time.Second, 1)}}, "less than one request is due"},
		{Ramp{Stages: []RampStage{stage(-time.Second, 100)}}, "a stage of -1s"},
		{Ramp{Stages: []RampStage{stage(time.Second, -1)}}, "a rate of -1"},
		{Ramp{Stages: []RampStage{stage(time.Second, math.NaN())}}, "a rate of NaN"},
		{Ramp{From: math.Inf(1), Stages: []RampStage{stage(time.Second, 1)}}, "a rate of +Inf"},
		{Ramp{Stages: []RampStage{stage(time.Second, 1001)}}, "from 0 to 1000"},
	} {
		if err := c.ramp.Check(1000); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.ramp, err, c.want)
		}
	}
	if err := (Ramp{Stages: []RampStage{stage(1e6*time.Hour, 1e9)}}).Check(1e9); err == nil {
		t.Error("more than can be counted is let through")
	}
}

// A ramp is visited once in a launch, whatever the rounds, and for as long as it takes.
func TestRampIsVisitedOnce(t *testing.T) {
	s := Scenario{Name: "s", Baseline: "a", Protocol: Protocol{Launches: 2, Rounds: 3}, Arms: []Arm{{Name: "a"}},
		Loads: []Load{{Name: "closed", Kind: Closed}, {Name: "ramp", Kind: Ramped, Stages: []RampStage{{Duration(4 * time.Second), 100}, {Duration(time.Second), 0}}}}}
	s = s.WithDefaults(catalogue{})
	var visits []Visit
	for _, r := range roundsOf(s, 1, 1) {
		if r.load.Kind == Ramped {
			visits = append(visits, visit(s, "a", r, 7, Outcomes{Calibrations: []Calibration{{Arm: "a", Capacity: 1}}}))
		}
	}
	if len(visits) != 1 || visits[0].Settle != 0 || visits[0].Measure != 5*time.Second || visits[0].Rate != 50 || visits[0].Load.Kind != Ramped {
		t.Errorf("visits %+v", visits)
	}
	without := s
	without.Loads = s.Loads[:1]
	if more := s.Duration(noFacts) - without.Duration(noFacts); more < 10*time.Second || more > 11*time.Second {
		t.Errorf("two launches of a ramp of 5s take %v longer", more)
	}
}
