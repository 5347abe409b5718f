package bench

import (
	"fmt"
	"slices"
)

// Ladder takes the cost of a method apart: names of arms, each of which does
// what the one before does and something more. The last is the method as it is
// used; what a step adds is the difference of neighbours in the same rounds.
type Ladder []string

// leastSteps: with fewer there is no difference.
const leastSteps = 2

func (k *checker) ladders(s Scenario) {
	var names []string
	for _, a := range s.Arms {
		names = append(names, a.Name)
	}
	for i, l := range s.Ladders {
		if len(l) < leastSteps {
			k.add("list arms from the one that does least to the whole, such as  [none, carry, jwt]", "a ladder needs two steps", "ladders", i)
		}
		for step, name := range l {
			switch {
			case !slices.Contains(names, name):
				k.add(DidYouMean(name, names), fmt.Sprintf("the step %q is not an arm", name), "ladders", i, step)
			case slices.Contains(l[:step], name):
				k.add("list each arm once", fmt.Sprintf("the step %q stands twice in the ladder", name), "ladders", i, step)
			}
		}
	}
}

// diagnostic refuses arms that let everybody in, except as a step on the way to
// an arm that does not.
func (k *checker) diagnostic(s Scenario, c Catalogue) {
	for i, a := range s.Arms {
		spec, known := findMethod(c, a.Method.ID)
		leads := func(l Ladder) bool { return slices.Contains(l[:max(0, len(l)-1)], a.Name) }
		if known && spec.Diagnostic && !slices.ContainsFunc(s.Ladders, leads) {
			k.add("make the arm a step of a ladder, before the method that protects: 'ladders: [[none, "+a.Name+", …]]'",
				fmt.Sprintf("method %s protects nothing: it only serves to take the cost of another method apart", a.Method.ID), "arms", i, "method", "id")
		}
	}
}

// Only returns s with the named arms, the baseline, and the steps of the ladders
// that the named arms are in; all of s if none is named. The ladders of other arms
// are dropped, and the contrasts that lack an arm.
func (s Scenario) Only(names []string) (Scenario, error) {
	if len(names) == 0 {
		return s, nil
	}
	kept := map[string]bool{s.Baseline: true}
	known := s.ArmNames()
	for _, name := range names {
		if !slices.Contains(known, name) {
			return s, fmt.Errorf("scenario %s has no arm %q; %s", s.Name, name, DidYouMean(name, known))
		}
		kept[name] = true
	}
	var ladders []Ladder
	for _, l := range s.Ladders {
		if !slices.ContainsFunc(l, func(step string) bool { return slices.Contains(names, step) }) {
			continue
		}
		ladders = append(ladders, l)
		for _, step := range l {
			kept[step] = true
		}
	}
	s.Ladders = ladders
	s.Arms = slices.DeleteFunc(slices.Clone(s.Arms), func(a Arm) bool { return !kept[a.Name] })
	s.Contrasts = slices.DeleteFunc(slices.Clone(s.Contrasts), func(c Contrast) bool { return !kept[c.Arm] || !kept[c.Versus] })
	return s, nil
}
