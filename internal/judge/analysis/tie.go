package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
)

// tieLevel is the chance that the test separates any two arms of a load that are equal.
const tieLevel = 0.05

// Separable is how many pairs can be tested together with n launches so that at least one
// could be separated: the smallest two-sided p is 2/2ⁿ, and Holm's first step needs
// p ≤ α/pairs. 10 launches: p 0.00195, 25 pairs, so up to 7 arms; 6 launches: one pair.
func Separable(launches int) int { return int(tieLevel * math.Ldexp(1, min(launches, mostLaunches)-1)) }

// mostLaunches caps the launches in [Separable]. With so many, more pairs can be separated
// than a scenario has; with twice as many, an int could not hold their number.
const mostLaunches = 40

// launchesFor is the least number of launches with which one of so many pairs could be
// separated; see [Separable].
func launchesFor(pairs int) int { return 1 + int(math.Ceil(math.Log2(float64(pairs)/tieLevel))) }

// setTies letters the arms under one load, metric by metric, in the order of
// rising values. cells and loads belong together, one per eligible arm.
func (s *runData) setTies(cells []*cell, loads []*Load) []bench.Warning {
	hopeless := 0
	for _, name := range metricNames(cells) {
		var members []int
		for i, c := range cells {
			if m, ok := c.metric(name); ok && len(c.values(m)) > 0 && (!m.latency || s.hasSharedRate(c)) {
				members = append(members, i)
			}
		}
		count := len(members) * (len(members) - 1) / 2
		if count == 0 {
			continue
		}
		if count > Separable(len(s.launches)) {
			hopeless = max(hopeless, count)
			continue
		}
		slices.SortStableFunc(members, func(a, b int) int {
			return cmp.Or(cmp.Compare(loads[a].Metrics[name].Value, loads[b].Metrics[name].Value), cmp.Compare(cells[a].arm, cells[b].arm))
		})
		for i, letters := range lettersOf(name, members, cells) {
			loads[members[i]].Ties[name] = letters
		}
	}
	if hopeless == 0 || len(s.launches) < FewestLaunches || len(s.run.Header.Scenario.Contrasts) > 0 {
		return nil // too few launches, and contrasts, have a warning of their own
	}
	return []bench.Warning{{Code: codeFewLaunches, Level: bench.Info, Load: cells[0].load.Name, Text: fmt.Sprintf(
		"%d launches cannot tell any of %d pairs of arms apart for certain: no tie groups; use at least %d launches, or fewer arms",
		len(s.launches), hopeless, launchesFor(hopeless))}}
}

// metricNames lists the metrics of any cell that are compared.
func metricNames(cells []*cell) []string {
	var names []string
	for _, c := range cells {
		for _, m := range c.metrics {
			if compared(m) && !slices.Contains(names, m.name) {
				names = append(names, m.name)
			}
		}
	}
	return names
}

// lettersOf tests all pairs of members directly: the exact two-sided signed-rank
// test of their own paired log-ratios, Holm over the pairs. Nor does it tell a pair apart
// whose interval of the difference holds zero: a launch that was slow for both weighs more
// in differences than in ratios, and what a report says of the two must agree.
func lettersOf(name string, members []int, cells []*cell) []string {
	var p []float64
	var apart []bool
	index := map[[2]int]int{}
	for i := range members {
		for j := range i {
			a, b := cells[members[j]], cells[members[i]]
			m, _ := a.metric(name)
			index[[2]int{j, i}] = len(p)
			paired := pairLaunches(m, a, b)
			c, ok := paired.comparison()
			p = append(p, stat.SignedRankTest(paired.logRatios).TwoSided)
			apart = append(apart, ok && !c.holdsZero())
		}
	}
	adjusted := stat.Holm(p)
	return stat.Letters(len(members), func(i, j int) bool {
		k := index[[2]int{i, j}]
		return adjusted[k] <= tieLevel && apart[k]
	})
}
