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
// rising values. cells and loads belong together, one per eligible arm. Where the launches
// cannot bear a test of all pairs, each arm is tested against the first of its group.
func (s *runData) setTies(cells []*cell, loads []*Load) []bench.Warning {
	grouped, hopeless := 0, 0
	for _, name := range metricNames(cells) {
		var members []int
		for i, c := range cells {
			if m, ok := c.metric(name); ok && len(c.values(m)) > 0 && (!m.latency || s.hasSharedRate(c)) {
				members = append(members, i)
			}
		}
		slices.SortStableFunc(members, func(a, b int) int {
			return cmp.Or(cmp.Compare(loads[a].Metrics[name].Value, loads[b].Metrics[name].Value), cmp.Compare(cells[a].arm, cells[b].arm))
		})
		letters := lettersOf
		switch n, bears := len(members), Separable(len(s.launches)); {
		case n < 2:
			continue
		case n-1 > bears:
			hopeless = max(hopeless, n-1)
			continue
		case pairCount(n) > bears:
			grouped, letters = max(grouped, n), groupLetters
		}
		for i, mine := range letters(name, members, cells) {
			loads[members[i]].Ties[name] = mine
		}
	}
	if len(s.launches) < FewestLaunches || len(s.run.Header.Scenario.Contrasts) > 0 {
		return nil // too few launches, and contrasts, have a warning of their own
	}
	warn := func(format string, values ...any) []bench.Warning {
		return []bench.Warning{{Code: codeFewLaunches, Level: bench.Info, Load: cells[0].load.Name, Text: fmt.Sprintf(format, values...)}}
	}
	switch {
	case hopeless > 0:
		return warn("%d launches cannot tell any of %d arms apart for certain: no tie groups; use at least %d launches, or fewer arms", len(s.launches), hopeless+1, launchesFor(hopeless))
	case grouped > 0:
		return warn("%d launches cannot compare each of %d pairs of arms: each arm is compared with the first of its tie group alone; use at least %d launches for all pairs, or fewer arms", len(s.launches), pairCount(grouped), launchesFor(pairCount(grouped)))
	}
	return nil
}

// pairCount is how many pairs n arms make.
func pairCount(n int) int { return n * (n - 1) / 2 }

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

// lettersOf tests all pairs of members directly, with Holm's procedure over the pairs.
func lettersOf(name string, members []int, cells []*cell) []string {
	var p []float64
	index := map[[2]int]int{}
	for i := range members {
		for j := range i {
			index[[2]int{j, i}] = len(p)
			p = append(p, apart(name, cells[members[j]], cells[members[i]]))
		}
	}
	adjusted := stat.Holm(p)
	return stat.Letters(len(members), func(i, j int) bool { return adjusted[index[[2]int{i, j}]] <= tieLevel })
}

// groupLetters tests each member against the first of its group, which by rising values begins
// with the first member that is told apart from the first one before. So there are as many tests
// as members, less one. As in Holm's procedure the level is divided over those of them that have
// not been told apart yet, until no more are.
func groupLetters(name string, members []int, cells []*cell) []string {
	tests := len(members) - 1
	group := make([]int, len(members))
	for told := -1; told < tests; {
		level, before, first := tieLevel/float64(tests-max(0, told)), told, 0
		told = 0
		for i := 1; i < len(members); i++ {
			if apart(name, cells[members[first]], cells[members[i]]) <= level {
				first = i
				told++
			}
			group[i] = first
		}
		if told <= before {
			break
		}
	}
	return stat.Letters(len(members), func(i, j int) bool { return group[i] != group[j] })
}

// apart is the chance that two arms that are equal differ as much as measured: that of the exact
// two-sided signed-rank test of their own paired log-ratios. It is 1 where the interval of the
// difference holds zero, too: a launch that was slow for both weighs more in differences than in
// ratios, and what a report says of the two must agree.
func apart(name string, a, b *cell) float64 {
	m, ok := a.metric(name)
	if !ok {
		return 1
	}
	paired := pairLaunches(m, a, b)
	if c, ok := paired.comparison(); !ok || c.holdsZero() {
		return 1
	}
	return stat.SignedRankTest(paired.logRatios).TwoSided
}
