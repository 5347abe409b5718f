package report

import (
	"cmp"
	"slices"
	"strings"

	"authbench/internal/text/unit"
)

// ranked is an arm of a list by rising cost.
type ranked struct {
	name   string
	micros float64
	// ties are its letters: arms that share one are not told apart. "" if the run tells none.
	ties string
}

// groups sorts arms by rising cost and puts those together that are not told apart from the first
// of them: among these there is no order.
func groups(all []ranked) [][]ranked {
	var out [][]ranked
	for _, one := range slices.SortedStableFunc(slices.Values(all), func(a, b ranked) int { return cmp.Compare(a.micros, b.micros) }) {
		if n := len(out); n > 0 && strings.ContainsAny(out[n-1][0].ties, one.ties) {
			out[n-1] = append(out[n-1], one)
		} else {
			out = append(out, []ranked{one})
		}
	}
	return out
}

// rising lists arms by rising cost, and says of which of them there is no order: of groups that
// are not told apart, or of all if the run tells nobody's. Each part is a group's names and its
// costs, as part puts them together.
func rising(all []ranked, part func(names, micros string) string) string {
	ordered, lead := groups(all), ", in rising order: "
	if !slices.ContainsFunc(all, func(r ranked) bool { return r.ties != "" }) {
		lead = " (this run does not tell in which order): "
	}
	var parts []string
	together := false
	for _, g := range ordered {
		parts = append(parts, part(groupText(g)))
		together = together || len(g) > 1
	}
	if together { // parts hold lists
		return lead + joined(parts)
	}
	return lead + list(parts)
}

// groupText is a group's names, and what they cost.
func groupText(g []ranked) (names, cost string) {
	var all []string
	for _, one := range g {
		all = append(all, one.name)
	}
	if len(g) == 1 {
		return all[0], noBreak(unit.Micros(g[0].micros))
	}
	return list(all), microsRange(g[0].micros, g[len(g)-1].micros) + ", not told apart"
}

// microsRange is a range of times on one line: "109 – 112 µs".
func microsRange(lo, hi float64) string {
	from, to := unit.Micros(lo), unit.Micros(hi)
	if number, symbol, _ := strings.Cut(from, " "); strings.HasSuffix(to, " "+symbol) {
		from = number
	}
	return noBreak(from + " – " + to)
}
