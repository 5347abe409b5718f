package main

import (
	"math"
	"math/rand/v2"
)

// noise is a way in which a machine's speed changes from one slice to the next, in
// logarithms: what all slices share, and what each has for itself.
type noise struct {
	Name string `json:"name"`
	Text string `json:"text"`
	// sharedState returns the machine's state at each slice of a run, from the first on.
	sharedState func(*rand.Rand) func() float64
	// ownDeviation returns a slice's own deviation, of about one standard deviation.
	ownDeviation func(*rand.Rand) float64
	// layouts is how many builds a side has; 0: each launch has a new one.
	layouts int
	// What follows is about the deviations of whole launches, normal ones without it.
	//
	// headFactor is how much wider head's are than base's; 0: as wide.
	headFactor float64
	// modes is how far the two values lie apart between which each side's processes
	// choose in every launch, in standard deviations of the launches; 0: no modes.
	modes float64
	// correlation is the correlation between the deviations of a launch and of the next.
	correlation float64
	// sharedVariance is the part of the variance that all cells of a side share; 0: [buildShare].
	sharedVariance float64
	// slowDownShare is the share of launches in which the planted slow-down is there; 0: all.
	slowDownShare float64
}

// The sizes of the noise, in logarithms of CPU time.
const (
	// sliceSD makes the log-ratio of two adjacent slices differ by 5 %, as measured
	// on shared machines of two cores.
	sliceSD = 0.037
	// stateSD is how far the machine's speed is from its mean, some slices apart: two
	// slices that are 20 apart then differ by 9 to 10 %, as measured.
	stateSD = 0.06
	// layoutSD is what the layout of the code does to a side's speed.
	layoutSD = 0.01
)

// The names of the models that the gate does not hold under, or not for all figures.
const (
	sixLayouts         = "six layouts"
	correlatedLaunches = "remembered"
	partlySlow         = "sometimes"
)

// holds reports whether the gate is to reach its figures under a noise. Six builds are
// there to show why the gate makes one for every launch. Launches that remember the one
// before break what every test of a gate assumes; internal/experiment/replay shows that real ones do
// not. A slow-down that comes in some launches is smaller than its size, and one
// of the target's size is below the targets of a gate with one build a side.
func (n noise) holds(effect float64) bool {
	return n.Name != sixLayouts && n.Name != correlatedLaunches && !(effect > 0 && (n.slowDownShare > 0 || n.layouts == 1))
}

// noises are the models of noise.
func noises() []noise {
	none := func(*rand.Rand) func() float64 { return func() float64 { return 0 } }
	return []noise{
		{Name: "white", Text: "every slice for itself", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64},
		{Name: "autocorrelated", Text: "AR(1) with a memory of 50 slices", sharedState: autocorrelated, ownDeviation: (*rand.Rand).NormFloat64},
		{Name: "heavy-tailed", Text: "Student's t with 3 degrees of freedom, and every hundredth slice stalls", sharedState: none, ownDeviation: stalling},
		{Name: "drifting", Text: "the machine gets slower or faster by 30 % per 10,000 slices", sharedState: drifting, ownDeviation: (*rand.Rand).NormFloat64},
		{Name: "steps", Text: "another speed every 200 slices or so, 15 % apart", sharedState: steps, ownDeviation: (*rand.Rand).NormFloat64},
		{Name: "wider head", Text: "white, and head's launches vary three times as much as base's", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, headFactor: 3},
		{Name: "two modes", Text: "white, and each side's processes run at one of two speeds", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, modes: 1.8},
		{Name: "one machine", Text: "white, and nine tenths of a launch's deviation are the same in all cells of a side", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, sharedVariance: 0.9},
		{Name: partlySlow, Text: "white, and the slow-down is there in three of ten launches only", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, slowDownShare: 0.3},
		{Name: correlatedLaunches, Text: "white, and a launch's deviations correlate with the next one's by 0.5", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, correlation: 0.5},
		{Name: "one build", Text: "white, and each side has one build that differs by 1 %, so that the gate grows its targets", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, layouts: 1},
		{Name: sixLayouts, Text: "white, and each side has six builds that differ by 1 %", sharedState: none, ownDeviation: (*rand.Rand).NormFloat64, layouts: 6},
	}
}

func autocorrelated(r *rand.Rand) func() float64 {
	const memory = 50
	keep := math.Exp(-1.0 / memory)
	state := stateSD * r.NormFloat64()
	return func() float64 {
		state = keep*state + stateSD*math.Sqrt(1-keep*keep)*r.NormFloat64()
		return state
	}
}

func drifting(r *rand.Rand) func() float64 {
	step := 0.3 / 10_000 * float64(1-2*r.IntN(2))
	state := 0.0
	return func() float64 {
		state += step
		return state
	}
}

func steps(r *rand.Rand) func() float64 {
	state := 0.15 * r.NormFloat64()
	return func() float64 {
		if r.IntN(200) == 0 {
			state = 0.15 * r.NormFloat64()
		}
		return state
	}
}

// stalling is Student's t with three degrees of freedom, whose standard deviation
// is √3, and now and then a stall of up to three times the slice.
func stalling(r *rand.Rand) float64 {
	chi := 0.0
	for range 3 {
		z := r.NormFloat64()
		chi += z * z
	}
	t := r.NormFloat64() / math.Sqrt(chi/3)
	if r.IntN(100) == 0 {
		t += r.Float64() * math.Log(3) / sliceSD
	}
	return t
}
