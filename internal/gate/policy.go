package gate

import (
	"maps"
	"math"
	"slices"

	"authbench/internal/stat"
)

// Targets are the smallest slow-downs, by metric, that a gate is there to catch. A
// twentieth of the CPU time would be easy to see and much to lose; the latencies'
// are what the same change amounts to in a queue, and what they vary by.
var Targets = map[string]float64{
	"cpu_us_per_request": 0.03,
	"response_p50_us":    0.05,
	"response_p99_us":    0.10,
}

// Metrics lists the gated metrics, in the order of display.
func Metrics() []string { return slices.Sorted(maps.Keys(Targets)) }

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
	// look, which therefore has most of it. Rejected: 0.02 there, with which innocent
	// changes take one launch less, and one in two hundred slow-downs more passes.
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
	// slow-down is not found in 40 launches reliably.
	hopeless = 1.25
	// noiseLevel is the chance that a cell with just that deviation is left out.
	noiseLevel = 0.05
)

// Looks are the numbers of launches after which is looked.
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

// failFrom is the estimate, as a log-ratio, from which a cell may fail.
func failFrom(target float64) float64 { return math.Log1p(failShare * target) }

// noisy is the standard deviation of so many launches, over the target, above which a
// cell is not gated: 1.71 of ten, which a cell with a true deviation of 1 exceeds with
// a chance of 0.2 %, and 1.48 of forty. Rejected: 1.25 itself, which leaves out every
// eighth cell whose deviation is just the target's, and with it the slow-downs there.
func noisy(launches int) float64 {
	free := launches - 1
	return hopeless * math.Sqrt(stat.ChiSquaredQuantile(1-noiseLevel, free)/float64(free))
}
