package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// Paired is one metric of the two sides of a pair under an open load.
type Paired struct {
	Arm, Load, Metric string
	// Changes are, by launch and in their order, the logarithms of head's value over
	// base's; those of [tailShare] are differences.
	Changes []float64
	// Base and Head are the sides' own values in those launches.
	Base, Head []float64
	// Whole are, for the CPU time, the logarithms of head's over base's value over a whole
	// launch, per request. They include what slices or their centres miss: bursts, and work
	// that is put off or moved to new processes. Empty if a server's clock cannot be read.
	Whole []float64
	// Withheld says why the metric cannot be given honestly; empty if it can. Spoilt says that
	// it was measured but may not be used.
	Withheld string
	Spoilt   bool
}

// tailShare is the share of a side's requests that are slower than the other side's p99 in
// the same launch: 1 % if the sides are equal.
const tailShare = "response_tail_share"

// p95 replaces the p99 if a launch has too few requests for one.
var p95 = quantile{"p95", 0.95}

// PairedChanges compares the two sides of each of a run's pairs by the given metrics, over
// the launches in which both sides were measured.
func PairedChanges(r *result.Run, metrics []string) ([]Paired, error) {
	s, err := newRunData(r, decodeBuckets)
	if err != nil {
		return nil, err
	}
	doubts := validity.Run(r.Header, r.Launches, r.Slices)
	var out []Paired
	for _, p := range r.Header.Scenario.Pairs {
		for _, l := range r.Header.Scenario.Loads {
			if l.Kind != bench.Open {
				continue
			}
			base, head := s.cells[cellKey{p.Base, l.Name}], s.cells[cellKey{p.Head, l.Name}]
			why, spoiled := "", false
			for _, c := range []*cell{base, head} {
				spoilt := spoiltLatencies(doubts, c)
				spoiled = spoiled || spoilt != ""
				if warnings := c.findMetrics(spoilt != ""); spoilt == "" && len(warnings) > 0 {
					spoilt = warnings[0].Text
				}
				if why == "" {
					why = spoilt
				}
			}
			for _, name := range metrics {
				if one, ok := s.paired(Paired{Arm: p.Arm, Load: l.Name, Metric: name, Spoilt: spoiled}, base, head, why); ok {
					out = append(out, one)
				}
			}
		}
	}
	return out, nil
}

// spoiltLatencies says why a cell's latencies may not be used, "" if they may.
func spoiltLatencies(doubts []bench.Warning, c *cell) string {
	i := slices.IndexFunc(doubts, func(w bench.Warning) bool {
		return w.Level == bench.Void && w.Arm == c.arm && w.Load == c.load.Name
	})
	if i < 0 {
		return ""
	}
	return doubts[i].Text
}

// paired completes one metric; why says what a missing metric lacks. ok is false for a
// metric that another one replaces.
func (s *runData) paired(p Paired, base, head *cell, why string) (_ Paired, ok bool) {
	if fewest := min(base.fewestSamples(), head.fewestSamples()); fewest < p99.needs() && fewest >= p95.needs() {
		switch p.Metric {
		case p99.metricName(bench.Open):
			p.Metric = p95.metricName(bench.Open)
		case tailShare:
			return p, false
		}
	}
	m, shared := sharedMetric(p.Metric, base, head)
	if !shared {
		if p.Withheld = why; why == "" {
			p.Withheld = "base and head do not both have it"
		}
		return p, true
	}
	for _, b := range base.blocks {
		at := slices.IndexFunc(head.blocks, func(h *block) bool { return h.launch == b.launch })
		if at < 0 {
			continue
		}
		h := head.blocks[at]
		if p.Metric == tailShare {
			mine, its := b.latency.shareAbove(h.latency.micros(p99.p)), h.latency.shareAbove(b.latency.micros(p99.p))
			p.Base, p.Head, p.Changes = append(p.Base, mine), append(p.Head, its), append(p.Changes, its-mine)
			continue
		}
		p.Base, p.Head = append(p.Base, m.value(b)), append(p.Head, m.value(h))
	}
	if p.Metric == cpuPerRequest.name {
		p.Whole = s.wholeLaunchChanges(base, head)
	}
	if p.Metric != tailShare {
		p.Changes = pairLaunches(s.byRound(m, base, head), head, base).logRatios
	}
	return p, true
}

// sharedMetric returns a metric that both sides can give honestly. The p95 is not shown, and
// the tail is no metric of one side: each can be given if the quantile that it depends on
// can be.
func sharedMetric(name string, base, head *cell) (metric, bool) {
	from := name
	switch name {
	case p95.metricName(bench.Open):
		from = medianName
	case tailShare:
		from = p99.metricName(bench.Open)
	}
	m, known := head.metric(from)
	_, shared := base.metric(from)
	if name == p95.metricName(bench.Open) {
		m = launchQuantile(p95)
	}
	return m, known && shared
}

// wholeLaunchChanges compares the CPU time of two servers over whole launches.
func (s *runData) wholeLaunchChanges(base, head *cell) []float64 {
	var out pairs
	for _, b := range base.blocks {
		if slices.ContainsFunc(head.blocks, func(h *block) bool { return h.launch == b.launch }) {
			out.add(s.wholeLaunchMicros(head.arm, b.launch), s.wholeLaunchMicros(base.arm, b.launch))
		}
	}
	return out.logRatios
}

// wholeLaunchMicros is the CPU time that a server used in a launch, in µs per request of all
// slices, valid or not; NaN if it is not known.
func (s *runData) wholeLaunchMicros(arm string, launch int) float64 {
	var answered, used int64
	for _, slice := range s.run.Slices {
		if slice.Arm == arm && slice.Launch == launch {
			answered += slice.Answered
		}
	}
	for _, l := range s.launches {
		for _, a := range l.Arms {
			if l.Launch == launch && a.Arm == arm {
				used = a.CPU
			}
		}
	}
	return quotient(float64(used)/1e3, float64(answered))
}

// byRound returns the metric as a gate pairs it. Medians, and the CPU time of servers that
// collect garbage in nearly every slice, are paired round by round, so that a disturbed
// round counts only once.
func (s *runData) byRound(m metric, base, head *cell) metric {
	switch {
	case m.name == medianName:
		m.round = func(r round) float64 { return r.medianMicros }
	case m.name == cpuPerRequest.name && s.collectsEverySlice(base) && s.collectsEverySlice(head):
		m = cpuByRound
	}
	return m
}

// cpuByRound is CPU per request, paired round by round: one disturbed round hardly moves
// the centre of many.
var cpuByRound = metric{
	name: cpuPerRequest.name, value: cpuPerRequest.value,
	round: func(r round) float64 { return r.cpuMicros },
}

// collectsEverySlice reports whether an arm's server collects garbage in nearly every slice. A server
// that does so less often pays for many slices in one, so that only the sum over slices has
// the right cost. The first launch decides, because a rule that changed later would choose
// between estimates by their values.
func (s *runData) collectsEverySlice(c *cell) bool {
	if len(c.blocks) == 0 {
		return false
	}
	slicesTaken := 0
	for _, slice := range s.run.Slices {
		if slice.Arm == c.arm && slice.Launch == c.blocks[0].launch {
			slicesTaken++
		}
	}
	for _, l := range s.launches {
		for _, a := range l.Arms {
			if l.Launch == c.blocks[0].launch && a.Arm == c.arm && a.Counters != nil {
				return a.Counters.GCCycles >= int64(slicesTaken)
			}
		}
	}
	return false
}
