package bench

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// StepKind says what a step asks for.
type StepKind string

const (
	// StepLaunch: end every process, start those of Step.Visits afresh in that
	// order, and warm each up.
	StepLaunch StepKind = "launch"
	// StepRound: visit the arms of Step.Visits in that order.
	StepRound StepKind = "round"
	// StepDone: the run is complete.
	StepDone StepKind = "done"
)

// Step is the next thing that a run does.
type Step struct {
	Kind StepKind
	// Launch counts from 1; launch 0 is the calibration, which is not counted.
	Launch  int
	Round   int
	Attempt int // from 1; higher ones repeat the slices that were invalid
	Load    Load
	Visits  []Visit
}

// Visit is one slice to take.
type Visit struct {
	Arm string
	// Load is the step's, or a replacement for an arm too slow for it.
	Load Load
	// Rate is the arrival rate in requests per second; 0 in a closed load.
	Rate float64
	// Warm is for how long the arm is under the same load right before the slice, uncounted,
	// with schedules of WarmSeed: until its servers remember what this load has brought them,
	// and nothing else ([Facts.Memory]). It is 0 where that is no matter.
	Warm     time.Duration
	WarmSeed uint64
	Settle   time.Duration
	Measure  time.Duration
	// Seed decides the schedule and the sequence of credentials. The arms of a round
	// share it.
	Seed uint64
}

// Outcomes is what [Next] needs to know of the run so far.
type Outcomes struct {
	// Launches is how many launches were begun, the calibration included.
	Launches     int
	Calibrations []Calibration
	// Memory is for how long each arm's servers remember, by the arms' names ([MemoryOf]).
	Memory map[string]time.Duration
	// Last holds the slices of the latest launch, in the order taken.
	Last []Slice
	// Lost names the arms whose target failed, Done those of which no more is to be
	// known: they are not visited any more.
	Lost []string
	Done []string
}

const (
	// maxAttempts is the first visit and three repetitions.
	maxAttempts = 4
	// calibrationRounds: the median of three slices stands one that was hit.
	calibrationRounds = 3
	// minRequests per slice: below it a slice's own numbers are mostly chance.
	minRequests = 200
	// p99Requests per launch let an open load's p99 be shown: 5,000 valid ones,
	// 50 of them beyond it, and a tenth more for the bad ones and for chance.
	p99Requests = 5500
	// mostStretch bounds what a slice is lengthened to for its p99 alone: beyond
	// it the run would take longer than the p99 is worth.
	mostStretch = 3
	// longestSlice bounds what a slow arm's slice is lengthened to.
	longestSlice = 5 * time.Second
	// comparableShare of the median capacity: a slower arm does not set the
	// rate of the others.
	comparableShare = 0.1
)

// CalibrationLoad measures each arm's capacity before the counted launches: over as many
// connections as the scenario's closed loads keep busy, at most. A server that takes 50 ms of a
// CPU for each request answers few connections within the timeout, and many not at all.
func CalibrationLoad(s Scenario) Load {
	connections := 0
	for _, l := range s.Loads {
		if l.Kind == Closed {
			connections = max(connections, l.Connections)
		}
	}
	return Load{Name: "calibration", Kind: Closed, Connections: cmp.Or(connections, defaultConnections), Timeout: s.Loads[0].Timeout}
}

// Next returns the step that follows. s has its defaults ([Scenario.WithDefaults]).
// Equal arguments give equal steps.
func Next(s Scenario, seed uint64, o Outcomes) Step {
	launch := o.Launches - 1
	if launch < 0 {
		return launchStep(s, seed, 0, o)
	}
	rounds := roundsOf(s, seed, launch)
	next := 0
	if n := len(o.Last); n > 0 {
		last := o.Last[n-1]
		if again := repeat(s, seed, o, last); again != nil {
			return *again
		}
		next = len(rounds) // searches come after them
		if at := slices.IndexFunc(rounds, func(r round) bool { return r.load.Name == last.Load && r.index == last.Round }); at >= 0 {
			next = at + 1
		}
	}
	if len(live(s, o)) == 0 {
		return Step{Kind: StepDone}
	}
	for ; next < len(rounds); next++ {
		if step := roundStep(s, seed, launch, rounds[next], 1, live(s, o), o); len(step.Visits) > 0 {
			return step
		}
	}
	if launch > 0 {
		if step := probeStep(s, seed, launch, o); step != nil {
			return *step
		}
	}
	if launch < s.Launches {
		return launchStep(s, seed, launch+1, o)
	}
	return Step{Kind: StepDone}
}

// round is one entry of a launch's programme.
type round struct {
	load  Load
	index int
}

// roundsOf returns a launch's programme, but for the searches of capacity loads,
// whose length depends on what they find: those follow. The loads alternate, so
// that each sees the same weather.
func roundsOf(s Scenario, seed uint64, launch int) []round {
	var out []round
	if launch == 0 {
		for i := range calibrationRounds {
			out = append(out, round{CalibrationLoad(s), i})
		}
		return out
	}
	for i := range s.Rounds {
		for _, l := range s.Loads {
			switch l.Kind {
			case Capacity:
			case Ramped: // as long as its stages take, and so once
				if i == 0 {
					out = append(out, round{l, i})
				}
			case Sweep:
				out = append(out, sweepRounds(l, i, mix(seed, uint64(launch), hashName(l.Name), uint64(i)))...)
			default:
				out = append(out, round{l, i})
			}
		}
	}
	return out
}

// sweepRounds visits every fraction once, in random order: in rising order each
// would find the server as the one below it left it.
func sweepRounds(l Load, pass int, seed uint64) []round {
	out := make([]round, len(l.Fractions))
	for i := range l.Fractions {
		out[i] = round{l, pass*len(l.Fractions) + i}
	}
	shuffle(out, seed)
	return out
}

// Level returns which of a sweep's fractions a round is about, by its index; 0
// under other loads, which have one level.
func (l Load) Level(round int) int { return round % max(1, len(l.Fractions)) }

func launchStep(s Scenario, seed uint64, launch int, o Outcomes) Step {
	step := Step{Kind: StepLaunch, Launch: launch}
	for _, a := range live(s, o) {
		step.Visits = append(step.Visits, Visit{Arm: a, Seed: mix(seed, uint64(launch), hashName(a))})
	}
	shuffle(step.Visits, mix(seed, uint64(launch), hashName("start order")))
	return step
}

func roundStep(s Scenario, seed uint64, launch int, r round, attempt int, arms []string, o Outcomes) Step {
	step := Step{Kind: StepRound, Launch: launch, Round: r.index, Attempt: attempt, Load: r.load}
	roundSeed := mix(seed, uint64(launch), hashName(r.load.Name), uint64(r.index), uint64(attempt))
	for _, a := range arms {
		if r.load.Kind == Capacity {
			step.Visits = append(step.Visits, probe(s, a, r.load, roundSeed, o.probeRate(s, seed, launch, r.load, a)))
			continue
		}
		memory := s.steadyAfter(r.load, o.Memory[a])
		if launch > 0 && memory > 0 {
			if s.steadyRound(seed, launch, r.load, a) == r.index {
				step.Visits = append(step.Visits, s.steady(visit(s, a, r, roundSeed, o), memory))
			}
			continue
		}
		step.Visits = append(step.Visits, visit(s, a, r, roundSeed, o))
	}
	shuffle(step.Visits, roundSeed)
	step.Visits = adjacent(step.Visits, s.Partner)
	return step
}

// repeat returns the step that repeats the invalid slices of the last round
// together with those that they are compared with: the baseline's, or their
// partners'. It is nil if there is nothing to repeat.
func repeat(s Scenario, seed uint64, o Outcomes, last Slice) *Step {
	if last.Attempt >= maxAttempts || last.Launch == 0 {
		return nil
	}
	var again []string
	for _, slice := range o.Last {
		if slice.Load == last.Load && slice.Round == last.Round && slice.Attempt == last.Attempt &&
			len(slice.Invalid) > 0 && !slices.Contains(o.Lost, slice.Arm) {
			again = append(again, slice.Arm)
		}
	}
	if len(again) == 0 {
		return nil
	}
	load := s.Loads[slices.IndexFunc(s.Loads, func(l Load) bool { return l.Name == last.Load })]
	if load.Kind != Capacity { // where each arm has a rate of its own
		again = s.withCompared(again, live(s, o))
	}
	step := roundStep(s, seed, last.Launch, round{load, last.Round}, last.Attempt+1, again, o)
	return &step
}

// withCompared adds to arms those of the live ones that they are compared with.
func (s Scenario) withCompared(arms, live []string) []string {
	out := slices.Clone(arms)
	add := func(name string) {
		if slices.Contains(live, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(s.Pairs) == 0 {
		add(s.Baseline)
	}
	for _, a := range arms {
		add(s.Partner(a))
	}
	return out
}

// live returns the arms that are still to be visited, in the scenario's order.
func live(s Scenario, o Outcomes) []string {
	var out []string
	for _, a := range s.Arms {
		if !slices.Contains(o.Lost, a.Name) && !slices.Contains(o.Done, a.Name) {
			out = append(out, a.Name)
		}
	}
	return out
}

// visit fits a load to an arm: its rate, and a slice long enough for it.
func visit(s Scenario, arm string, r round, seed uint64, o Outcomes) Visit {
	load := r.load
	if load.Kind == Ramped {
		ramp := load.Ramp()
		return Visit{Arm: arm, Load: load, Rate: ramp.Mean(), Measure: ramp.Length(), Seed: seed}
	}
	v := Visit{Arm: arm, Load: load, Settle: s.Settle.Std(), Measure: s.Slice.Std(), Seed: seed}
	expected := o.capacity(arm)
	switch load.Kind {
	case Open:
		v.Rate = o.rate(s, load, arm)
		expected = v.Rate
	case Sweep:
		v.Rate = load.Fractions[load.Level(r.index)] * o.capacity(arm)
		expected = v.Rate
	}
	if len(o.Calibrations) == 0 && load.Kind == Closed { // calibration: not known yet
		return v
	}
	measure, tooSlow := s.sliceLength(load, expected)
	if v.Measure = measure; tooSlow {
		v.Load = Load{Name: load.Name, Kind: Closed, Connections: 1, Timeout: load.Timeout}
		v.Rate = 0
	}
	return v
}

// sliceLength is how long a slice under a load is for an arm that gets so many requests per
// second. One that is too slow for the load gets the longest slice, and one connection.
func (s Scenario) sliceLength(l Load, rate float64) (_ time.Duration, tooSlow bool) {
	// In seconds: a tiny rate, or none, overflows a duration.
	needed := minRequests / rate
	if needed > longestSlice.Seconds() {
		return longestSlice, true
	}
	if l.Kind.Scheduled() {
		slicesOfP99 := s.Rounds
		if l.Kind == Sweep { // its quantiles are of all launches together
			slicesOfP99 *= s.Launches
		}
		needed = max(needed, min(p99Requests/float64(slicesOfP99)/rate, mostStretch*s.Slice.Std().Seconds()))
	}
	return max(s.Slice.Std(), seconds(needed)), false
}

// rate is an open load's rate for an arm.
func (o Outcomes) rate(s Scenario, load Load, arm string) float64 {
	if load.Rate > 0 {
		return load.Rate
	}
	own := o.capacity(arm)
	if partner := s.Partner(arm); partner != "" {
		// Pairs are compared with nothing but themselves: each gets what keeps the
		// slower of its two at the utilisation.
		return load.Utilisation * min(own, o.capacity(partner))
	}
	if !o.Comparable(arm) {
		return load.Utilisation * own
	}
	slowest := math.Inf(1)
	for _, c := range o.Calibrations {
		if o.Comparable(c.Arm) {
			slowest = min(slowest, c.Capacity)
		}
	}
	if math.IsInf(slowest, 1) {
		return 0
	}
	return load.Utilisation * slowest
}

// Comparable reports whether an arm's latency is comparable with the others':
// arms below a tenth of the median capacity get a rate of their own.
func (o Outcomes) Comparable(arm string) bool {
	var all []float64
	for _, c := range o.Calibrations {
		all = append(all, c.Capacity)
	}
	if len(all) == 0 {
		return true
	}
	slices.Sort(all)
	return o.capacity(arm) >= comparableShare*all[len(all)/2]
}

func (o Outcomes) capacity(arm string) float64 {
	for _, c := range o.Calibrations {
		if c.Arm == arm {
			return c.Capacity
		}
	}
	return 0
}

// Calibrate turns the slices of launch 0 into one calibration per arm: the
// median of its throughputs.
func Calibrate(taken []Slice) []Calibration {
	byArm := map[string][]float64{}
	var order []string
	for _, s := range taken {
		if s.Measured <= 0 {
			continue
		}
		if byArm[s.Arm] == nil {
			order = append(order, s.Arm)
		}
		byArm[s.Arm] = append(byArm[s.Arm], float64(s.Answered)/time.Duration(s.Measured).Seconds())
	}
	slices.Sort(order)
	out := make([]Calibration, 0, len(order))
	for _, arm := range order {
		rates := byArm[arm]
		slices.Sort(rates)
		out = append(out, Calibration{Kind: KindCalibration, Arm: arm, Capacity: rates[len(rates)/2]})
	}
	return out
}

func shuffle[T any](list []T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// mix derives one seed from several numbers by SplitMix64's finaliser (Steele,
// Lea, Flood 2014), whose every input bit changes every output bit.
func mix(parts ...uint64) uint64 {
	var h uint64
	for _, p := range parts {
		h += 0x9e3779b97f4a7c15 + p
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// hashName is FNV-1a: a stable number for a name.
func hashName(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
