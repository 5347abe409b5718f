package gate

import (
	"math"

	"authbench/internal/stat"
)

// The metrics that a gate judges. Those in summary.json have the same names there.
const (
	MetricCPU = "cpu_us_per_request"
	MetricP50 = "response_p50_us"
	MetricP95 = "response_p95_us"
	MetricP99 = "response_p99_us"
	// MetricTail is the share of head's requests that are slower than base's p99, less the
	// share of base's that are slower than head's. It is a difference of shares; all others
	// are compared by their ratio.
	MetricTail = "response_tail_share"
)

// Aim is what a gate must rule out of a metric. Its sizes are shares of base's value, those
// of [MetricTail] shares of the requests.
type Aim struct {
	// Target is the smallest slow-down that a gate must catch. A cell passes when a slow-down
	// of that size is ruled out.
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

// Aims are the aims of all metrics. A twentieth of the CPU time is easy to see and much to
// lose, and CPU time is steady enough to demand it. Latencies on a shared machine are not:
// from launch to launch a median varies by some 25 % and a p99 by 50 %. There a gate rules
// out as much as the machine allows, and says how much.
var Aims = map[string]Aim{
	MetricCPU: {Target: 0.03, layoutSD: layoutSD},
	MetricP50: {Target: 0.05, Alarming: 0.20, layoutSD: 1.5 * layoutSD},
	MetricP95: {Target: 0.10, Alarming: 0.50, layoutSD: 3 * layoutSD},
	MetricP99: {Target: 0.10, Alarming: 1.00, layoutSD: 3 * layoutSD},
	// 1 % of a side's requests lie beyond its own p99; the sizes allow 2 % and 6 % beyond
	// the other side's.
	MetricTail: {Target: 0.01, Alarming: 0.05, layoutSD: 0.3 * layoutSD, difference: true},
}

// Metrics lists the judged metrics in the order of display. [MetricP95] replaces the metrics
// of the tail if there are too few requests for them.
func Metrics() []string { return []string{MetricCPU, MetricP50, MetricP99, MetricTail} }

// layoutSD is the standard deviation of the CPU time over layouts of the same code: 1 %, as
// measured with random layouts. In latencies a queue enlarges it.
const layoutSD = 0.01

// layoutQuantile bounds what layouts may explain: in one of a thousand gates per cell they
// cause more.
const layoutQuantile = 3.09

// margin is the change that layouts alone may cause, on the scale of the metric. fixed is how
// many of the two sides have the same layout in all launches.
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

// widened returns the aim of a gate in which so many sides have the same layout in all launches.
// Its sizes are larger by the change that layouts may cause.
func (a Aim) widened(fixed int) Aim {
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
	// FirstLook is the number of launches at the first look: the least for which a
	// signed-rank bound at passFirst allows one launch to contradict the others.
	FirstLook = 10
	// LookEvery is how many launches lie between two looks.
	LookEvery = 5
	// LastLook is the number of launches at the last look. Four times as many launches as at
	// the first look halve the interval; the next halving would take two hours.
	LastLook = 40

	// passFirst and passLater are the levels at which a cell passes, at the first look and at
	// later ones. Together they bound the chance that a true slow-down of the target's size
	// passes: 0.01 and six times 0.005 make 4 %. The first look has the higher level, because
	// most cells of an innocent change pass there. Rejected: 0.02 at the first look. Innocent
	// changes would take one launch less, but one more slow-down in two hundred would pass.
	passFirst = 0.01
	passLater = 0.005

	// failRun is the chance that any cell of an innocent change fails, divided among cells
	// and looks (Bonferroni): half of it for the last look, which decides the hard cases, the
	// rest in equal parts for the looks before. Rejected: equal parts for all looks, which
	// left one more hard case in fifty undecided.
	failRun = 0.005
	// failLooks is the number of looks at which a cell can fail. At the first look none can:
	// the smallest p of ten launches, 2⁻¹⁰, is above failRun/10 even for a single cell.
	failLooks = 6
	// failShare is the share of the target that the estimate must reach for a failure. A
	// slow-down that is certain but small is no reason to stop a change.
	failShare = 0.7

	// hopeless is the launch standard deviation, over the target, above which 40 launches do
	// not reliably find a true slow-down of the target's size.
	hopeless = 1.25
	// noiseLevel is the chance that a cell with exactly that deviation counts as too noisy.
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

// noisyFrom is the standard deviation of so many launches, over the target, above which a
// cell counts as too noisy for it: 1.71 of ten, which a cell with a true deviation of 1
// exceeds with a chance of 0.2 %, and 1.48 of forty.
func noisyFrom(launches int) float64 {
	free := launches - 1
	return hopeless * math.Sqrt(stat.ChiSquaredQuantile(1-noiseLevel, free)/float64(free))
}
