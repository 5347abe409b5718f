package gate

import (
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/stat"
)

// Side is what is known of base's or head's side of an arm besides its speed,
// over all launches so far, the calibration included.
type Side struct {
	// FalseAccepts are bad credentials that were let in, Requests all that came to
	// an end, Failures those that failed, or were refused though their credential
	// was good.
	FalseAccepts, Requests, Failures int64
	// Capacity is how many requests its server answers per second at most, as the
	// calibration found; 0 before.
	Capacity float64
	// Conformance is what the attack catalogue says, nil if it was not asked.
	Conformance *bench.Conformance
	// Lost says why its server could not be measured to the end; empty if it could.
	Lost string
	// Killed is how often a signal ended its server while it was measured.
	Killed int
}

// Sides are the two sides of an arm.
type Sides struct {
	Arm        string
	Base, Head Side
}

// Alarm is a fault of head that base did not have. However fast head is, the gate fails.
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

// mostKilled is how many of base's servers may be killed before that is no accident: the
// first time the system may have been short of memory, and the run is invalid.
const mostKilled = 1

// interference accuses head of ending base's servers, which run beside its own.
func interference(sides []Sides) []Alarm {
	killed := 0
	var arms []string
	for _, s := range sides {
		if s.Base.Killed > 0 {
			arms = append(arms, s.Arm)
		}
		killed += s.Base.Killed
	}
	if killed <= mostKilled {
		return nil
	}
	return []Alarm{{
		Arm: strings.Join(arms, ", "), Code: CodeInterference,
		Text: fmt.Sprintf("base's servers were killed %d times while head's ran", killed),
	}}
}

// failuresRun is the chance that equal shares of failures raise any alarm.
const failuresRun = 0.001

// alarms lists what is wrong with an arm's head. It may be asked after every
// launch, for each of several arms: the level of the failures is shared out.
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

// newFailures are the cases that head failed, and base either passed or failed in another
// way: if base answers with a wrong status, that does not excuse a head that lets the
// request in. Where
// either was not put to the catalogue, nothing can be said.
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
