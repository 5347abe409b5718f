package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// soon is the time within which a stolen credential is to be stopped where the report says
// what does that at the least cost, µs.
const soon = 10e6

// revocationTableOf has a row per arm and episode: how stale verdicts may be, beside what
// that gains. It has no columns if no revocation was timed.
func revocationTableOf(s *analysis.Summary) table {
	var t table
	episodes := s.Episodes()
	for _, one := range s.Staleness {
		i := slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == one.Arm })
		if i < 0 || !s.Arms[i].Status.Measured() {
			continue
		}
		a := headline(&s.Arms[i])
		cells := []cell{
			{Text: fmt.Sprintf("%d of %d", one.AtOnce, one.Revocations)}, least(one.Open(0.5), cell{Text: after(one.P50.Value)}),
			least(one.Open(0.95), worked(one.P95)), least(one.Open(1), cell{Text: after(one.Longest)}), {Text: byLaw(one.Law)},
		}
		if len(episodes) > 1 {
			cells = append([]cell{{Text: one.Episode}}, cells...)
		}
		for _, column := range []struct {
			metric metric
			of     map[string]analysis.Estimate
		}{{cpuMetric, a.costs.Metrics}, {hitsMetric, a.Metrics}} {
			c := cell{Text: missing}
			if e, ok := column.of[column.metric.name]; ok {
				c = column.metric.cell(e, 1)
			}
			cells = append(cells, c)
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
		column{Head: "longest"}, column{Head: "by law"}, column{Head: "CPU/request", spread: true}, column{Head: "from the cache"})
	return t
}

// after is a time that credentials went on working for.
func after(micros float64) string {
	if micros == 0 {
		return "at once"
	}
	return unit.Micros(micros)
}

// least is a time of which no more is known than that it is longer, if it is open.
func least(open bool, c cell) cell {
	if open {
		return cell{Text: "longer than " + c.Text}
	}
	return c
}

// worked is a quantile of such times.
func worked(e analysis.Estimate) cell {
	c := cell{Text: after(e.Value)}
	switch {
	case e.Lo == nil && e.Hi == nil, e.Hi != nil && *e.Hi == 0:
	case e.Hi == nil:
		if least := unit.Micros(*e.Lo); least != c.Text && *e.Lo > 0 {
			c.Interval = "at least " + least
		}
	case e.Lo == nil:
		c.Interval = "at most " + unit.Micros(*e.Hi)
	default:
		c.Interval = revokedMetric.interval(*e.Lo, *e.Hi)
	}
	return c
}

// byLaw is the 95th percentile that the design lets one expect.
func byLaw(l *analysis.Law) string {
	if l == nil {
		return missing
	}
	return unit.Micros(l.P95)
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

// revocations says in words for how long revoked credentials went on working, "" if nothing
// was measured.
func revocations(s *analysis.Summary) string {
	found := slowest(s)
	if len(found) == 0 {
		return ""
	}
	return sentences(worksOn(s, found), toldByUs(s, found), stopsSoon(s, found), unbeaten(s))
}

// unbeaten names the arms that no other one beats in cost and in time; "" where that leaves
// all, or too many for a sentence, or not the same ones in every episode.
func unbeaten(s *analysis.Summary) string {
	if len(s.Fronts) == 0 {
		return ""
	}
	choices := s.Fronts[0].Choices
	for _, f := range s.Fronts {
		if len(f.Beaten) == 0 || len(f.Choices) > mostWays || !slices.Equal(f.Choices, choices) {
			return ""
		}
	}
	if len(choices) == 1 {
		return choices[0] + " beats all others here: it costs less, and refuses revoked credentials no later."
	}
	return fmt.Sprintf("What is left to choose from is %s: each of the others costs more than one of these, and refuses revoked credentials no sooner.", list(choices))
}

// worksOn names each arm's longest time, unless there are too many for a sentence.
func worksOn(s *analysis.Summary, found []analysis.Staleness) string {
	var at, later, still []string
	fewest, most := found[0].Revocations, found[0].Revocations
	for _, one := range found {
		fewest, most = min(fewest, one.Revocations), max(most, one.Revocations)
		with := noBreak(unit.Micros(one.Longest)) + " with " + withStatus(s, one.Arm)
		switch {
		case one.Longer > 0:
			still = append(still, with)
		case one.Longest == 0:
			at = append(at, withStatus(s, one.Arm))
		default:
			later = append(later, with)
		}
	}
	if len(found) > mostListed {
		return ""
	}
	var parts []string
	if len(at) > 0 {
		parts = append(parts, "were refused from the next request on with "+list(at))
	}
	if len(later) > 0 {
		parts = append(parts, "went on working for up to "+list(later))
	}
	if len(still) > 0 {
		parts = append(parts, "still worked when nobody waited any longer: after "+list(still))
	}
	count := fmt.Sprint(most)
	if fewest < most {
		count = fmt.Sprintf("%d to %d", fewest, most)
	}
	what := "Credentials that were taken back"
	if found[0].Event == bench.RemoveKey {
		what = "Credentials whose key was removed"
	}
	return fmt.Sprintf("%s (%s for each arm) %s.", what, count, strings.Join(parts, ", and "))
}

// toldByUs names the arms whose servers authbench tells of a revocation itself, where there are
// several; "" if there are none, or too many for a sentence.
func toldByUs(s *analysis.Summary, found []analysis.Staleness) string {
	var names []string
	for _, one := range found {
		i := slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == one.Arm })
		if one.Replicas > 1 && one.Event != bench.RemoveKey && s.Arms[i].Told() {
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

// stopsSoon names the arms that stop a revoked credential soon at the least cost; "" where
// that is no choice.
func stopsSoon(s *analysis.Summary, found []analysis.Staleness) string {
	type way struct {
		text string
		cpu  float64
	}
	var ways []way
	replicas, alike := found[0].Replicas, true
	for _, one := range found {
		alike = alike && one.Replicas == replicas
		a := headline(&s.Arms[slices.IndexFunc(s.Arms, func(a analysis.Arm) bool { return a.Name == one.Arm })])
		if e, ok := a.costs.Metrics[cpuMetric.name]; ok && a.Status == analysis.ArmOK && one.Longest <= soon && one.Longer == 0 {
			ways = append(ways, way{fmt.Sprintf("%s (%s)", one.Arm, noBreak(unit.Micros(e.Value))), e.Value})
		}
	}
	if len(ways) < 2 || len(found) < mostWays {
		return ""
	}
	slices.SortStableFunc(ways, func(a, b way) int { return cmp.Compare(a.cpu, b.cpu) })
	var named []string
	for _, w := range ways[:min(mostWays, len(ways))] {
		named = append(named, w.text)
	}
	on := ""
	if alike {
		on = " on " + plural(replicas, "server", "servers")
	}
	what := "stop a stolen credential"
	if found[0].Event == bench.RemoveKey {
		what = "get rid of a key"
	}
	return fmt.Sprintf("To %s within %s%s, the cheapest ways here are, by CPU per request, %s.", what, noBreak("10 s"), on, list(named))
}
