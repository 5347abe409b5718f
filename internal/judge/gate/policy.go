package gate

import (
	"math"

	"authbench/internal/stat"
)

// The metrics that a gate judges, named as in summary.json where they are there.
const (
	MetricCPU = "cpu_us_per_request"
	MetricP50 = "response_p50_us"
	MetricP95 = "response_p95_us"
	MetricP99 = "response_p99_us"
	// MetricTail is how much larger a share of head's requests is slower than base's
	// p99 than the other way round. It is a difference of shares, all others are
	// compared by their ratio.
	MetricTail = "response_tail_share"
)

// Aim is what a gate wants to know of a metric. Both sizes are shares of base's
// value, those of [MetricTail] are shares of the requests.
type Aim struct {
	// Target is the smallest slow-down that a gate is there to catch. A cell passes
	// when a slow-down of that size is ruled out.
	Target float64
	// Alarming is the slow-down that must be ruled out before the gate stops measuring
	// a cell that is too noisy for its target. 0: the target itself must be ruled out,
	// or the gate is inconclusive.
	Alarming float64
	// layoutSD is what the layout of a program's code does to the metric, as a standard
	// deviation over layouts.
	layoutSD float64
	// difference says that the metric is compared by difference.
	difference bool
}

// Aims are those of all metrics. A twentieth of the CPU time would be easy to see and
// much to lose, and CPU time is steady enough to insist. Latencies on a shared machine
// are not: from one launch to the next a median varies by some 25 % and a p99 by
// 50 %. A gate rules out as much as the machine lets it, and says how much that is.
var Aims = map[string]Aim{
	MetricCPU: {Target: 0.03, layoutSD: layoutSD},
	MetricP50: {Target: 0.05, Alarming: 0.20, layoutSD: 1.5 * layoutSD},
	MetricP95: {Target: 0.10, Alarming: 0.50, layoutSD: 3 * layoutSD},
	MetricP99: {Target: 0.10, Alarming: 1.00, layoutSD: 3 * layoutSD},
	// 1 % of the requests lies beyond a side's own p99: 2 % and 6 % of the other's.
	MetricTail: {Target: 0.01, Alarming: 0.05, layoutSD: 0.3 * layoutSD, difference: true},
}

// Metrics lists the judged metrics in the order of display. [MetricP95] stands for
// the metrics of the tail where there are too few requests for them.
func Metrics() []string { return []string{MetricCPU, MetricP50, MetricP99, MetricTail} }

// layoutSD is what another layout of the same code does to its speed: 1 % of the CPU
// time, as measured with random layouts; a queue stretches that.
const layoutSD = 0.01

// layoutQuantile bounds what the layouts are blamed for: they go beyond it in one of a
// thousand gates per cell.
const layoutQuantile = 3.09

// margin is the change that two layouts alone may amount to, on the scale of the
// metric. fixed is how many of the two sides have one layout in all launches.
func (a Aim) margin(fixed int) float64 {
	return layoutQuantile * a.layoutSD * math.Sqrt(float64(fixed))
}

// scaled turns a share into the scale on which the metric is compared: logarithms, or
// differences.
func (a Aim) scaled(share float64) float64 {
	if a.difference {
		return share
	}
	return math.Log1p(share)
}

// share is the inverse of scaled.
func (a Aim) share(scaled float64) float64 {
	if a.difference {
		return scaled
	}
	return math.Expm1(scaled)
}

// with returns the aim of a gate in which so many sides have one layout: what the
// layouts may amount to is no change.
func (a Aim) with(fixed int) Aim {
	grown := func(share float64) float64 {
		if share == 0 {
			return 0
		}
		return a.share(a.scaled(share) + a.margin(fixed))
	}
	a.Target, a.Alarming = grown(a.Target), grown(a.Alarming)
	return a
}

const (
	// FirstLook is how many launches there are before anything is decided: the
	// least for which a signed-rank bound at passFirst leaves room for one
	// launch that contradicts the others.
	FirstLook = 10
	// LookEvery is how many launches lie between two looks.
	LookEvery = 5
	// LastLook is where an undecided cell stays so: four times as many launches
	// as the first look halve the interval, the next halving would take two hours.
	LastLook = 40

	// passFirst and passLater are the levels at which a cell passes. Together they
	// bound the chance that a true slow-down of the target's size passes: 0.01 and
	// six times 0.005 make 4 %. Most cells of an innocent change pass at the first
	// look, which therefore has most of it. Rejected: 0.02 at the first look. Innocent
	// changes would take one launch less, but one more slow-down in two hundred would pass.
	passFirst = 0.01
	passLater = 0.005

	// failRun is the chance that any cell of an innocent change fails, shared out
	// over cells and looks (Bonferroni): half of it for the last look, which decides
	// the hard cases, the rest in equal parts for those before. Rejected: equal parts
	// for all, which left one hard case in fifty more undecided.
	failRun = 0.005
	// failLooks is the number of looks at which a cell can fail. At the first one
	// none can: the smallest p of ten launches, 2⁻¹⁰, is above failRun/10 for a single
	// cell.
	failLooks = 6
	// failShare of the target must be reached by the estimate. A slow-down that is
	// certain and small is no reason to stop a change.
	failShare = 0.7

	// hopeless is the launch standard deviation, over the target, above which a true
	// slow-down of its size is not found in 40 launches reliably.
	hopeless = 1.25
	// noiseLevel is the chance that a cell with just that deviation counts as too noisy.
	noiseLevel = 0.05
)

// Looks are the numbers of launches after which the gate looks.
func Looks() []int {
	var out []int
	for n := FirstLook; n <= LastLook; n += LookEvery {
		out = append(out, n)
	}
	return out
}

// passLevel is the level at which a cell passes at a look.
func passLevel(look int) float64 {
	if look == FirstLook {
		return passFirst
	}
	return passLater
}

// failLevel is the level at which one of so many cells fails at a look.
func failLevel(look, cells int) float64 {
	each := failRun / 2 / float64(cells)
	if look == LastLook {
		return each
	}
	return each / (failLooks - 1)
}

// noisy is the standard deviation of so many launches, over the target, above which a
// cell counts as too noisy for it: 1.71 of ten, which a cell with a true deviation of 1
// exceeds with a chance of 0.2 %, and 1.48 of forty.
func noisy(launches int) float64 {
	free := launches - 1
	return hopeless * math.Sqrt(stat.ChiSquaredQuantile(1-noiseLevel, free)/float64(free))
}
