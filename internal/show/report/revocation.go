package report

import (
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
	"authbench/internal/text/unit"
)

// soon is the time within which a stolen credential is to be stopped where the report says
// what does that at the least cost, µs.
const soon = 10e6

// revocationTableOf has a row per arm and episode: how stale verdicts may be, beside what
// that gains. It has no columns if no revocation was timed.
func revocationTableOf(s *analysis.Summary) table {
	var t table
	episodes, beside := s.Episodes(), gainColumns(s)
	for _, one := range s.Staleness {
		i := slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == one.Arm })
		if i < 0 || !s.Arms[i].Status.Measured() {
			continue
		}
		a := headline(&s.Arms[i])
		cells := []cell{
			{Text: fmt.Sprintf("%d of %d", one.AtOnce, one.Revocations)}, known(one, 0.5, cell{Text: figure.After(one.P50.Value)}),
			worked(one), longest(one), {Text: byLaw(one)},
		}
		if len(episodes) > 1 {
			cells = append([]cell{{Text: one.Episode}}, cells...)
		}
		for _, c := range beside {
			found, ok := c.cell(a)
			if !ok {
				found = cell{Text: missing}
			}
			cells = append(cells, found)
		}
		t.Rows = append(t.Rows, tableRow{Name: a.Name, Status: a.Status, Cells: cells})
	}
	if len(t.Rows) == 0 {
		return t
	}
	if len(episodes) > 1 {
		t.Columns = []column{{Head: "episode"}}
	}
	t.Columns = append(t.Columns, column{Head: "refused at once"}, column{Head: "half within"}, column{Head: "95 % within", spread: true},
		column{Head: "longest", spread: true}, column{Head: "by law"})
	t.Columns = append(t.Columns, beside...)
	return t
}

// gainColumns are what an arm gains by being late: its costs, and what they depend on. Columns
// that no arm with an episode fills are left out.
func gainColumns(s *analysis.Summary) []column {
	all := []column{
		{Head: "CPU/request", spread: true, cell: func(a armLoads) (cell, bool) { return metricCell(cpuMetric, a.costs.Metrics, 1) }},
		{Head: atRate(s), spread: true, cell: cpuAtRate},
		{Head: perTokenHead, spread: true, cell: perToken},
		{Head: "from the cache", cell: func(a armLoads) (cell, bool) { return withoutInterval(metricCell(hitsMetric, a.Metrics, 1)) }},
	}
	return slices.DeleteFunc(all, func(c column) bool {
		return !slices.ContainsFunc(s.Staleness, func(one analysis.Staleness) bool {
			i := armAt(s, one.Arm)
			if i < 0 || !s.Arms[i].Status.Measured() {
				return false
			}
			_, ok := c.cell(headline(&s.Arms[i]))
			return ok
		})
	})
}

// known is a quantile of an arm's times as it may be said: that it is longer, where no more is
// known, or shorter, where the acknowledgements took too long to tell.
func known(one analysis.Staleness, q float64, c cell) cell {
	switch {
	case one.Open(q):
		return cell{Text: "longer than " + c.Text}
	case one.Within > 0:
		return cell{Text: "< " + unit.Micros(one.Within)}
	}
	return c
}

// worked is the time within which 95 % of an episode's credentials stopped working.
func worked(one analysis.Staleness) cell {
	text, bound := figure.Within(one)
	return cell{Text: text, Interval: bound}
}

// longest is the longest time seen, or how many nobody waited for.
func longest(one analysis.Staleness) cell {
	c := known(one, 1, cell{Text: figure.After(one.Longest)})
	if one.Longer > 0 && one.Longer < one.Revocations {
		c.Interval = fmt.Sprintf("%d of %d", one.Longer, one.Revocations)
	}
	return c
}

// byLaw is the 95th percentile that the design lets one expect.
func byLaw(one analysis.Staleness) string {
	switch {
	case one.Law != nil:
		return unit.Micros(one.Law.P95)
	case one.ByLaw != nil:
		return unit.Micros(*one.ByLaw)
	}
	return missing
}

// slowest are the arms that were measured, each with the episode in which its credentials
// worked longest, in the scenario's order.
func slowest(s *analysis.Summary) []analysis.Staleness {
	var out []analysis.Staleness
	for _, a := range s.Arms {
		var longest *analysis.Staleness
		for i, one := range s.Staleness {
			if one.Arm == a.Name && a.Status.Measured() && (longest == nil || one.Longest > longest.Longest) {
				longest = &s.Staleness[i]
			}
		}
		if longest != nil {
			out = append(out, *longest)
		}
	}
	return out
}

// revocations says in words for how long revoked credentials went on working, and, in a paragraph
// of its own, what to choose by that; nothing if nothing was measured.
func revocations(s *analysis.Summary) (paragraphs []string) {
	found := slowest(s)
	if len(found) == 0 {
		return nil
	}
	paragraphs = append(paragraphs, sentences(worksOn(s, found), toldByUs(s, found)))
	if choice := sentences(stopsSoon(s, found), unbeaten(s)); choice != "" {
		paragraphs = append(paragraphs, choice)
	}
	return paragraphs
}

// mostLeft is how many arms a sentence leaves to choose from.
const mostLeft = 4

// unbeaten names the arms that no other one beats in cost and in time, under each load of which
// costs are shown; "" where that leaves all, or too many for a sentence, or not the same ones in
// every episode.
func unbeaten(s *analysis.Summary) string {
	var loads []string
	left := map[string]analysis.Front{}
	for _, f := range s.Fronts {
		before, seen := left[f.Load]
		if !seen {
			loads, left[f.Load], before = append(loads, f.Load), f, f
		}
		if len(f.Beaten) == 0 || len(f.Choices) > mostLeft || !slices.Equal(f.Choices, before.Choices) {
			return ""
		}
	}
	return choiceOf(s, loads, left)
}

// choiceOf words the fronts under some loads: first what is left of the arms whose times hold the
// way of the news, then those that authbench told, whose times do not.
func choiceOf(s *analysis.Summary, loads []string, left map[string]analysis.Front) string {
	var parts, told, first []string
	same := true
	for i, load := range loads {
		f := left[load]
		rest := slices.DeleteFunc(slices.Clone(f.Choices), func(name string) bool { return slices.Contains(f.Told, name) })
		slices.Sort(rest)
		if i == 0 {
			first = rest
		}
		same = same && slices.Equal(rest, first)
		parts = append(parts, list(rest)+" with costs "+noBreak(loadNamed(s, load).At()))
		for _, name := range f.Told {
			if !slices.Contains(told, name) {
				told = append(told, name)
			}
		}
	}
	of, among, others := "What", "all others here", "the others"
	if len(told) > 0 {
		of, among, others = "Of the arms whose servers hear of revocations in a way of their own, what", "all other arms whose servers hear of revocations in a way of their own", "the others of these"
	}
	text := ""
	switch {
	case len(first) == 0:
	case same && len(first) == 1:
		text = fmt.Sprintf("%s beats %s: it costs less, and refuses revoked credentials no later.", first[0], among)
	case same:
		text = fmt.Sprintf("%s is left to choose from is %s: each of %s costs more than one of them, and refuses revoked credentials no sooner.", of, list(first), others)
	default:
		text = fmt.Sprintf("%s is left to choose from is %s: each of %s costs more than one of them there, and refuses revoked credentials no sooner.", of, joined(parts), others)
	}
	if len(told) > 0 {
		text = sentences(text, fmt.Sprintf("Beside these stands %s, if you see to it that news of a revocation reaches each of your servers in time.", list(told)))
	}
	return text
}

// worksOn names each arm's longest time, unless there are too many for a sentence.
func worksOn(s *analysis.Summary, found []analysis.Staleness) string {
	if len(found) > mostListed {
		return ""
	}
	var at, later, still []string
	mostLater := 0.0
	for _, one := range found {
		name := withStatus(s, one.Arm)
		share, all := one.MostLater()
		switch {
		case one.Longer > 0:
			still = append(still, stillWorked(one, name))
		case all:
			at, mostLater = append(at, name), max(mostLater, share)
		default:
			later = append(later, noBreak(unit.Micros(max(one.Longest, one.Within)))+" with "+name)
		}
	}
	var parts []string
	if len(at) > 0 {
		parts = append(parts, fmt.Sprintf("were all refused from the next request on with %s (with 95 %% confidence at most %s are not)", list(at), noBreak(unit.About(mostLater))))
	}
	if len(later) > 0 {
		parts = append(parts, "went on working for up to "+list(later))
	}
	if len(still) > 0 {
		parts = append(parts, "still worked when nobody waited any longer: "+joined(still))
	}
	what := "Credentials that were taken back"
	if found[0].Event == bench.RemoveKey {
		what = "Credentials whose key was removed"
	}
	return fmt.Sprintf("%s (%s) %s.", what, taken(s, found), strings.Join(parts, ", and "))
}

// stillWorked says of an arm how many of its credentials nobody waited for, and what became of the
// others.
func stillWorked(one analysis.Staleness, name string) string {
	text := fmt.Sprintf("%d of %d after %s with %s", one.Longer, one.Revocations, noBreak(unit.Micros(one.Longest)), name)
	if ended, some := one.LastEnded(); some {
		text += fmt.Sprintf(" (the other %d stopped within %s)", one.Revocations-one.Longer, noBreak(unit.Micros(ended)))
	}
	return text
}

// taken is how many credentials of each arm were taken back, in how many episodes: of several, an
// arm's longest time counts.
func taken(s *analysis.Summary, found []analysis.Staleness) string {
	fewest, most := found[0].Revocations, found[0].Revocations
	for _, one := range found {
		fewest, most = min(fewest, one.Revocations), max(most, one.Revocations)
	}
	count := fmt.Sprint(most)
	if fewest < most {
		count = fmt.Sprintf("%d to %d", fewest, most)
	}
	count += " for each arm"
	if episodes := s.Episodes(); len(episodes) > 1 {
		count += fmt.Sprintf(" in each of the episodes %s, of which the slower one counts", list(episodes))
	}
	return count
}

// toldByUs names the arms whose servers authbench tells of a revocation itself, where there are
// several; "" if there are none, or too many for a sentence.
func toldByUs(s *analysis.Summary, found []analysis.Staleness) string {
	var names []string
	for _, one := range found {
		if s.Arms[armAt(s, one.Arm)].ToldIn(one) {
			names = append(names, one.Arm)
		}
	}
	if len(names) == 0 || len(names) > mostListed {
		return ""
	}
	return fmt.Sprintf("authbench told each server of %s itself: how news reaches your servers comes on top.", list(names))
}

// withStatus is an arm's name, and that it is unsafe.
func withStatus(s *analysis.Summary, arm string) string {
	i := slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == arm })
	if status := s.Arms[i].Status; status != analysis.ArmOK {
		return arm + " (" + status.Word() + ")"
	}
	return arm
}

// mostWays is how many ways to stop a credential a sentence names.
const mostWays = 3

// stopsSoon names the arms that stop a revoked credential soon at the least cost, under each load
// of which costs are shown; "" where that is no choice.
func stopsSoon(s *analysis.Summary, found []analysis.Staleness) string {
	usual, beside := []ranked{}, []ranked{}
	at, other := "", ""
	replicas, everywhere := found[0].Replicas, true
	for _, one := range found {
		everywhere = everywhere && one.Replicas == replicas
		a := headline(&s.Arms[armAt(s, one.Arm)])
		if a.Status != analysis.ArmOK || one.Longest > soon || one.Longer > 0 {
			continue
		}
		if e, ok := a.costs.Metrics[cpuMetric.name]; ok {
			at, usual = a.costs.At(), append(usual, ranked{costName(a), e.Value, a.costs.Ties[cpuMetric.name]})
		}
		if l := a.RateLoad(); l != nil {
			other, beside = l.At(), append(beside, ranked{costName(armLoads{Arm: a.Arm, costs: *l}), l.Metrics[cpuMetric.name].Value, l.Ties[cpuMetric.name]})
		}
	}
	if len(usual) < 2 || len(found) < mostWays {
		return ""
	}
	on := ""
	if everywhere {
		on = " on " + plural(replicas, "server", "servers")
	}
	what := "stop a stolen credential"
	if found[0].Event == bench.RemoveKey {
		what = "get rid of a key"
	}
	text := fmt.Sprintf("To %s within %s%s, the cheapest ways here are, by CPU per request %s%s", what, noBreak("10 s"), on, noBreak(at), cheapest(usual))
	if len(beside) > 1 {
		text += "; and " + noBreak(other) + cheapest(beside)
	}
	return text + "."
}

// cheapest lists the first few ways and all that are not told apart from the last of them.
func cheapest(ways []ranked) string {
	var some []ranked
	for _, g := range groups(ways) {
		if len(some) < mostWays {
			some = append(some, g...)
		}
	}
	return rising(some, func(names, cost string) string { return names + " (" + cost + ")" })
}
