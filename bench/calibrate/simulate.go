package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"authbench/internal/gate"
	"authbench/internal/stat"
)

// situation is what a gate is put into.
type situation struct {
	noise noise
	arms  int
	// spread is the launch standard deviation of every cell, in targets.
	spread float64
	// launchSD is the part of it that each side's processes have, by metric; see
	// [situation.prepared].
	launchSD []float64
	// effect is the slow-down of the first arm's head, in targets; 0: none.
	effect float64
}

// rounds is how often a gate visits each pair in a launch.
const rounds = 11

// shares say what a launch's deviation consists of: the build that all arms of a
// side have in common, the arm's process, the metric alone. They correlate the cells
// of an arm by 0.7 and those of different arms by 0.3.
const (
	buildShare  = 0.3
	armShare    = 0.4
	metricShare = 1 - buildShare - armShare
)

// weights are how much more a metric suffers from the machine than the CPU time
// does: a queue stretches what its server loses.
var weights = map[string]float64{"cpu_us_per_request": 1, "response_p50_us": 1.5, "response_p99_us": 3}

// simulation is one gate under way.
type simulation struct {
	situation
	random  *rand.Rand
	state   func() float64
	metrics []string
	builds  [2][]float64 // the layouts of base and head
	series  []gate.Series
	// left are the arms that need no more launches, by name.
	left map[string]bool
}

// seed is the situation's own: FNV-1a of what it is.
func (s situation) seed() uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, "calibration", s.noise.Name, s.arms, s.spread, s.effect)
	return h.Sum64()
}

func newSimulation(s situation, seed uint64) *simulation {
	random := rand.New(rand.NewPCG(seed, 0x5eed))
	out := &simulation{situation: s, random: random, state: s.noise.shared(random), metrics: gate.Metrics()}
	for side := range out.builds {
		for range s.noise.layouts {
			out.builds[side] = append(out.builds[side], layoutSD*random.NormFloat64())
		}
	}
	for arm := range s.arms {
		for _, m := range out.metrics {
			out.series = append(out.series, gate.Series{Arm: armName(arm), Metric: m})
		}
	}
	return out
}

func armName(i int) string { return string(rune('a' + i)) }

// launch measures every pair once per round, as the plan does: the two of a pair one
// after the other in random order, the pairs shuffled.
func (s *simulation) launch() {
	var own [2][]float64 // deviations of a launch, by side and series
	for side := range own {
		own[side] = s.deviations(side)
	}
	ratios := make([][]float64, len(s.series))
	for range rounds {
		for _, arm := range s.random.Perm(s.arms) {
			if s.left[armName(arm)] {
				continue
			}
			first := s.random.IntN(2)
			var value [2][]float64
			for _, side := range []int{first, 1 - first} {
				value[side] = s.slice()
			}
			for i := range s.metrics {
				at := arm*len(s.metrics) + i
				ratios[at] = append(ratios[at], value[1][i]+own[1][at]-value[0][i]-own[0][at])
			}
		}
	}
	for i, r := range ratios {
		if len(r) > 0 {
			s.series[i].LogRatios = append(s.series[i].LogRatios, stat.HodgesLehmann(r))
		}
	}
}

// slice is what the machine does to each metric during one slice.
func (s *simulation) slice() []float64 {
	state := s.state()
	out := make([]float64, len(s.metrics))
	for i, m := range s.metrics {
		out[i] = weights[m] * (state + sliceSD*s.noise.own(s.random))
	}
	return out
}

// deviations are those of a side's processes in one launch, by series, the planted
// effect among them.
func (s *simulation) deviations(side int) []float64 {
	layout := 0.0
	if builds := s.builds[side]; len(builds) > 0 {
		layout = builds[s.random.IntN(len(builds))]
	}
	build := s.random.NormFloat64()
	var out []float64
	for arm := range s.arms {
		process := s.random.NormFloat64()
		for i, m := range s.metrics {
			mixed := math.Sqrt(buildShare)*build + math.Sqrt(armShare)*process + math.Sqrt(metricShare)*s.random.NormFloat64()
			v := s.launchSD[i]*mixed + weights[m]*layout
			if side == 1 && arm == 0 {
				v += math.Log1p(s.effect * gate.Targets[m])
			}
			out = append(out, v)
		}
	}
	return out
}

// run measures until every cell is decided, and returns what the gate said in the
// end and when its verdict was settled: one that fails stops there. Arms leave as
// they do in a real gate.
func (s *simulation) run() (r gate.Report, settled int) {
	launches := 0
	for _, look := range gate.Looks() {
		for ; launches < look; launches++ {
			s.launch()
		}
		r = gate.Judge(gate.Input{Series: s.series, Ended: look == gate.LastLook})
		if r.Verdict != gate.Open && settled == 0 {
			settled = look
		}
		undecided := r.Undecided()
		if len(undecided) == 0 {
			break
		}
		s.left = map[string]bool{}
		for _, cell := range s.series {
			s.left[cell.Arm] = !slices.Contains(undecided, cell.Arm)
		}
	}
	return r, settled
}

// pilotLaunches measure what the slices alone make of a launch's deviation, to 1 %.
const pilotLaunches = 5000

// prepared completes a situation with the deviation of the launches that makes the
// cells' the one that is asked for. Where the slices and the layouts alone make more,
// the cells have that.
func (s situation) prepared() situation {
	metrics := gate.Metrics()
	pilot := s
	pilot.arms, pilot.effect, pilot.noise.layouts, pilot.launchSD = 1, 0, 0, make([]float64, len(metrics))
	alone := newSimulation(pilot, 0)
	for range pilotLaunches {
		alone.launch()
	}
	s.launchSD = nil
	for i, m := range metrics {
		left := math.Pow(s.spread*math.Log1p(gate.Targets[m]), 2) - math.Pow(stat.StandardDeviation(alone.series[i].LogRatios), 2)
		if s.noise.layouts > 0 {
			layout := weights[m] * layoutSD
			left -= 2 * layout * layout
		}
		s.launchSD = append(s.launchSD, math.Sqrt(max(0, left)/2))
	}
	return s
}
