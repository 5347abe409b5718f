// Package gate decides whether a change makes authentication slower or less safe.
// It is pure: measurements flow in, a verdict flows out, and equal measurements give equal
// verdicts.
//
//  1. Base and head run as two sides of each arm in the same launches. Each
//     launch gives one number per cell (arm and metric): head against base, a
//     [Series] over launches.
//  2. After 10, 15, … 40 launches [Judge] looks at each cell. It passes when the
//     exact signed-rank test rules out a slow-down of the target's size, and fails
//     when the test rules out that there is none and the estimate is of that size.
//     Noise prevents a pass, never a failure. The first decision stands.
//  3. A latency that is too noisy for its target is bounded: the gate goes on until an
//     alarming slow-down is ruled out, and says which slow-down is.
//  4. An arm whose cells are decided needs no more launches ([Report.Undecided]).
//  5. A false accept, a new failure of the attack catalogue or a larger share of failed
//     requests is an [Alarm] at once, however fast head is.
//
// The levels and their reasons are in policy.go. internal/experiment/calibrate measures their
// error rates by simulation.
package gate

import (
	"fmt"
	"slices"
)

// Input is what is known after some launches.
type Input struct {
	Series []Series
	Sides  []Sides
	// Fixed is how many of base and head have the same layout of their code in all launches,
	// 0 to 2. A difference that two layouts may cause is then no change.
	Fixed int
	// Ended says that no more launches will come.
	Ended bool
}

// Report is the gate's verdict, with the cells and alarms behind it.
type Report struct {
	Verdict Verdict `json:"verdict"`
	Alarms  []Alarm `json:"alarms"`
	Cells   []Cell  `json:"cells"`
}

// Judge decides. A report that is [Open] asks for more launches.
func Judge(in Input) Report {
	r := Report{Alarms: []Alarm{}, Cells: []Cell{}}
	for _, s := range in.Sides {
		r.Alarms = append(r.Alarms, alarms(s, len(in.Sides))...)
	}
	r.Alarms = append(r.Alarms, interferenceAlarms(in.Sides)...)
	for _, s := range in.Series {
		q := cellQuestion{Series: s, Aim: Aims[s.Metric].widened(in.Fixed), cells: len(in.Series), fixed: in.Fixed}
		r.Cells = append(r.Cells, q.judge(in.Ended))
	}
	r.Verdict = r.verdict(in.Sides)
	return r
}

// verdict sums up. A failure is final. Without one, undecided cells leave the gate open or
// inconclusive. A pass requires that the CPU time of every arm passes.
func (r Report) verdict(asked []Sides) Verdict {
	has := func(v Verdict) bool {
		return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Verdict == v })
	}
	switch {
	case len(r.Alarms) > 0 || has(Fail):
		return Fail
	case has(Open):
		return Open
	case has(Inconclusive) || len(r.Cells) == 0:
		return Inconclusive
	}
	var arms []string
	for _, c := range r.Cells {
		arms = append(arms, c.Arm)
	}
	for _, s := range asked {
		arms = append(arms, s.Arm)
	}
	for _, arm := range arms {
		if !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Arm == arm && c.Metric == MetricCPU && c.Verdict == Pass }) {
			return Inconclusive
		}
	}
	return Pass
}

// lostCapacity is the factor by which head's capacity may be below base's if head's latencies
// are not judged. Capacity comes from a calibration of three slices, which a busy machine can
// halve.
const lostCapacity = 3

// Overwhelmed says why it is not known how slow an arm's head is, "" if it is known. Base and
// head are measured at a rate that the slower of them can take. If that rate gives too few
// requests to judge latencies, a head that stalls under more load would pass.
func (r Report) Overwhelmed(s Sides) string {
	unjudged := func(c Cell) bool { return c.Arm == s.Arm && c.Verdict == NotJudged }
	if lostCapacity*s.Head.Capacity >= s.Base.Capacity || !slices.ContainsFunc(r.Cells, unjudged) {
		return ""
	}
	return fmt.Sprintf("head answered %.0f requests per second at most, base %.0f; at a rate that both bear there are too few to judge latencies by",
		s.Head.Capacity, s.Base.Capacity)
}

// AllPassed reports whether every cell passed, as --strict demands.
func (r Report) AllPassed() bool {
	return len(r.Cells) > 0 && !slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Verdict != Pass })
}

// Undecided lists the arms that need more launches.
func (r Report) Undecided() []string { return r.arms(Open) }

// arms lists the arms that have a cell with the verdict.
func (r Report) arms(v Verdict) []string {
	var out []string
	for _, c := range r.Cells {
		if c.Verdict == v && !slices.Contains(out, c.Arm) {
			out = append(out, c.Arm)
		}
	}
	return out
}
