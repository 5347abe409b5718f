package bench

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Ramp is the course of an open load's rate. It begins with From, and each stage takes
// it, evenly, to a rate of its own. After the last stage nothing is due. The zero value is
// no ramp.
type Ramp struct {
	From   float64     `json:"from_rps"` // requests per second
	Stages []RampStage `json:"stages"`
}

// RampStage is a part of a ramp. A stage without length is a jump; a stage with the rate of
// the stage before holds that rate.
type RampStage struct {
	Length Duration `json:"length"`
	// To is the rate at the end of the stage, requests per second.
	To float64 `json:"to_rps"`
}

// Length is how long the whole ramp takes.
func (r Ramp) Length() (sum time.Duration) {
	for _, s := range r.Stages {
		sum += s.Length.Std()
	}
	return sum
}

// Mean is the mean rate over the whole ramp, requests per second.
func (r Ramp) Mean() float64 { return r.Due(r.Length()) / r.Length().Seconds() }

// RampParts is how many parts of equal length a run looks at a ramp in: as many as a figure
// can show beside each other.
const RampParts = 40

// Ramp is the course of the load's rate; the zero value unless it is [Ramped].
func (l Load) Ramp() Ramp { return Ramp{Stages: l.Stages} }

// Part is how long a part of the load's ramp is; see [RampParts].
func (l Load) Part() time.Duration { return l.Ramp().Length() / RampParts }

// Due returns how many requests are due within a time since the beginning, on average
// where chance spaces them: the integral of the rate.
func (r Ramp) Due(within time.Duration) float64 {
	due, from := 0.0, r.From
	for _, s := range r.Stages {
		length := s.Length.Std()
		if within < length {
			to := from + (s.To-from)*float64(within)/float64(length)
			return due + (from+to)/2*within.Seconds()
		}
		due += (from + s.To) / 2 * length.Seconds()
		within, from = within-length, s.To
	}
	return due
}

// Check reports what is wrong with a ramp whose rates may be up to most.
func (r Ramp) Check(most float64) error {
	for _, s := range append([]RampStage{{To: r.From}}, r.Stages...) {
		switch {
		case s.Length < 0:
			return fmt.Errorf("a stage of %v: write a time from 0 up", s.Length)
		case !(s.To >= 0 && s.To <= most):
			return fmt.Errorf("a rate of %v requests per second: write one from 0 to %.0f", s.To, most)
		}
	}
	switch due := r.Due(r.Length()); {
	case due < 1:
		return errors.New("less than one request is due in all: write higher rates, or longer stages")
	case due > math.MaxInt32*1e6: // far beyond what any machine sends, and exact in a float64
		return fmt.Errorf("more than %.0f requests are due in all: write lower rates, or shorter stages", math.MaxInt32*1e6)
	}
	return nil
}

// Text words a ramp, with what prints its rates.
func (r Ramp) Text(rate func(float64) string) string {
	text, from := "from "+rate(r.From), r.From
	for i, s := range r.Stages {
		switch {
		case s.To == from:
			text += fmt.Sprintf(", %s for %v", rate(s.To), s.Length)
		case s.Length == 0:
			text += ", at once to " + rate(s.To)
		case i == 0:
			text += fmt.Sprintf(" to %s in %v", rate(s.To), s.Length)
		default:
			text += fmt.Sprintf(", to %s in %v", rate(s.To), s.Length)
		}
		from = s.To
	}
	return text
}
