package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"authbench/internal/judge/gate"
	"authbench/internal/stat"
)

// situation is what a gate is put into.
type situation struct {
	noise noise
	arms  int
	// metrics are those of each arm; nil: all that a gate judges.
	metrics []string
	spread  spread
	// launchSD is the part of it that each side's processes have, by metric; see
	// [situation.prepared].
	launchSD []float64
	// effect is the slow-down of the first arm's head, in targets; 0: none.
	effect float64
}

// fixed is how many sides have one layout in all launches, which a gate knows.
func (s situation) fixed() int {
	if s.noise.layouts == 1 {
		return 2
	}
	return 0
}

// spread is how much the launches of a cell vary.
type spread struct {
	Name string
	// targets is the standard deviation in targets; 0: as in the recorded gates.
	targets float64
}

var (
	half   = spread{"half the target", 0.5}
	whole  = spread{"the target", 1}
	asReal = spread{"as recorded", 0}
)

// recordedSD are the standard deviations over launches of equal programs in the gates
// of results/published/gates, the largest of the three arms, on the scale of the
// metric. Those of the tail are of an exponential tail whose p99 varies as recorded.
var recordedSD = map[string]float64{
	gate.MetricCPU: 0.026, gate.MetricP50: 0.27, gate.MetricP99: 0.59, gate.MetricTail: 0.06,
}

// sd is the standard deviation of a metric over launches, on its scale.
func (s spread) sd(metric string) float64 {
	if s.targets == 0 {
		return recordedSD[metric]
	}
	return s.targets * scaled(metric, 1)
}

// scaled is a slow-down in targets on the scale of the metric.
func scaled(metric string, targets float64) float64 {
	a := gate.Aims[metric]
	if metric == gate.MetricTail {
		return targets * a.Target
	}
	return math.Log1p(targets * a.Target)
}

// rounds is how often a gate visits each pair in a launch.
const rounds = 11

// shares say what a launch's deviation consists of: the build that all arms of a
// side have in common, the arm's process, the metric alone. They correlate the cells
// of an arm by 0.7 and those of different arms by 0.3.
const (
	buildShare = 0.3
	armShare   = 0.4
)

// weights are how much more a metric suffers from the machine than the CPU time
// does: a queue stretches what its server loses.
var weights = map[string]float64{gate.MetricCPU: 1, gate.MetricP50: 1.5, gate.MetricP99: 3, gate.MetricTail: 0.3}

// simulation is one gate under way.
type simulation struct {
	situation
	random *rand.Rand
	state  func() float64
	builds [2][]float64 // the layouts of base and head
	before [2][]float64 // the deviations of the launch before
	series []gate.Series
	// left are the arms that need no more launches, by name.
	left map[string]bool
}

// seed is the situation's own: FNV-1a of what it is.
func (s situation) seed() uint64 {
	h := fnv.New64a()
	fmt.Fprintln(h, "calibration", s.noise.Name, s.arms, s.metrics, s.spread, s.effect)
	return h.Sum64()
}

// newSimulation begins a gate. Equal seeds give equal gates.
func newSimulation(s situation, seed uint64) *simulation {
	random := rand.New(rand.NewPCG(seed, 0x5eed))
	s.metrics = s.judged()
	out := &simulation{situation: s, random: random, state: s.noise.sharedState(random)}
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

// judged are the metrics of an arm.
func (s situation) judged() []string {
	if s.metrics != nil {
		return s.metrics
	}
	return gate.Metrics()
}

func armName(i int) string { return string(rune('a' + i)) }

// launch measures every pair once per round, as the plan does: the two of a pair one
// after the other in random order, the pairs shuffled.
func (s *simulation) launch() {
	var own [2][]float64 // deviations of a launch, by side and series
	for side := range own {
		own[side] = s.deviations(side)
	}
	s.slowDown(own[1])
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
			s.series[i].Changes = append(s.series[i].Changes, stat.HodgesLehmann(r))
		}
	}
}

// slice is what the machine does to each metric during one slice.
func (s *simulation) slice() []float64 {
	state := s.state()
	out := make([]float64, len(s.metrics))
	for i, m := range s.metrics {
		out[i] = weights[m] * (state + sliceSD*s.noise.ownDeviation(s.random))
	}
	return out
}

// deviations are those of a side's processes in one launch, by series.
func (s *simulation) deviations(side int) []float64 {
	layout := 0.0
	if builds := s.builds[side]; len(builds) > 0 {
		layout = builds[s.random.IntN(len(builds))]
	}
	factor := 1.0
	if side == 1 && s.noise.headFactor > 0 {
		factor = s.noise.headFactor
	}
	fresh := s.variates()
	if s.before[side] == nil {
		s.before[side] = s.variates()
	}
	keep := s.noise.correlation
	out := make([]float64, len(fresh))
	for i, v := range fresh {
		v = keep*s.before[side][i] + math.Sqrt(1-keep*keep)*v
		s.before[side][i] = v
		out[i] = factor*s.launchSD[i%len(s.metrics)]*v + weights[s.metrics[i%len(s.metrics)]]*layout
	}
	return out
}

// variates are numbers of standard deviation 1, one for each series, which correlate
// within an arm and between arms.
func (s *simulation) variates() []float64 {
	build, arm := buildShare, armShare
	if s.noise.sharedVariance > 0 {
		build, arm = s.noise.sharedVariance, 0
	}
	shared := s.variate()
	var out []float64
	for range s.arms {
		process := s.variate()
		for range s.metrics {
			out = append(out, math.Sqrt(build)*shared+math.Sqrt(arm)*process+math.Sqrt(1-build-arm)*s.variate())
		}
	}
	return out
}

// variate has mean 0 and standard deviation 1: normal, or of two modes.
func (s *simulation) variate() float64 {
	m := s.noise.modes / 2
	if m == 0 {
		return s.random.NormFloat64()
	}
	return m*float64(1-2*s.random.IntN(2)) + math.Sqrt(1-m*m)*s.random.NormFloat64()
}

// slowDown adds the planted effect to head's deviations of a launch.
func (s *simulation) slowDown(head []float64) {
	if share := s.noise.slowDownShare; share > 0 && s.random.Float64() >= share {
		return
	}
	for i, m := range s.metrics {
		head[i] += scaled(m, s.effect)
	}
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
		r = gate.Judge(gate.Input{Series: s.series, Ended: look == gate.LastLook, Fixed: s.fixed()})
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
	metrics := s.judged()
	pilot := s
	pilot.arms, pilot.effect, pilot.noise.layouts, pilot.launchSD = 1, 0, 0, make([]float64, len(metrics))
	alone := newSimulation(pilot, 0)
	for range pilotLaunches {
		alone.launch()
	}
	sides := 2.0
	if f := s.noise.headFactor; f > 0 {
		sides = 1 + f*f
	}
	s.launchSD = nil
	for i, m := range metrics {
		left := math.Pow(s.spread.sd(m), 2) - math.Pow(stat.StandardDeviation(alone.series[i].Changes), 2)
		if s.noise.layouts > 0 {
			layout := weights[m] * layoutSD
			left -= 2 * layout * layout
		}
		s.launchSD = append(s.launchSD, math.Sqrt(max(0, left)/sides))
	}
	return s
}
