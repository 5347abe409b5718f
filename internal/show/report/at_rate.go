package report

import (
	"fmt"
	"slices"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// cpuBeside is the beginning of the head of the column with the CPU time under the open load,
// which stands beside the one at saturation.
const cpuBeside = "CPU at "

// atRate is the head of that column: with the rate if all arms have one; "" if no arm has a value.
func atRate(s *analysis.Summary) string {
	head := ""
	for i := range s.Arms {
		l := s.Arms[i].RateLoad()
		if l == nil || !s.Arms[i].Status.Measured() {
			continue
		}
		switch rate := cpuBeside + unit.Rate(l.Rate); head {
		case "", rate:
			head = rate
		default:
			return cpuBeside + "the open load's rate"
		}
	}
	return head
}

func cpuAtRate(a armLoads) (cell, bool) {
	l := a.RateLoad()
	if l == nil {
		return cell{}, false
	}
	return metricCell(cpuMetric, l.Metrics, 1)
}

// perTokenHead is the head of the column that says how many requests share an exchange.
const perTokenHead = "requests/token"

// perToken is how many requests shared an exchange where the costs are from: under each of the
// loads, if there are two.
func perToken(a armLoads) (cell, bool) {
	shared := func(l *analysis.Load) (string, bool) {
		if l == nil || l.Refreshes == nil || l.Refreshes.PerToken.N == 0 {
			return "", false
		}
		return unit.Plain(l.Refreshes.PerToken.Value, 2), true
	}
	text, ok := shared(a.CostLoad())
	c := cell{Text: text}
	if beside, both := shared(a.RateLoad()); both {
		c.Interval = beside + " " + a.RateLoad().At()
	}
	return c, ok
}

// whereCosts says where the costs are from in sentences, where there are others beside them: " at
// saturation"; else "".
func whereCosts(s *analysis.Summary) string {
	if atRate(s) == "" {
		return ""
	}
	costs, _ := contrastLoads(s)
	return " " + loadNamed(s, costs).At()
}

// costName is an arm's name beside its cost, with how many requests share an exchange in that.
func costName(a armLoads) string {
	if r := a.costs.Refreshes; r != nil && r.PerToken.N > 0 {
		return a.Name + " (at " + perTokenText(r.PerToken) + ")"
	}
	return a.Name
}

// perTokenText is how many requests an exchange served.
func perTokenText(e analysis.Estimate) string {
	if n := unit.Plain(e.Value, 2); n != "1" {
		return n + " requests per token"
	}
	return "1 request per token"
}

// loadDecides says of which arms the load decides which costs less, "" if of none. Where the
// scenario declares contrasts, it is about these.
func loadDecides(s *analysis.Summary) string {
	if declaresContrasts(s) {
		return contrastsAtRate(s)
	}
	at := func(load string) string { return loadNamed(s, load).At() }
	var parts []string
	if len(s.Reversals) <= mostWays {
		for _, r := range s.Reversals {
			parts = append(parts, fmt.Sprintf("%s costs %s less than %s %s, and %s more %s", r.Arm, added(r.UnderLoad, -1), r.Versus, noBreak(at(r.Load)), added(r.UnderOther, 1), noBreak(at(r.Other))))
		}
	} else {
		var arms []string
		over := map[string][]string{}
		for _, r := range s.Reversals {
			if over[r.Arm] == nil {
				arms = append(arms, r.Arm)
			}
			over[r.Arm] = append(over[r.Arm], r.Versus)
		}
		for _, arm := range arms {
			parts = append(parts, arm+" costs less than "+list(over[arm]))
		}
		first := s.Reversals[0]
		return "The load decides which costs less. Told apart for certain " + noBreak(at(first.Load)) + ", " + joined(parts) + "; and " + noBreak(at(first.Other)) + " each of them costs more."
	}
	if len(parts) == 0 {
		return ""
	}
	return "The load decides which costs less: " + joined(parts) + "."
}

// loadNamed is a load of the scenario, as the first arm that has it was given it.
func loadNamed(s *analysis.Summary, name string) *analysis.Load {
	for i := range s.Arms {
		if at := slices.IndexFunc(s.Arms[i].Loads, func(l analysis.Load) bool { return l.Name == name }); at >= 0 {
			return &s.Arms[i].Loads[at]
		}
	}
	return &analysis.Load{Name: name}
}

// added is a difference with its interval, its sign turned if sign is -1.
func added(c analysis.Comparison, sign float64) string {
	lo, hi := sign*c.DifferenceLo, sign*c.DifferenceHi
	return noBreak(unit.Micros(sign*c.Difference)) + " (" + micros(min(lo, hi), max(lo, hi)) + ")"
}

// contrastsAtRate says which contrasts the open load decides in another way than the load of
// which the other sentences speak, "" if none.
func contrastsAtRate(s *analysis.Summary) string {
	costs, open := contrastLoads(s)
	if open == "" || costs == open {
		return ""
	}
	var otherwise []string
	for _, c := range s.Contrasts {
		usual, known := c.Loads[costs][cpuMetric.name]
		here, both := c.Loads[open][cpuMetric.name]
		if !known || !both || usual.Tied == here.Tied && (usual.Tied || usual.Difference*here.Difference > 0) {
			continue
		}
		switch {
		case here.Tied:
			otherwise = append(otherwise, subject(c)+": no certain difference ("+micros(here.DifferenceLo, here.DifferenceHi)+")")
		case here.Difference < 0:
			otherwise = append(otherwise, subject(c)+" saves "+added(here.Comparison, -1))
		default:
			otherwise = append(otherwise, subject(c)+" adds "+added(here.Comparison, 1))
		}
	}
	if len(otherwise) == 0 {
		return ""
	}
	return "The load matters: by server CPU per request " + noBreak(loadNamed(s, open).At()) + ", " + joined(otherwise) + "."
}
