package conform

import (
	"slices"

	"authbench/bench"
)

// Score is what a catalogue says of a method.
type Score struct {
	Method bench.Method
	// Arm is the scenario's name for it if somebody else's server was examined, else "".
	Arm string
	// Foreign says that somebody else's server was examined.
	Foreign bool
	// Catalogue is the digest of the catalogue.
	Catalogue string
	Verdicts  []CaseResult
}

// Status is what became of a case.
type Status string

// The states of a verdict. A case that applies but could not be asked of the subject is
// skipped: it counts neither as passed nor as failed. It is undecided if the answer to a
// sub-case proves nothing, or none could be had.
const (
	Passed        Status = "passed"
	Failed        Status = "failed"
	Skipped       Status = "skipped"
	Undecided     Status = "undecided"
	NotApplicable Status = "not applicable"
)

// CaseResult is what became of one case.
type CaseResult struct {
	Case   *Case
	Status Status
	// Runs is how many sub-cases were judged, on all surfaces.
	Runs     int
	Failures []Failure
	// Skips are the reasons why sub-cases were left out, each once.
	Skips []string
	// Undecided are the reasons why the answers to sub-cases prove nothing, each once.
	Undecided []string
	// Choices are what the subject does where the specification leaves it open.
	Choices []string
	// Unjudged are demands that could not be checked.
	Unjudged []string
}

// Failure is one sub-case that failed.
type Failure struct {
	Surface Surface
	SubCase string
	Fault   Fault
	Got     string
	// Mild says that this failure does not make the subject unsafe.
	Mild bool
}

// Gating reports whether the case decides about the subject's safety: its impact gates,
// and not all of its failures are mild.
func (v *CaseResult) Gating() bool {
	mild := func(f Failure) bool { return f.Mild }
	return v.Case.Impact.gating() && (len(v.Failures) == 0 || !allOf(v.Failures, mild))
}

func allOf(failures []Failure, is func(Failure) bool) bool {
	return !slices.ContainsFunc(failures, func(f Failure) bool { return !is(f) })
}

// add counts a trial.
func (v *CaseResult) add(s Surface, label string, t result) {
	if t.skipped != "" {
		v.skip(t.skipped)
		return
	}
	if t.undecided != "" {
		v.Undecided = appendNew(v.Undecided, t.undecided)
		return
	}
	v.Runs++
	if t.fault != "" {
		v.Failures = append(v.Failures, Failure{s, label, t.fault, t.got, t.nonGating})
	}
	v.Choices = appendNew(v.Choices, t.choice)
	for _, u := range t.unjudged {
		v.Unjudged = appendNew(v.Unjudged, u)
	}
}

func (v *CaseResult) skip(why string) { v.Skips = appendNew(v.Skips, why) }

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// conclude sets the status: one failure fails the case; without any, and with nothing
// undecided, one run passes it.
func (v *CaseResult) conclude() {
	switch {
	case len(v.Failures) > 0:
		v.Status = Failed
	case len(v.Undecided) > 0:
		v.Status = Undecided
	case v.Runs > 0:
		v.Status = Passed
	default:
		v.Status = Skipped
	}
}

// Count is how the cases of one kind went.
type Count struct {
	Passed, Failed, Skipped, Undecided int
	// FalseAccepts and FalseRejects are among Failed; the rest failed in another way.
	FalseAccepts, FalseRejects int
}

// judged is how many cases passed or failed.
func (c Count) judged() int { return c.Passed + c.Failed }

// Count counts the verdicts on the cases for which keep is true.
func (s *Score) Count(keep func(*Case) bool) Count {
	return s.count(func(v *CaseResult) bool { return keep(v.Case) })
}

func (s *Score) count(keep func(*CaseResult) bool) Count {
	var c Count
	for i := range s.Verdicts {
		v := &s.Verdicts[i]
		if !keep(v) {
			continue
		}
		switch v.Status {
		case Undecided:
			c.Undecided++
		case Passed:
			c.Passed++
		case Skipped:
			c.Skipped++
		case Failed:
			c.Failed++
			switch {
			case v.has(falseAccept):
				c.FalseAccepts++
			case v.has(falseReject):
				c.FalseRejects++
			}
		}
	}
	return c
}

func (v *CaseResult) has(f Fault) bool {
	return slices.ContainsFunc(v.Failures, func(one Failure) bool { return one.Fault == f })
}

// gating counts the cases that decide about safety.
func (s *Score) gating() Count { return s.count((*CaseResult).Gating) }

// gate reports whether the method may be measured: at least one gating case was judged,
// and it passed all of them.
func (s *Score) gate() bool {
	c := s.gating()
	return c.Failed == 0 && c.Undecided == 0 && c.Passed > 0
}

// Unsafe reports whether a case of a gating impact failed.
func (s *Score) Unsafe() bool { return s.gating().Failed > 0 }

// Undecided says why it is not known whether the subject is safe, "" if it is known.
func (s *Score) Undecided() string {
	if c := s.gating(); c.Failed > 0 || c.Undecided == 0 {
		return ""
	}
	at := slices.IndexFunc(s.Verdicts, func(v CaseResult) bool { return v.Status == Undecided && v.Gating() })
	return "cannot be judged: " + s.Verdicts[at].Undecided[0]
}

// All keeps every case.
func All(*Case) bool { return true }

// Of keeps the cases of an impact.
func Of(i Impact) func(*Case) bool { return func(c *Case) bool { return c.Impact == i } }

// classes returns the classes of the cases in the score, in the catalogue's order.
func (s *Score) classes() []string {
	var out []string
	for _, v := range s.Verdicts {
		out = appendNew(out, v.Case.Class)
	}
	return out
}

// Failed returns the verdicts of the cases that failed, those that gate first.
func (s *Score) Failed() []CaseResult { return s.sorted(Failed) }

// Skipped returns the verdicts of the cases that were skipped.
func (s *Score) Skipped() []CaseResult { return s.sorted(Skipped) }

func (s *Score) sorted(status Status) []CaseResult {
	var out []CaseResult
	for _, v := range s.Verdicts {
		if v.Status == status {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b CaseResult) int { return gateOrder(a) - gateOrder(b) })
	return out
}

func gateOrder(v CaseResult) int {
	if v.Gating() {
		return 0
	}
	return 1
}
