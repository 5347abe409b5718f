package gate

import (
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/stat"
)

// Side is what is known of one side of an arm, base or head, besides its speed: over all
// launches so far, including the calibration.
type Side struct {
	// FalseAccepts counts bad credentials that were accepted, Requests all requests that
	// ended, Failures those that failed, or were refused despite a valid credential.
	FalseAccepts, Requests, Failures int64
	// Capacity is the highest number of requests per second that its server answers, as the
	// calibration found it; 0 before.
	Capacity float64
	// Conformance is what the attack catalogue says, nil if it was not asked.
	Conformance *bench.Conformance
	// Lost says why its server could not be measured to the end; "" if it could.
	Lost string
	// Killed is how often a signal ended its server during a measurement.
	Killed int
}

// Sides are the two sides of an arm.
type Sides struct {
	Arm        string
	Base, Head Side
}

// Alarm is a fault of head that base does not have. With one the gate fails, however fast
// head is.
type Alarm struct {
	Arm  string `json:"arm"`
	Code string `json:"code"`
	Text string `json:"text"`
	// Cases are those of the attack catalogue that head failed and base did not, with
	// [CodeConformance].
	Cases []bench.CaseFailure `json:"cases,omitempty"`
}

// The codes of alarms.
const (
	CodeFalseAccepts = "false_accepts"
	CodeConformance  = "conformance"
	CodeFailures     = "failures"
	CodeLost         = "target_lost"
	CodeInterference = "interference"
)

// maxBaseKills is how many of base's servers may be killed by accident: once, the system may
// have been short of memory, and the run is invalid. More are head's doing.
const maxBaseKills = 1

// interferenceAlarms returns an alarm if head seems to have ended base's servers, which run at the
// same time.
func interferenceAlarms(sides []Sides) []Alarm {
	killed := 0
	var arms []string
	for _, s := range sides {
		if s.Base.Killed > 0 {
			arms = append(arms, s.Arm)
		}
		killed += s.Base.Killed
	}
	if killed <= maxBaseKills {
		return nil
	}
	return []Alarm{{
		Arm: strings.Join(arms, ", "), Code: CodeInterference,
		Text: fmt.Sprintf("base's servers were killed %d times while head's ran", killed),
	}}
}

// failuresRun is the chance of any alarm if the shares of failures are equal.
const failuresRun = 0.001

// alarms lists what is wrong with an arm's head. It is called after every launch, for each of
// several arms, so the chance of a false alarm about failures is divided among these calls.
func alarms(s Sides, arms int) []Alarm {
	var out []Alarm
	alarm := func(code, format string, args ...any) {
		out = append(out, Alarm{Arm: s.Arm, Code: code, Text: fmt.Sprintf(format, args...)})
	}
	base, head := s.Base, s.Head
	level := failuresRun / float64(arms*(LastLook+1))
	switch {
	case head.FalseAccepts > 0 && base.FalseAccepts == 0:
		alarm(CodeFalseAccepts, "head let %d bad credentials in, base none", head.FalseAccepts)
	case stat.FisherGreater(head.FalseAccepts, head.Requests-head.FalseAccepts, base.FalseAccepts, base.Requests-base.FalseAccepts) <= level:
		alarm(CodeFalseAccepts, "head let %d bad credentials in, base %d", head.FalseAccepts, base.FalseAccepts)
	}
	if worse := newFailures(base.Conformance, head.Conformance); len(worse) > 0 {
		c := bench.Conformance{Failures: slices.Clone(worse)}
		for i := range c.Failures {
			c.Failures[i].Gating = true // every one is named: none may be new
		}
		alarm(CodeConformance, "unlike base, %s", c.Why())
		out[len(out)-1].Cases = worse
	}
	if p := stat.FisherGreater(head.Failures, head.Requests-head.Failures, base.Failures, base.Requests-base.Failures); p <= level {
		alarm(CodeFailures, "%d of %d requests to head failed or could not be sent, %d of %d to base", head.Failures, head.Requests, base.Failures, base.Requests)
	}
	if head.Lost != "" && base.Lost == "" {
		alarm(CodeLost, "head's server could not be measured to the end: %s", head.Lost)
	}
	return out
}

// newFailures are the cases that head failed, and base passed or failed in another way: that
// base answers with a wrong status does not excuse a head that accepts the request. There
// are none if base or head was not examined.
func newFailures(base, head *bench.Conformance) []bench.CaseFailure {
	if base == nil || head == nil || !base.Tested() || !head.Tested() {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(head.Failures), func(f bench.CaseFailure) bool {
		return slices.ContainsFunc(base.Failures, func(was bench.CaseFailure) bool {
			return was.ID == f.ID && !slices.ContainsFunc(f.Proven, func(fault string) bool { return !slices.Contains(was.Proven, fault) })
		})
	})
}
