package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"authbench/internal/judge/gate"
	"authbench/internal/stat"
)

const (
	// orders is how many gates are replayed: an upper bound of 0.18 % for what is never
	// seen.
	orders = 2000
	// plantedOrders is how many gates each planted effect is decided in: an interval of
	// 4 % at the most.
	plantedOrders = 500
	// seed makes equal recordings give equal pages.
	seed = 1
)

// outcome is what replayed gates decided.
type outcome struct {
	pass, fail, inconclusive int64
	// right is how many failed in the arm that is slower, and in no other.
	right    int64
	launches int64 // of all gates
	// ruledOut are, by metric, the slow-downs that the cells of the gates that passed
	// rule out.
	ruledOut map[string][]float64
}

// launch is what one launch gave, by cell.
type launch map[gateCell]float64

type gateCell struct{ arm, metric string }

// launchesOf are the first launches of the gates of some kinds that could give every figure
// honestly, and whole is how many those gates are. cells are those that all of them have:
// older recordings have no tails.
func (r *recording) launchesOf(which ...string) (all []launch, cells []gateCell, whole int) {
	for _, g := range r.Gates {
		spoilt := slices.ContainsFunc(g.Cells, func(c cell) bool { return c.Withheld != "" })
		if !slices.Contains(which, g.Kind) || len(g.Cells) == 0 || spoilt {
			continue
		}
		whole++
		first := len(all)
		own := make([]gateCell, len(g.Cells))
		for n, c := range g.Cells {
			key := gateCell{c.Arm, c.Metric}
			own[n] = key
			for i, v := range c.Changes {
				for first+i >= len(all) {
					all = append(all, launch{})
				}
				all[first+i][key] = v
			}
		}
		if whole == 1 {
			cells = own
		}
		cells = slices.DeleteFunc(cells, func(c gateCell) bool { return !slices.Contains(own, c) })
	}
	return all, cells, whole
}

// planted is an effect that is put into recorded launches of equal programs.
type planted struct {
	metric string
	// factor multiplies head's value of one arm, in this share of the launches.
	factor, share float64
}

// replay decides over launches drawn in random order. A replayed gate has as
// many launches as a real one, or all of the recording. slower is the arm with the effect.
func (r *recording) replay(effect planted, slower string, which ...string) outcome {
	all, cells, _ := r.launchesOf(which...)
	random := rand.New(rand.NewPCG(seed, uint64(len(all))))
	out := outcome{ruledOut: map[string][]float64{}}
	gates := orders
	if effect.metric != "" {
		gates = plantedOrders
	}
	for range gates {
		random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		drawn := effect.plantIn(all[:min(len(all), gate.LastLook)], slower, random)
		report, launches := decide(drawn, cells)
		out.launches += int64(launches)
		switch report.Verdict {
		case gate.Pass:
			out.pass++
			out.addBounds(report.Cells)
		case gate.Fail:
			out.fail++
			if !slices.ContainsFunc(report.Cells, func(c gate.Cell) bool { return c.Verdict == gate.Fail && c.Arm != slower }) {
				out.right++
			}
		default:
			out.inconclusive++
		}
	}
	return out
}

// addBounds notes, by metric, the largest slow-down that the cells of a gate leave open.
func (o *outcome) addBounds(cells []gate.Cell) {
	worst := map[string]float64{}
	for _, c := range cells {
		if c.RuledOut != nil {
			worst[c.Metric] = max(worst[c.Metric], *c.RuledOut)
		}
	}
	for metric, v := range worst {
		o.ruledOut[metric] = append(o.ruledOut[metric], v)
	}
}

// plantIn returns the launches with the effect in one arm.
func (p planted) plantIn(all []launch, arm string, random *rand.Rand) []launch {
	if p.metric == "" {
		return all
	}
	out := make([]launch, len(all))
	for i, l := range all {
		out[i] = l
		if random.Float64() >= p.share {
			continue
		}
		changed := launch{}
		for cell, v := range l {
			if cell.arm == arm && cell.metric == p.metric {
				v += math.Log(p.factor)
			}
			changed[cell] = v
		}
		out[i] = changed
	}
	return out
}

// decide has the gate look as often as it needs to.
func decide(drawn []launch, cells []gateCell) (r gate.Report, launches int) {
	for _, n := range gate.Looks() {
		launches = min(n, len(drawn))
		in := gate.Input{Ended: n >= len(drawn)}
		for _, c := range cells {
			s := gate.Series{Arm: c.arm, Metric: c.metric}
			for _, l := range drawn[:launches] {
				if v, has := l[c]; has {
					s.Changes = append(s.Changes, v)
				}
			}
			in.Series = append(in.Series, s)
		}
		if r = gate.Judge(in); r.Verdict != gate.Open || in.Ended {
			break
		}
	}
	return r, launches
}

// serialCorrelation is the correlation between the changes of a launch and of the next one of the
// same gate, over all gates of equal programs. The tests of a gate take launches to be
// independent: it is to be near 0.
func (r *recording) serialCorrelation(metric string) (correlation float64, pairs int64) {
	var sum, squares float64
	for _, g := range r.Gates {
		for _, c := range g.Cells {
			if g.Kind != same && g.Kind != edit || c.Metric != metric || c.Withheld != "" || len(c.Changes) < 2 {
				continue
			}
			centre := stat.HodgesLehmann(c.Changes)
			scale := stat.StandardDeviation(c.Changes)
			for i := 1; i < len(c.Changes); i++ {
				a, b := (c.Changes[i-1]-centre)/scale, (c.Changes[i]-centre)/scale
				sum += a * b
				squares += (a*a + b*b) / 2
				pairs++
			}
		}
	}
	return sum / squares, pairs
}

// flags are comparisons of equal programs, and what benchstat's test makes of them.
type flags struct {
	comparisons, any int64 // any: some cell differs
	cells, differ    int64
}

// flagged puts equal programs to the rank-sum test at benchstat's level: within a gate
// base against head, or, apart, base against that of the next gate, as builds are
// compared that are measured one after the other.
func (r *recording) flagged(apart bool) flags {
	var out flags
	equal := r.gatesOf(same)
	for i, g := range equal {
		if apart && i+1 == len(equal) {
			break
		}
		found := false
		for k, c := range g.Cells {
			against := c.Head
			if apart {
				if k >= len(equal[i+1].Cells) || equal[i+1].Cells[k].Metric != c.Metric {
					continue
				}
				against = equal[i+1].Cells[k].Base
			}
			interval, ok := stat.ShiftInterval(c.Base, against, benchstatLevel)
			if !ok {
				continue
			}
			out.cells++
			if interval.Lo > 0 || interval.Hi < 0 {
				out.differ++
				found = true
			}
		}
		out.comparisons++
		if found {
			out.any++
		}
	}
	return out
}

// benchstatLevel is the confidence level of benchstat's intervals and tests.
const benchstatLevel = 0.95
