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
	// shared returns the machine's state at each slice of a run, from the first on.
	shared func(*rand.Rand) func() float64
	// own returns a slice's own deviation, of about one standard deviation.
	own func(*rand.Rand) float64
	// layouts is how many builds a side has; 0: each launch has a new one.
	layouts int
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

// sixLayouts is the name of the model that the gate does not hold under.
const sixLayouts = "six layouts"

// noises are the models that the gate must hold under, and one more.
func noises() []noise {
	none := func(*rand.Rand) func() float64 { return func() float64 { return 0 } }
	return []noise{
		{Name: "white", Text: "every slice for itself", shared: none, own: (*rand.Rand).NormFloat64},
		{Name: "autocorrelated", Text: "AR(1) with a memory of 50 slices", shared: autocorrelated, own: (*rand.Rand).NormFloat64},
		{Name: "heavy-tailed", Text: "Student's t with 3 degrees of freedom, and every hundredth slice stalls", shared: none, own: stalling},
		{Name: "drifting", Text: "the machine gets slower or faster by 30 % per 10,000 slices", shared: drifting, own: (*rand.Rand).NormFloat64},
		{Name: "steps", Text: "another speed every 200 slices or so, 15 % apart", shared: steps, own: (*rand.Rand).NormFloat64},
		{Name: sixLayouts, Text: "white, and each side has six builds that differ by 1 %", shared: none, own: (*rand.Rand).NormFloat64, layouts: 6},
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
