package bench

import (
	"fmt"
	"time"
)

const (
	// startup is what starting and ending one target takes, betweenSlices the drain and the
	// wait until the server's CPU clock stands still.
	startup       = 60 * time.Millisecond
	betweenSlices = 15 * time.Millisecond
	// renewing is what it takes a client to fetch a token, four at a time, on a CPU that
	// signs with ES256 meanwhile: 75 to 85 µs. It is 35 µs with HS256, and a millisecond with
	// RS256.
	renewing = 80 * time.Microsecond
)

// Duration estimates how long a run of s takes, repetitions and slow arms aside. factsOf says
// what is true of a method by its design.
func (s Scenario) Duration(factsOf func(Method) Facts) time.Duration {
	var lap time.Duration // until an arm is visited again
	for _, a := range s.Arms {
		lap += s.visiting(factsOf(a.Method)) / time.Duration(max(1, s.visitsPerArm()))
	}
	calibration := calibrationRounds * (s.Slice.Std() + s.Settle.Std() + betweenSlices)
	var total time.Duration
	for _, a := range s.Arms {
		facts := factsOf(a.Method)
		first, later := s.renewing(a, facts.Renewal, lap)
		start := startup + first + s.Warmup.Std()
		total += start + calibration + calibrationRounds*later
		total += time.Duration(s.Launches) * (start + s.visiting(facts) + time.Duration(s.visitsPerArm())*later)
		for _, e := range s.Episodes {
			if a.Target == nil && facts.Takes(e.Event) {
				total += first + e.Length(facts, a)
			}
		}
	}
	return total
}

// visiting is how long all visits of a launch to an arm take.
func (s Scenario) visiting(facts Facts) (visits time.Duration) {
	for _, l := range s.Loads {
		if l.Kind == Ramped {
			visits += l.Ramp().Length() + betweenSlices
			continue
		}
		rate := float64(maxRate) // of an arm that nobody knows
		if l.Kind == Open && l.Rate > 0 {
			rate = l.Rate
		}
		slice, _ := s.sliceLength(l, rate)
		if warm := s.steadyAfter(l, time.Duration(facts.Memory)); warm > 0 {
			visits += warm + s.Settle.Std() + s.joined(slice, warm) + 2*betweenSlices
			continue
		}
		visits += time.Duration(s.visitsOf(l)) * (slice + s.Settle.Std() + betweenSlices)
	}
	return visits
}

// renewing is how long an arm's clients fetch tokens before its first slice, and before each
// later one, a lap after the one before: those whose token would not last.
func (s Scenario) renewing(a Arm, r Renewal, lap time.Duration) (first, later time.Duration) {
	if r.After == 0 {
		return 0, 0
	}
	first = time.Duration(max(1, a.Population.Credentials-s.Reserved())) * renewing
	return first, time.Duration(min(1, float64(lap)/float64(r.After)) * float64(first))
}

// Visits estimates how many visits a launch has, by for how long each arm's servers remember
// ([MemoryOf]): repetitions aside, and a search as it usually goes.
func (s Scenario) Visits(memory map[string]time.Duration) int {
	n := 0
	for _, a := range s.Arms {
		for _, l := range s.Loads {
			if s.steadyAfter(l, memory[a.Name]) > 0 {
				n++
				continue
			}
			n += s.visitsOf(l)
		}
	}
	return n
}

// visitsPerArm are those of an arm that remembers nothing.
func (s Scenario) visitsPerArm() int {
	n := 0
	for _, l := range s.Loads {
		n += s.visitsOf(l)
	}
	return n
}

// visitsOf are those of them under one load.
func (s Scenario) visitsOf(l Load) int {
	switch l.Kind {
	case Sweep:
		return s.Rounds * len(l.Fractions)
	case Ramped:
		return 1
	case Capacity:
		// Two or three slices bracket, three or four halve, and every other
		// pair is confirmed a second time, one step further.
		return 6 + 3*max(s.Rounds, leastPairs)
	}
	return s.Rounds
}

// fewestLaunches is what the exact signed-rank interval needs to reach 95 %.
const fewestLaunches = 6

// Within returns s with as many launches, up to its own number, as fit into a
// time budget. It refuses a budget too small for an interval. factsOf is that of [Scenario.Duration].
func (s Scenario) Within(budget time.Duration, factsOf func(Method) Facts) (Scenario, error) {
	for s.Launches > fewestLaunches && s.Duration(factsOf) > budget {
		s.Launches--
	}
	if d := s.Duration(factsOf); d > budget {
		return s, fmt.Errorf("a budget of %v is too small: %d launches of scenario %s take about %v; leave arms out with --arms, or lower rounds or slice with --set",
			budget, s.Launches, s.Name, d.Round(time.Second))
	}
	return s, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
