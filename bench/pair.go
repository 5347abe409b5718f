package bench

import (
	"fmt"
	"slices"
)

// Pair is an arm in two variants that are to be told apart as closely as a machine
// allows: the plan visits them one right after the other, in random order, at the
// same rate, and repeats them together.
type Pair struct {
	// Arm is the name that they have in common, Base and Head their own.
	Arm  string `json:"arm"`
	Base string `json:"base"`
	Head string `json:"head"`
}

// The endings of the variants' names.
const (
	baseEnding = ".base"
	headEnding = ".head"
)

// InPairs returns s with two variants of each arm instead of it, equal but for their
// names. s has its defaults. It refuses arms whose names are too long for an ending.
func (s Scenario) InPairs() (Scenario, error) {
	arms := s.Arms
	s.Arms, s.Pairs, s.Ladders, s.Contrasts = nil, nil, nil, nil
	for _, a := range arms {
		p := Pair{Arm: a.Name, Base: a.Name + baseEnding, Head: a.Name + headEnding}
		for _, name := range []string{p.Base, p.Head} {
			if !validName(name) || slices.ContainsFunc(arms, func(other Arm) bool { return other.Name == name }) {
				return s, fmt.Errorf("arm %s: its variants would be called %s and %s, of which one is too long or another arm's: rename it", a.Name, p.Base, p.Head)
			}
			variant := a
			variant.Name = name
			s.Arms = append(s.Arms, variant)
		}
		if a.Name == s.Baseline {
			s.Baseline = p.Base
		}
		s.Pairs = append(s.Pairs, p)
	}
	return s, nil
}

// ArmNames are the names of the arms, in their order.
func (s Scenario) ArmNames() []string {
	var out []string
	for _, a := range s.Arms {
		out = append(out, a.Name)
	}
	return out
}

// Partner returns the other variant of an arm, "" if it has none.
func (s Scenario) Partner(arm string) string {
	for _, p := range s.Pairs {
		switch arm {
		case p.Base:
			return p.Head
		case p.Head:
			return p.Base
		}
	}
	return ""
}

// WithoutPairs returns s without the pairs of the named arms. The baseline, which is
// nothing but an arm here, passes to the first that stays.
func (s Scenario) WithoutPairs(arms []string) Scenario {
	gone := func(p Pair) bool { return slices.Contains(arms, p.Arm) }
	s.Arms = slices.DeleteFunc(slices.Clone(s.Arms), func(a Arm) bool {
		return slices.ContainsFunc(s.Pairs, func(p Pair) bool { return gone(p) && (a.Name == p.Base || a.Name == p.Head) })
	})
	s.Pairs = slices.DeleteFunc(slices.Clone(s.Pairs), gone)
	if len(s.Arms) > 0 && !slices.ContainsFunc(s.Arms, func(a Arm) bool { return a.Name == s.Baseline }) {
		s.Baseline = s.Arms[0].Name
	}
	return s
}

// adjacent moves each visit's partner right behind it. Of a shuffled list the pairs
// stay in random order, and so do the two of each.
func adjacent(visits []Visit, partner func(string) string) []Visit {
	out := make([]Visit, 0, len(visits))
	placed := map[string]bool{}
	for _, v := range visits {
		if placed[v.Arm] {
			continue
		}
		out = append(out, v)
		placed[v.Arm] = true
		if i := slices.IndexFunc(visits, func(other Visit) bool { return other.Arm == partner(v.Arm) }); i >= 0 {
			out = append(out, visits[i])
			placed[visits[i].Arm] = true
		}
	}
	return out
}
