package gate

import (
	"math"

	"authbench/internal/stat"
)

// Verdict is what the gate says of a cell, or of all of them.
type Verdict string

const (
	// Pass: a slow-down of the target's size is ruled out.
	Pass Verdict = "pass"
	// Fail: a slow-down is certain, and by the estimate it has at least nearly the target's
	// size.
	Fail Verdict = "fail"
	// Bounded: the machine is too noisy for the target, and no slow-down was found.
	// The cell says which slow-downs are ruled out instead.
	Bounded Verdict = "bounded"
	// Inconclusive: the launches show neither.
	Inconclusive Verdict = "inconclusive"
	// NotJudged: the metric cannot be given honestly.
	NotJudged Verdict = "not_judged"
	// Open: more launches will decide.
	Open Verdict = "open"
	// Invalid: the run's numbers may not be used, so that it decides nothing. Only whole
	// gates have this verdict.
	Invalid Verdict = "invalid"
)

// Series is one metric of one arm, by launch, in their order.
type Series struct {
	Arm    string
	Metric string // one of [Aims]
	// Changes are head against base, paired within the launch: logarithms of the
	// ratio, or for [MetricTail] differences of the share.
	Changes []float64
	// Base and Head are the sides' values by launch, in the metric's unit.
	Base, Head []float64
	// Whole are, for the CPU time, the changes of all that the servers did in a launch. They
	// must not contradict a pass. Empty if they are not known.
	Whole []float64
	// Withheld says why the metric cannot be given honestly; then it is not judged. Spoilt
	// says that it was measured nevertheless: such a metric cannot pass.
	Withheld string
	Spoilt   bool
}

// Cell is what the gate says of one [Series]. Shares are of base's value: 0.05 is
// 5 % more; those of [MetricTail] are shares of the requests.
type Cell struct {
	Arm     string  `json:"arm"`
	Metric  string  `json:"metric"`
	Verdict Verdict `json:"verdict"`
	// Launches is the number of launches behind the verdict.
	Launches int     `json:"launches"`
	Target   float64 `json:"target"`
	// Base and Head are the medians of the sides' launches, in the metric's unit.
	Base *float64 `json:"base,omitempty"`
	Head *float64 `json:"head,omitempty"`
	// Change is the estimate, Lo and Hi its 95 % interval, by which the verdict is not
	// decided. Nil: too few launches.
	Change *float64 `json:"change,omitempty"`
	Lo     *float64 `json:"change_lo,omitempty"`
	Hi     *float64 `json:"change_hi,omitempty"`
	// Whole is, for the CPU time, the change of all that the servers did in the launches.
	Whole *float64 `json:"change_whole,omitempty"`
	// RuledOut is the smallest slow-down that is ruled out, at the level for a pass. Nil: too
	// few launches.
	RuledOut *float64 `json:"ruled_out,omitempty"`
	// LaunchSD is the standard deviation over launches.
	LaunchSD float64 `json:"launch_sd"`
	// Detectable is the smallest slow-down that fails a gate of [LastLook] launches in nine
	// of ten cases, given LaunchSD. 0: not known.
	Detectable float64 `json:"detectable,omitempty"`
	// Needed is the number of launches with which an undecided cell without a change would
	// pass in nine of ten cases; 0 if it had that many.
	Needed int    `json:"launches_needed,omitempty"`
	Reason string `json:"reason"`
}

// cellQuestion is a series, with the aim that it is judged by.
type cellQuestion struct {
	Series
	Aim
	cells int // how many are judged in all
	fixed int // how many sides have the same layout in all launches
}

// judge decides a series, look by look. The first decision stands, whatever later launches
// show. ended says that no more launches will come.
func (q cellQuestion) judge(ended bool) Cell {
	if q.Withheld != "" {
		return Cell{Arm: q.Arm, Metric: q.Metric, Verdict: q.withheldVerdict(ended), Target: q.Target, Reason: q.Withheld}
	}
	n := min(len(q.Changes), LastLook)
	for _, look := range Looks() {
		if look > n {
			break
		}
		if v := q.decide(q.Changes[:look]); v != Open {
			return q.describe(look, v)
		}
	}
	switch x := q.Changes[:n]; {
	case ended || n == LastLook:
		return q.describe(n, q.undecided(n))
	case n >= FirstLook && q.Alarming > 0 && q.tooNoisy(x) && q.rulesOut(x, q.Alarming):
		// Further launches would not reach the target. If other cells of the arm need them,
		// they are judged nevertheless.
		return q.describe(n, Bounded)
	}
	// No figures before the verdict: who sees them may want to stop early.
	return Cell{Arm: q.Arm, Metric: q.Metric, Verdict: Open, Launches: n, Target: q.Target, Reason: "more launches decide"}
}

// withheldVerdict is the verdict on a series that is withheld. Further launches may outweigh
// spoilt ones.
func (q cellQuestion) withheldVerdict(ended bool) Verdict {
	switch {
	case !q.Spoilt:
		return NotJudged
	case ended:
		return Inconclusive
	}
	return Open
}

// decide applies the rules at one look. Noise can prevent a pass, never a failure: the exact
// test for failing keeps its level with any variance.
func (q cellQuestion) decide(x []float64) Verdict {
	// First the test for passing: a slow-down can be certain, and certainly smaller than
	// the target.
	if q.rulesOut(x, q.Target) && !q.contradicted(len(x)) {
		return Pass
	}
	margin := q.margin(q.fixed)
	if stat.SignedRankTest(shifted(x, margin)).Greater <= failLevel(len(x), q.cells) && stat.HodgesLehmann(x) >= q.failFrom() {
		return Fail
	}
	return Open
}

// contradicted reports whether, in the first n launches as a whole, head's server used more
// CPU time by the target or more, whatever its slices show. The estimate is enough, because
// it only prevents a pass.
func (q cellQuestion) contradicted(n int) bool {
	whole := q.wholeChanges(n)
	return len(whole) > 0 && stat.HodgesLehmann(whole) >= q.scaled(q.Target)
}

func (q cellQuestion) wholeChanges(n int) []float64 { return q.Whole[:min(n, len(q.Whole))] }

// failFrom is the estimate from which a cell may fail, on the metric's scale.
func (q cellQuestion) failFrom() float64 {
	own := Aims[q.Metric]
	return own.scaled(failShare*own.Target) + q.margin(q.fixed)
}

// rulesOut reports whether the launches rule a slow-down out, at the level of their look.
func (q cellQuestion) rulesOut(x []float64, slowDown float64) bool {
	return stat.SignedRankTest(shifted(x, q.scaled(slowDown))).Less <= passLevel(len(x))
}

// tooNoisy reports whether the launches vary too much to reach the target.
func (q cellQuestion) tooNoisy(x []float64) bool {
	return stat.StandardDeviation(x) > noisyFrom(len(x))*q.scaled(q.Target)
}

func shifted(x []float64, by float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - by
	}
	return out
}

// undecided is the verdict on a cell that no look decided. It is inconclusive if the target
// itself must be ruled out, or if there was no look yet.
func (q cellQuestion) undecided(n int) Verdict {
	if q.Alarming == 0 || n < FirstLook {
		return Inconclusive
	}
	return Bounded
}

// describe returns the cell: the verdict, with the figures of the first n launches.
func (q cellQuestion) describe(n int, v Verdict) Cell {
	x := q.Changes[:n]
	c := Cell{Arm: q.Arm, Metric: q.Metric, Verdict: v, Launches: n, Target: q.Target}
	if n > 0 {
		c.Base, c.Head = medianOf(q.Base, n), medianOf(q.Head, n)
	}
	if n >= 2 {
		c.LaunchSD = stat.StandardDeviation(x)
		c.Detectable = detectable(c.LaunchSD, q.Metric, LastLook, q.cells, q.fixed)
		c.Change = q.shareOf(stat.HodgesLehmann(x))
		if interval, ok := stat.SignedRankInterval(x, confidence); ok {
			c.Lo, c.Hi = q.shareOf(interval.Lo), q.shareOf(interval.Hi)
		}
		if bound, ok := stat.SignedRankUpper(x, passLevel(n)); ok {
			c.RuledOut = q.shareOf(max(0, bound))
		}
	}
	if whole := q.wholeChanges(n); len(whole) > 0 {
		c.Whole = q.shareOf(stat.HodgesLehmann(whole))
	}
	if v == Inconclusive || v == Bounded {
		if needed := launchesToPass(c.LaunchSD, q.scaled(q.Target)); needed > n {
			c.Needed = needed
		}
	}
	c.Reason = c.reason()
	return c
}

func (q cellQuestion) shareOf(scaled float64) *float64 {
	v := q.share(scaled)
	return &v
}

func medianOf(values []float64, n int) *float64 {
	if len(values) < n {
		return nil
	}
	v := stat.Median(values[:n])
	return &v
}

// confidence is that of the intervals that are shown: the field's custom.
const confidence = 0.95

const (
	// power is how often a detectable slow-down is detected.
	power = 0.9
	// rankLoss is how much wider a signed-rank interval of normal numbers is than
	// Student's: its asymptotic relative efficiency is 3/π.
	rankLoss = 1.0233
)

// detectable is the smallest slow-down, as a share, that fails nine times in ten at a look
// after so many launches, in a gate of so many cells, with so many sides of one layout. sd is
// the metric's standard deviation over launches. Both conditions of failing must hold.
func detectable(sd float64, metric string, launches, cells, fixed int) float64 {
	a := Aims[metric]
	se := rankLoss * sd / math.Sqrt(float64(launches))
	from := max(a.scaled(failShare*a.Target), se*stat.NormalQuantile(1-failLevel(launches, cells)))
	return a.share(a.margin(fixed) + se*stat.NormalQuantile(power) + from)
}

// tooNoisy reports whether a metric with that standard deviation over so many launches is
// too noisy for its target.
func tooNoisy(sd float64, metric string, launches int) bool {
	a := Aims[metric]
	return sd > noisyFrom(launches)*a.scaled(a.Target)
}

// launchesToPass is the number of launches with which a later look passes an innocent cell
// as often as power says. sd and target are on the same scale.
func launchesToPass(sd, target float64) int {
	wide := rankLoss * sd * (stat.NormalQuantile(1-passLater) + stat.NormalQuantile(power))
	targets := wide / target
	return int(math.Ceil(targets * targets))
}
