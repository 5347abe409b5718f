package gate

import (
	"fmt"
	"math"

	"authbench/internal/stat"
	"authbench/internal/unit"
)

// Verdict is what the gate says of a cell, or of all of them.
type Verdict string

const (
	// Pass: a slow-down of the target's size is ruled out.
	Pass Verdict = "pass"
	// Fail: there is a slow-down, of the target's size or near it, and not less for
	// certain.
	Fail Verdict = "fail"
	// Inconclusive: neither could be shown with the launches that there were.
	Inconclusive Verdict = "inconclusive"
	// NotGated: this machine is too noisy for the metric. Decided before the sign of
	// the change is looked at, or where no look decided.
	NotGated Verdict = "not_gated"
	// Open: more launches decide.
	Open Verdict = "open"
	// Invalid: the run's numbers may not be used, so that it decides nothing. Of whole
	// gates only.
	Invalid Verdict = "invalid"
)

// Series is one metric of one arm: by launch, in their order, the logarithm of
// head's value over base's, paired within the launch.
type Series struct {
	Arm       string
	Metric    string // one of [Targets]
	LogRatios []float64
	// Withheld says why the metric cannot be given honestly, and is not gated then.
	Withheld string
}

// Cell is what the gate says of one [Series]. Shares are of base's value: 0.05 is
// 5 % more.
type Cell struct {
	Arm     string  `json:"arm"`
	Metric  string  `json:"metric"`
	Verdict Verdict `json:"verdict"`
	// Launches is how many the verdict rests on.
	Launches int     `json:"launches"`
	Target   float64 `json:"target"`
	// Change is the estimate, Lo and Hi its 95 % interval, which is not the rule of
	// the verdict. Nil: too few launches.
	Change *float64 `json:"change,omitempty"`
	Lo     *float64 `json:"change_lo,omitempty"`
	Hi     *float64 `json:"change_hi,omitempty"`
	// LaunchSD is the standard deviation over launches.
	LaunchSD float64 `json:"launch_sd"`
	// Detectable is the smallest slow-down that a gate of [LastLook] launches would
	// fail in nine of ten cases, given LaunchSD. 0: nothing is known of it.
	Detectable float64 `json:"detectable,omitempty"`
	// Needed is how many launches an undecided cell would need to pass in nine of
	// ten cases if there is no change; 0 if it had as many.
	Needed int    `json:"launches_needed,omitempty"`
	Reason string `json:"reason"`
}

// judge decides a series, look after look: the first decision stands, whatever
// comes after it. cells is how many are judged in all, ended says that no more
// launches come.
func judge(s Series, cells int, ended bool) Cell {
	if s.Withheld != "" {
		return Cell{Arm: s.Arm, Metric: s.Metric, Verdict: NotGated, Target: Targets[s.Metric], Reason: s.Withheld}
	}
	for _, n := range Looks() {
		if n > len(s.LogRatios) {
			break
		}
		if v := decide(s.LogRatios[:n], Targets[s.Metric], cells); v != Open {
			return describe(s, n, cells, v)
		}
	}
	n := min(len(s.LogRatios), LastLook)
	if ended || n == LastLook {
		return describe(s, n, cells, undecided(s.LogRatios[:n], Targets[s.Metric]))
	}
	// Without figures: who looks at them before the verdict is tempted.
	return Cell{Arm: s.Arm, Metric: s.Metric, Verdict: Open, Launches: n, Target: Targets[s.Metric], Reason: "more launches decide"}
}

// decide applies the rules at one look.
func decide(x []float64, target float64, cells int) Verdict {
	if len(x) == FirstLook && TooNoisy(stat.StandardDeviation(x), target, len(x)) {
		return NotGated
	}
	limit := math.Log1p(target)
	shifted := make([]float64, len(x))
	for i, v := range x {
		shifted[i] = v - limit
	}
	// Passing first: a change of less than the target may be as certain as that it is
	// less.
	if stat.SignedRankTest(shifted).Less <= passLevel(len(x)) {
		return Pass
	}
	if stat.SignedRankTest(x).Greater <= failLevel(len(x), cells) && stat.HodgesLehmann(x) >= failFrom(target) {
		return Fail
	}
	return Open
}

// undecided is what a cell is of which no look decided: as little gated as one that was
// too noisy at the first look, if the noise came later. Noise decides nothing at the
// looks between, where the tests, which stand bursts, may still find a slow-down.
// Rejected: to call it inconclusive. On a shared machine every third gate of equal
// programs was, for a median whose noise came in bursts.
func undecided(x []float64, target float64) Verdict {
	if len(x) >= FirstLook && TooNoisy(stat.StandardDeviation(x), target, len(x)) {
		return NotGated
	}
	return Inconclusive
}

// describe shows the first n launches beside their verdict.
func describe(s Series, n, cells int, v Verdict) Cell {
	x := s.LogRatios[:n]
	c := Cell{Arm: s.Arm, Metric: s.Metric, Verdict: v, Launches: n, Target: Targets[s.Metric]}
	if n >= 2 {
		c.LaunchSD = stat.StandardDeviation(x)
		c.Detectable = Detectable(c.LaunchSD, c.Target, LastLook, cells)
	}
	if n >= 2 && v != NotGated { // whose sign must not matter to anybody
		change := math.Expm1(stat.HodgesLehmann(x))
		c.Change = &change
		if interval, ok := stat.SignedRankInterval(x, confidence); ok {
			lo, hi := math.Expm1(interval.Lo), math.Expm1(interval.Hi)
			c.Lo, c.Hi = &lo, &hi
		}
	}
	if needed := launchesToPass(c.LaunchSD, c.Target); v == Inconclusive && needed > n {
		c.Needed = needed
	}
	c.Reason = c.reason()
	return c
}

// confidence is that of the intervals that are shown, the field's custom.
const confidence = 0.95

// reason says in a sentence why the verdict is what it is.
func (c Cell) reason() string {
	target := unit.About(c.Target)
	switch {
	case c.Verdict == Pass:
		return "a slow-down of " + target + " or more is ruled out"
	case c.Verdict == Fail:
		return fmt.Sprintf("slower by %s, which is no chance; the target is %s", unit.About(*c.Change), target)
	case c.Verdict == NotGated:
		return fmt.Sprintf("its launches differ by %s (standard deviation), more than %.2f times the target of %s", unit.About(c.LaunchSD), noisy(c.Launches), target)
	case c.Launches < FirstLook:
		return fmt.Sprintf("%d launches are too few: nothing is decided before %d", c.Launches, FirstLook)
	}
	return fmt.Sprintf("after %d launches neither a slow-down of %s nor its absence is shown", c.Launches, target)
}

const (
	// power is how often what is called detectable is detected.
	power = 0.9
	// rankLoss is how much wider a signed-rank interval of normal numbers is than
	// Student's: its asymptotic relative efficiency is 3/π.
	rankLoss = 1.0233
)

// Detectable is the smallest slow-down, as a share, that a look after so many launches
// fails nine times in ten, given a cell's target and its standard deviation over
// launches, in a gate of so many cells. Both conditions of failing must hold.
func Detectable(sd, target float64, launches, cells int) float64 {
	se := rankLoss * sd / math.Sqrt(float64(launches))
	return math.Expm1(se*stat.NormalQuantile(power) + max(failFrom(target), se*stat.NormalQuantile(1-failLevel(launches, cells))))
}

// TooNoisy reports whether a cell with that standard deviation over so many launches is
// left out of a gate.
func TooNoisy(sd, target float64, launches int) bool {
	return sd > noisy(launches)*math.Log1p(target)
}

// launchesToPass is how many launches a later look needs to pass an innocent cell
// with the power.
func launchesToPass(sd, target float64) int {
	wide := rankLoss * sd * (stat.NormalQuantile(1-passLater) + stat.NormalQuantile(power))
	return int(math.Ceil(math.Pow(wide/math.Log1p(target), 2)))
}
