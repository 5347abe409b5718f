package bench

import (
	"fmt"
	"time"
)

// Duration estimates how long a run of s takes, repetitions, slow arms and what delays a
// revocation beside a cache aside.
func (s Scenario) Duration() time.Duration {
	const (
		// startup is what starting and ending one target takes, betweenSlices
		// the drain and the wait until the server's CPU clock stands still.
		startup       = 60 * time.Millisecond
		betweenSlices = 15 * time.Millisecond
	)
	visit := s.Slice.Std() + s.Settle.Std() + betweenSlices
	perArm := startup + s.Warmup.Std() + time.Duration(s.VisitsPerArm())*visit
	for _, l := range s.Loads {
		perArm += l.Ramp().Length()
	}
	calibration := startup + s.Warmup.Std() + calibrationRounds*visit
	total := time.Duration(len(s.Arms)) * (calibration + time.Duration(s.Launches)*perArm)
	for _, e := range s.Episodes {
		for _, a := range s.Arms {
			lag := a.Method.Params.Duration("cache_ttl")
			total += startup + e.filling(lag, a) + e.Spread.Std() + lag + probeSteady
		}
	}
	return total
}

// VisitsPerArm estimates how often an arm is visited in a launch: repetitions
// aside, and a search as it usually goes.
func (s Scenario) VisitsPerArm() int {
	n := 0
	for _, l := range s.Loads {
		switch l.Kind {
		case Sweep:
			n += s.Rounds * len(l.Fractions)
		case Ramped:
			n++
		case Capacity:
			// Two or three slices bracket, three or four halve, and every other
			// pair is confirmed a second time, one step further.
			n += 6 + 3*max(s.Rounds, leastPairs)
		default:
			n += s.Rounds
		}
	}
	return n
}

// fewestLaunches is what the exact signed-rank interval needs to reach 95 %.
const fewestLaunches = 6

// Within returns s with as many launches, up to its own number, as fit into a
// time budget. It refuses a budget too small for an interval.
func (s Scenario) Within(budget time.Duration) (Scenario, error) {
	for s.Launches > fewestLaunches && s.Duration() > budget {
		s.Launches--
	}
	if d := s.Duration(); d > budget {
		return s, fmt.Errorf("a budget of %v is too small: %d launches of scenario %s take about %v; leave arms out with --arms, or lower rounds or slice with --set",
			budget, s.Launches, s.Name, d.Round(time.Second))
	}
	return s, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
