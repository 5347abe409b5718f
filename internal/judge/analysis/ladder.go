package analysis

import (
	"fmt"

	"authbench/bench"
)

// Ladder says what the cost of a method is made of: the server's CPU time per
// request, step by step.
type Ladder struct {
	// Arm is the last step: the method as it is used.
	Arm string `json:"arm"`
	// Load is the load that the costs are from: the first closed load, else the first.
	Load string `json:"load"`
	// Steps is empty if one of them could not be measured; Missing says why.
	Steps   []Step `json:"steps,omitempty"`
	Missing string `json:"missing,omitempty"`
}

// Step is one arm of a ladder.
type Step struct {
	Arm  string `json:"arm"`
	Part Part   `json:"part"`
	// Micros is what the step adds to the one before, paired within the same launches, in
	// µs of CPU time per request. For the first step it is the step's own cost.
	Micros Estimate `json:"cpu_us_per_request"`
}

// Part is what a step adds, by the methods of the two arms.
type Part string

// The parts of a method's cost.
const (
	PartServer       Part = "server"       // what every request costs
	PartTransport    Part = "transport"    // receiving the credential
	PartParsing      Part = "parsing"      // decoding it
	PartVerification Part = "verification" // checking it: cryptography, store
	PartOther        Part = "other"        // from one verifying arm to another
)

// part names what a step adds to the one before, nil for the first.
func part(before *bench.Facts, step bench.Facts) Part {
	switch {
	case before == nil:
		return PartServer
	case step.Step == bench.StageTransport:
		return PartTransport
	case step.Step == bench.StageParsing:
		return PartParsing
	case !before.Protects():
		return PartVerification
	}
	return PartOther
}

// ladders splits the costs of the scenario's ladders into steps.
func (s *runData) ladders(arms []Arm) []Ladder {
	load, ok := costLoad(s.run.Header.Scenario.Loads)
	if !ok {
		return nil
	}
	byName := map[string]Arm{}
	for _, a := range arms {
		byName[a.Name] = a
	}
	var out []Ladder
	for _, names := range s.run.Header.Scenario.Ladders {
		out = append(out, s.ladder(names, load, byName))
	}
	return out
}

func (s *runData) ladder(names bench.Ladder, load string, arms map[string]Arm) Ladder {
	l := Ladder{Arm: names[len(names)-1], Load: load}
	var before *bench.Facts
	var steps []Step
	for i, name := range names {
		a := arms[name]
		micros, ok := s.step(names, i, load)
		switch {
		case a.Status != ArmOK:
			l.Missing = fmt.Sprintf("%s is %s", name, a.Status.Word())
			return l
		case !ok && len(s.launches) < FewestLaunches:
			l.Missing = fmt.Sprintf("needs %d launches", FewestLaunches)
			return l
		case !ok:
			l.Missing = "the CPU time of " + name + " is not known"
			return l
		}
		steps = append(steps, Step{Arm: name, Part: part(before, a.Facts), Micros: micros})
		before = &a.Facts
	}
	l.Steps = steps
	return l
}

// costLoad is the load that costs are read from.
func costLoad(loads []bench.Load) (name string, ok bool) {
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		for _, l := range loads {
			if l.Kind == kind {
				return l.Name, true
			}
		}
	}
	return "", false
}

// step estimates what the i-th arm of a ladder adds.
func (s *runData) step(names bench.Ladder, i int, load string) (_ Estimate, ok bool) {
	c := s.cells[cellKey{names[i], load}]
	if _, has := c.metric(cpuPerRequest.name); !has || len(c.blocks) == 0 {
		return Estimate{}, false
	}
	if i == 0 {
		return absolute(c.values(cpuPerRequest)), true
	}
	comparison, ok := pairLaunches(cpuPerRequest, c, s.cells[cellKey{names[i-1], load}]).comparison()
	return Estimate{Value: comparison.Difference, Lo: &comparison.DifferenceLo, Hi: &comparison.DifferenceHi, N: comparison.N}, ok
}
