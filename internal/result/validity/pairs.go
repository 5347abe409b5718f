package validity

import (
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// invalidPairs judges how many first attempts had to be repeated. A pair is an
// arm's slice and that of the arm it is compared with, of the same round; either
// spoils it.
func invalidPairs(r run) []finding {
	type place struct {
		launch int
		load   string
		round  int
		arm    string
	}
	spoilt := map[place]bool{}
	for _, s := range r.slices {
		if s.Attempt == 1 && len(s.Invalid) > 0 {
			spoilt[place{s.Launch, s.Load, s.Round, s.Arm}] = true
		}
	}
	invalid, pairs := 0, 0
	// A baseline that was measured alone pairs with itself.
	alone := !slices.ContainsFunc(r.slices, func(s bench.Slice) bool { return s.Arm != r.header.Scenario.Baseline })
	for _, s := range r.slices {
		other, counts := comparedWith(r.header.Scenario, s.Arm)
		counts = counts || alone
		if s.Attempt != 1 || !counts {
			continue
		}
		pairs++
		if len(s.Invalid) > 0 || spoilt[place{s.Launch, s.Load, s.Round, other}] {
			invalid++
		}
	}
	if pairs == 0 {
		return nil
	}
	share := float64(invalid) / float64(pairs)
	if share <= mostInvalidPairs {
		return nil
	}
	return []finding{{bench.Warning{Code: CodeInvalidPairs, Level: bench.Void, Text: fmt.Sprintf(
		"%d of %d pairs of slices were invalid at first (%s, at most %s): this load cannot be kept up here; lower the rate or the utilisation",
		invalid, pairs, unit.About(share), unit.About(mostInvalidPairs))}, share}}
}

// comparedWith returns the arm that another is compared with. counts is false for an arm that
// others are compared with: its pairs count for those.
func comparedWith(s bench.Scenario, arm string) (other string, counts bool) {
	if len(s.Pairs) == 0 {
		return s.Baseline, arm != s.Baseline
	}
	return s.Partner(arm), slices.ContainsFunc(s.Pairs, func(p bench.Pair) bool { return p.Head == arm })
}

// unequalInvalidity compares the share of invalid first attempts of each arm with that of all
// other arms.
func unequalInvalidity(r run) []finding {
	arms := byArm(r.slices)
	bad, taken := make([]int64, len(arms)), make([]int64, len(arms))
	var allBad, all int64
	for i, g := range arms {
		for _, s := range g.slices {
			if s.Attempt != 1 {
				continue
			}
			taken[i]++
			if len(s.Invalid) > 0 {
				bad[i]++
			}
		}
		allBad, all = allBad+bad[i], all+taken[i]
	}
	p := make([]float64, len(arms))
	for i := range arms {
		others := allBad - bad[i]
		p[i] = stat.FisherExact(bad[i], taken[i]-bad[i], others, all-taken[i]-others)
	}
	for i, adjusted := range stat.Holm(p) {
		if adjusted < unequalLevel {
			return []finding{{bench.Warning{Code: CodeUnequal, Level: bench.Void, Text: fmt.Sprintf(
				"slices became invalid unequally between arms: %d of %d for %s, %d of %d for the others; the arms were not measured alike, so lower the rate",
				bad[i], taken[i], arms[i].arm, allBad-bad[i], all-taken[i])}, 1 - adjusted}}
		}
	}
	return nil
}
