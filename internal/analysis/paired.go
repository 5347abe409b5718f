package analysis

import (
	"slices"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/validity"
)

// Paired is one metric of a pair's two variants under an open load.
type Paired struct {
	Arm, Load, Metric string
	// LogRatios are, by launch and in their order, the logarithms of head's value
	// over base's.
	LogRatios []float64
	// Base and Head are the variants' own values in those launches.
	Base, Head []float64
	// Withheld says why the metric cannot be given honestly; empty if it can.
	Withheld string
}

// PairedRatios compares the variants of each of a run's pairs, by the metrics that
// are asked for. Launches count that both variants were measured in.
func PairedRatios(r *result.Run, metrics []string) ([]Paired, error) {
	s, err := newStudy(r, decodeTally)
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
			why := ""
			for _, c := range []*cell{base, head} {
				spoilt := spoiltLatencies(doubts, c)
				if warnings := c.findMetrics(spoilt != ""); spoilt == "" && len(warnings) > 0 {
					spoilt = warnings[0].Text
				}
				if why == "" {
					why = spoilt
				}
			}
			for _, name := range metrics {
				out = append(out, s.paired(Paired{Arm: p.Arm, Load: l.Name, Metric: name}, base, head, why))
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

// paired completes one metric; why says what is missing where it is.
func (s *study) paired(p Paired, base, head *cell, why string) Paired {
	m, known := head.metric(p.Metric)
	if _, shared := base.metric(p.Metric); !known || !shared {
		if p.Withheld = why; why == "" {
			p.Withheld = "the variants do not both have it"
		}
		return p
	}
	if m.name == cpuPerRequest.name && s.collects(base) && s.collects(head) {
		m = cpuByRound
	}
	p.LogRatios = pair(m, head, base).logRatios
	for _, b := range base.blocks {
		if at := slices.IndexFunc(head.blocks, func(h *block) bool { return h.launch == b.launch }); at >= 0 {
			p.Base, p.Head = append(p.Base, m.value(b)), append(p.Head, m.value(head.blocks[at]))
		}
	}
	return p
}

// cpuByRound is CPU per request, paired round by round: the centre of many rounds
// stands a round that something else hit.
var cpuByRound = metric{
	name: cpuPerRequest.name, value: cpuPerRequest.value,
	round: func(r round) float64 { return r.cpuMicros },
}

// collects reports whether an arm's server collects garbage in every slice or so. One
// that does so less often pays for many slices in one, which only the sum over all of
// them holds. The first launch decides: a rule that changed on the way would choose
// among estimates.
func (s *study) collects(c *cell) bool {
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
