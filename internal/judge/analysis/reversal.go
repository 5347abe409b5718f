package analysis

import (
	"cmp"
	"slices"
	"strings"

	"authbench/internal/stat"
)

// Reversal is a pair of arms of which the load decides which one costs less CPU time per request.
type Reversal struct {
	// Arm costs less than Versus under Load, and more under Other.
	Arm string `json:"arm"`
	// Versus is the other arm.
	Versus string `json:"versus"`
	// Load is the first closed one.
	Load string `json:"load"`
	// Other is the first open one.
	Other string `json:"other_load"`
	// UnderLoad is what Arm adds to Versus under Load, µs.
	UnderLoad Comparison `json:"under_load"`
	// UnderOther is what Arm adds to Versus under Other, µs.
	UnderOther Comparison `json:"under_other_load"`
}

// reversals are the pairs of safe arms whose order the two loads of which costs are shown turn
// round, both differences told apart: neither interval holds zero, and by the less certain of the
// two signed-rank tests of each pair, Holm's procedure over all pairs that seem to turn. How far a
// difference lies from zero says nothing about its sign if there is none, so that choosing these
// pairs by their signs spoils no test.
func (s *runData) reversals(arms []Arm) []Reversal {
	loads := s.costLoads()
	if len(loads) < 2 {
		return nil
	}
	var found []Reversal
	var p []float64
	for i := range arms {
		for k := range arms[:i] {
			if r, chance, ok := s.reversal(arms[k], arms[i], loads[0], loads[1]); ok {
				found, p = append(found, r), append(p, chance)
			}
		}
	}
	var out []Reversal
	for i, adjusted := range stat.Holm(p) {
		if adjusted <= tieLevel {
			out = append(out, found[i])
		}
	}
	slices.SortStableFunc(out, func(a, b Reversal) int { return cmp.Compare(b.UnderOther.Difference, a.UnderOther.Difference) })
	return out
}

// reversal compares two arms under two loads; ok is false if their order does not seem to turn.
func (s *runData) reversal(a, b Arm, load, other string) (_ Reversal, chance float64, ok bool) {
	if a.Status != ArmOK || b.Status != ArmOK {
		return Reversal{}, 1, false
	}
	// Ties are tested over other families of pairs, and nothing else may be said of two arms.
	tied := func(load string) bool { return strings.ContainsAny(tiesUnder(a, load), tiesUnder(b, load)) }
	under := func(load string) (Comparison, float64, bool) {
		mine, its := s.cells[cellKey{a.Name, load}], s.cells[cellKey{b.Name, load}]
		_, both := mine.metric(cpuPerRequest.name)
		if _, ok := its.metric(cpuPerRequest.name); !ok || !both || !s.hasSharedRate(mine) || !s.hasSharedRate(its) {
			return Comparison{}, 1, false
		}
		c, ok := pairLaunches(cpuPerRequest, mine, its).comparison()
		return c, apart(cpuPerRequest.name, mine, its), ok
	}
	first, p1, ok1 := under(load)
	second, p2, ok2 := under(other)
	out := Reversal{Arm: a.Name, Versus: b.Name, Load: load, Other: other, UnderLoad: first, UnderOther: second}
	if first.Difference > 0 {
		out.Arm, out.Versus, out.UnderLoad, out.UnderOther = b.Name, a.Name, first.reversed(), second.reversed()
	}
	return out, max(p1, p2), ok1 && ok2 && first.Difference*second.Difference < 0 && !tied(load) && !tied(other)
}

// tiesUnder are an arm's letters by CPU time under a load.
func tiesUnder(a Arm, load string) string {
	i := slices.IndexFunc(a.Loads, func(l Load) bool { return l.Name == load })
	if i < 0 {
		return ""
	}
	return a.Loads[i].Ties[cpuPerRequest.name]
}

// reversed is what the other arm adds to this one.
func (c Comparison) reversed() Comparison {
	return Comparison{
		Ratio: 1 / c.Ratio, Lo: 1 / c.Hi, Hi: 1 / c.Lo,
		Difference: -c.Difference, DifferenceLo: -c.DifferenceHi, DifferenceHi: -c.DifferenceLo, N: c.N,
	}
}
