package validity

import (
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
)

// invalidPairs judges how many first attempts had to be repeated. A pair is an
// arm's slice and the baseline's of the same round; either spoils it.
func invalidPairs(r run) []finding {
	type place struct {
		launch int
		load   string
		round  int
	}
	spoilt := map[place]bool{}
	for _, s := range r.slices {
		if s.Attempt == 1 && s.Arm == r.header.Scenario.Baseline && len(s.Invalid) > 0 {
			spoilt[place{s.Launch, s.Load, s.Round}] = true
		}
	}
	invalid, pairs := 0, 0
	// A baseline that was measured alone pairs with itself.
	alone := !slices.ContainsFunc(r.slices, func(s bench.Slice) bool { return s.Arm != r.header.Scenario.Baseline })
	for _, s := range r.slices {
		if s.Attempt != 1 || s.Arm == r.header.Scenario.Baseline && !alone {
			continue
		}
		pairs++
		if len(s.Invalid) > 0 || spoilt[place{s.Launch, s.Load, s.Round}] {
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
		"%d of %d pairs of slices were invalid at first (%.0f %%, at most %.0f %%): this load cannot be kept up here; lower the rate or the utilisation",
		invalid, pairs, 100*share, 100*mostInvalidPairs)}, share}}
}

// unequalInvalidity compares each arm's first attempts with all others'.
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
