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
