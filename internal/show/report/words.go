package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/text/unit"
)

// words is what a report says in sentences. They hold foreign text unescaped.
type words struct {
	// Mark is the verdict in one word, Verdict the sentence that explains it.
	Mark, Verdict string
	// Answer has a paragraph each about what the arms cost above the baseline, which arms are
	// not told apart, and under which load latencies were measured.
	Answer []string
	// Basis says which loads the table's numbers are from.
	Basis string
	// Health says how the generator fared.
	Health string
}

func wordsOf(s *analysis.Summary) words {
	w := words{Mark: strings.ToUpper(string(s.Validity)), Verdict: verdict(s), Basis: basis(s), Health: health(s.Health)}
	if s.Launches == 0 {
		w.Answer = []string{"No launch was measured whole, so that there are no figures."}
		return w
	}
	first, revoked := answer(s), revocations(s)
	costs := sentences(first, loadDecides(s), keySets(s))
	opening := []string{costs}
	switch {
	case len(s.Contrasts) > 0:
		opening = append([]string{sentences(exchanges(s), costs)}, revoked...)
	case len(revoked) > 0: // then episodes are what the question is about
		opening = append(revoked, costs)
	}
	opening[0] = sentences(otherProgram(s), opening[0])
	w.Answer = append(w.Answer, opening...)
	for _, text := range []string{
		ownServers(s),
		refreshings(s),
		costsBesides(s),
		backendShares(s),
		ties(s, cpuMetric, func(a armLoads) analysis.Load { return a.costs }),
		ties(s, p99Metric, func(a armLoads) analysis.Load { return a.open }),
		conditions(s),
		capacities(s),
		ramps(s),
		intervals(s),
	} {
		if text != "" && text != first {
			w.Answer = append(w.Answer, text)
		}
	}
	return w
}

// sentences puts texts that may be empty after one another.
func sentences(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " ")
}

// verdict says whether the numbers may be used.
func verdict(s *analysis.Summary) string {
	launches := plural(s.Launches, "launch", "launches")
	text := "Do not use these numbers: the warnings say why, and what to do."
	switch s.Validity {
	case result.Valid:
		text = "The numbers may be used: " + launches + ", and no check casts doubt on them"
		if len(s.Warnings) > 0 { // only informative ones
			text += "; the warnings remark on details"
		}
		text += "."
	case result.Suspicious:
		text = "The numbers may be used with care: " + launches + "; the warnings name what is doubtful."
	}
	ending := map[bench.Status]string{bench.Interrupted: " The run was interrupted", bench.Failed: " The run failed"}[s.Status]
	if ending == "" {
		return text
	}
	if reason := strings.TrimPrefix(s.Reason, "interrupted "); reason != "" {
		ending += " (" + reason + ")"
	}
	return text + ending + "."
}

// intervals explains the report's intervals, "" if it has none.
func intervals(s *analysis.Summary) string {
	if s.Launches < analysis.FewestLaunches {
		return ""
	}
	return "In parentheses: 95\u00a0% intervals over the " + plural(s.Launches, "launch", "launches") + " of this run. Another run may give values outside them; authbench pool says how far runs lie apart."
}

// basis says which loads the decision table is from.
func basis(s *analysis.Summary) string {
	text, from := "", "CPU and throughput"
	if s.Taxed() {
		text, from = "The tax is the difference from the baseline in the same launches.", "CPU, tax and throughput"
	}
	if len(s.Arms) > 0 {
		a := headline(&s.Arms[0]) // all arms have the scenario's loads
		if a.costs.Name != "" {
			text = sentences(from+" are from the "+a.costs.Name+" load.", text)
		}
		if a.open.Name != "" {
			text += " p50, p90 and p99 are response times under the " + a.open.Name + " load."
		}
	}
	return text
}

// otherProgram warns before the comparison if the baseline is another program.
func otherProgram(s *analysis.Summary) string {
	for _, w := range s.Warnings {
		if w.Code == bench.WarnOtherProgram {
			return "Mind that " + w.Text + "."
		}
	}
	return ""
}

// ownServers names the arms whose server is the user's, "" if there is none.
func ownServers(s *analysis.Summary) string {
	var parts []string
	for _, a := range s.Arms {
		if a.Own {
			parts = append(parts, a.Name+" ("+methodTitle(a)+")")
		}
	}
	switch {
	case len(parts) == 0:
		return ""
	case len(parts) == len(s.Arms):
		return "All arms are servers of your own: " + list(parts) + "."
	}
	return "Servers of your own: " + list(parts) + ". The other arms are the built-in server."
}

// methodTitle is what an arm's method is called, with the algorithm where it has one.
func methodTitle(a analysis.Arm) string {
	text := cmp.Or(a.Facts.Title, a.Method)
	if alg := bench.Params(a.Params).Text("alg"); alg != "" {
		text += " " + alg
	}
	return text
}

// costsBesides are the costs if the answer is about something else.
func costsBesides(s *analysis.Summary) string {
	if len(s.Arms) == 0 || headline(&s.Arms[0]).costs.Name == "" {
		return ""
	}
	return costs(s)
}

const (
	// mostNamed is how many arms with intervals a sentence lists; nobody reads more.
	mostNamed = 8
	// mostListed is how many it can list in a row, each with one number.
	mostListed = 16
)

// costs says what the scenario's contrasts show, or else what each arm costs above the
// baseline.
func costs(s *analysis.Summary) string {
	if declaresContrasts(s) {
		return contrasts(s)
	}
	var base *armLoads
	var others []addition
	floor := baselineLetters(s)
	for i := range s.Arms {
		a := headline(&s.Arms[i])
		c, compared := a.costs.VersusBaseline[cpuMetric.name]
		switch {
		case a.Name == s.Baseline && a.Status.Measured():
			base = &a
		case a.Status != analysis.ArmOK:
		case compared:
			equal := c.DifferenceLo <= 0 && c.DifferenceHi >= 0 || strings.ContainsAny(a.costs.Ties[cpuMetric.name], floor)
			others = append(others, addition{costName(a), c, equal, a.costs.Ties[cpuMetric.name]})
		}
	}
	if base == nil {
		return "There is no usable baseline, so that this run does not tell what the other arms add."
	}
	e, ok := base.costs.Metrics[cpuMetric.name]
	if !ok {
		return "The baseline has no CPU figures that may be used, so that this run does not tell what the other arms add."
	}
	return fmt.Sprintf("A request to the baseline, %s, takes %s of server CPU%s.", label(base.Name, base.Status), noBreak(cpuMetric.cell(e, 1).full()), whereCosts(s)) + additions(others)
}

// backendShares says how much of the CPU time of which arms is that of which backend.
func backendShares(s *analysis.Summary) string {
	var shares []string
	named := 0
	for _, name := range bench.MeteredBackends {
		m, parts := metricNamed(limit.BackendCPU(name)), []string(nil)
		for i := range s.Arms {
			a := headline(&s.Arms[i])
			if e, ok := a.costs.Metrics[m.name]; ok && a.Status == analysis.ArmOK {
				parts = append(parts, noBreak(m.cell(e, 1).full())+" of "+a.Name)
			}
		}
		if named += len(parts); len(parts) > 0 {
			shares = append(shares, name+" uses "+list(parts))
		}
	}
	if named == 0 || named > mostNamed {
		return ""
	}
	return "Of the CPU time, " + strings.Join(shares, "; ") + ". Backends share the servers' CPUs."
}

// addition is what an arm costs above the baseline.
type addition struct {
	arm string
	analysis.Comparison
	// equal: no certain difference was seen.
	equal bool
	// ties are the arm's letters by CPU time per request, "" if the run tells none.
	ties string
}

// additions words what the arms add: few arms with intervals, many in rising order without
// intervals, which the table has.
func additions(others []addition) string {
	var adds, equal []string
	for _, o := range others {
		switch {
		case o.equal:
			equal = append(equal, o.arm+" ("+micros(o.DifferenceLo, o.DifferenceHi)+")")
		case o.Difference < 0:
			adds = append(adds, o.arm+" saves "+noBreak(unit.Micros(-o.Difference))+" ("+micros(-o.DifferenceHi, -o.DifferenceLo)+")")
		default:
			adds = append(adds, o.arm+" adds "+noBreak(unit.Micros(o.Difference))+" ("+micros(o.DifferenceLo, o.DifferenceHi)+")")
		}
	}
	switch n := len(others); {
	case n == 0:
		return " No arm could be compared with it."
	case n > mostListed:
		return " What each other arm adds is in the table."
	case n > mostNamed:
		var all []ranked
		for _, o := range others {
			all = append(all, ranked{o.arm, o.Difference, o.ties})
		}
		return " What the others add to it" + rising(all, func(names, micros string) string { return names + " " + micros }) + ". The table has the intervals."
	}
	text := ""
	if len(adds) > 0 {
		text += " Above that, " + list(adds) + "."
	}
	if len(equal) > 0 {
		text += " This run does not tell it apart from " + list(equal) + "."
	}
	return text
}

// baselineLetters are the baseline's tie groups by CPU per request. An arm in one of them may
// still have an interval that excludes zero: among many comparisons some intervals do so by
// chance. The groups account for that, single intervals do not.
func baselineLetters(s *analysis.Summary) string {
	for i := range s.Arms {
		if s.Arms[i].Name == s.Baseline {
			return headline(&s.Arms[i]).costs.Ties[cpuMetric.name]
		}
	}
	return ""
}

// noBreak keeps a quantity on one line.
func noBreak(quantity string) string { return strings.ReplaceAll(quantity, " ", "\u00a0") }

// micros is an interval of times on one line.
func micros(lo, hi float64) string { return noBreak(unit.Microseconds.Interval(lo, hi)) }

// ties says which arms no direct comparison separates by a metric, "" if the scenario declares
// contrasts, which say it.
func ties(s *analysis.Summary, m metric, load func(armLoads) analysis.Load) string {
	if declaresContrasts(s) {
		return ""
	}
	groups := map[rune][]string{}
	var letters []rune
	compared := 0
	for i := range s.Arms {
		mine, ok := load(headline(&s.Arms[i])).Ties[m.name]
		if !ok || s.Arms[i].Status != analysis.ArmOK {
			continue
		}
		compared++
		for _, letter := range mine {
			if groups[letter] == nil {
				letters = append(letters, letter)
			}
			groups[letter] = append(groups[letter], s.Arms[i].Name)
		}
	}
	if compared < 2 {
		return ""
	}
	slices.Sort(letters)
	var tied []string
	for _, letter := range letters {
		if len(groups[letter]) > 1 {
			tied = append(tied, list(groups[letter]))
		}
	}
	switch {
	case len(tied) > 0:
		return "By " + m.label + ", this run does not tell apart " + strings.Join(tied, "; nor ") + "."
	case compared < len(s.Arms):
		return "By " + m.label + ", this run tells all arms apart that could be compared."
	}
	return "By " + m.label + ", this run tells all arms apart."
}

// conditions states the load that response times belong to: without it they mean
// nothing.
func conditions(s *analysis.Summary) string {
	var rates []string
	shares := map[string][]string{} // by rate
	for i := range s.Arms {
		a := headline(&s.Arms[i])
		if _, has := a.open.Metrics[p50Metric.name]; !has || a.Status != analysis.ArmOK {
			continue
		}
		rate := noBreak(unit.Rate(a.open.Rate))
		if !slices.Contains(rates, rate) {
			rates = append(rates, rate)
		}
		share := a.Name
		if a.open.Utilisation > 0 {
			share = noBreak(unit.Percent(a.open.Utilisation)) + " for " + a.Name
		}
		shares[rate] = append(shares[rate], share)
	}
	if len(rates) == 0 {
		return ""
	}
	parts := make([]string, len(rates))
	for i, rate := range rates {
		parts[i] = rate + " (share of capacity: " + strings.Join(shares[rate], ", ") + ")"
	}
	return "p50, p90 and p99 are response times under an open load of " + strings.Join(parts, "; ") + "."
}

// health says how well the generator worked. Without an open load it has nothing about
// lateness.
func health(h analysis.Health) string {
	share := func(v float64) string { return noBreak(unit.Percent(v)) }
	text := ""
	if h.Sending != nil {
		text = fmt.Sprintf("The generator sent %s of the open loads' schedule, %s of it more than 1\u00a0ms late (late by %s at p50, %s at p99); its CPU was busy for %s of the time at most. ",
			share(h.Delivered), share(h.LateShare), noBreak(unit.Micros(h.LagP50)), noBreak(unit.Micros(h.LagP99)), share(h.CPU))
	}
	if e := h.EpisodeLag; e != nil {
		text += fmt.Sprintf("Beside the revocations it was late by %s at p99 at most (episode %s of %s, %s). ",
			noBreak(unit.Micros(e.P99)), e.Episode, e.Arm, noBreak(unit.PerSecond.Format(e.Rate)))
	}
	return text + fmt.Sprintf("%s of the slices were taken again; the host took %s of the CPU time from this machine.", share(h.Repeated), share(h.Steal))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return unit.Count(int64(n)) + " " + many
}

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
