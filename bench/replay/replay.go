package main

import (
	"math/rand/v2"
	"slices"

	"authbench/internal/gate"
	"authbench/internal/stat"
)

const (
	// orders is how many gates are replayed: an upper bound of 0.18 % for what is never
	// seen.
	orders = 2000
	// seed makes equal recordings give equal pages.
	seed = 1
)

// outcome is what replayed gates decided.
type outcome struct {
	pass, fail, inconclusive int64
	// right is how many failed in the arm that is slower, and in no other.
	right    int64
	launches int64 // of all gates
}

// launch is what one launch gave, by cell.
type launch map[gateCell]float64

type gateCell struct{ arm, metric string }

// pool are the first launches of the gates of a kind that could give every figure
// honestly, and whole is how many those gates are.
func (r *recording) pool(kind string) (all []launch, cells []gateCell, whole int) {
	for _, g := range r.of(kind) {
		if len(g.Cells) == 0 || slices.ContainsFunc(g.Cells, func(c cell) bool { return c.Withheld != "" }) {
			continue
		}
		whole++
		cells = cells[:0]
		first := len(all)
		for _, c := range g.Cells {
			key := gateCell{c.Arm, c.Metric}
			cells = append(cells, key)
			for i, v := range c.LogRatios {
				for first+i >= len(all) {
					all = append(all, launch{})
				}
				all[first+i][key] = v
			}
		}
	}
	return all, cells, whole
}

// replay decides over launches drawn in random order. A replayed gate is as long as a
// real one, or as the launches that there are.
func (r *recording) replay(kind string) outcome {
	all, cells, _ := r.pool(kind)
	random := rand.New(rand.NewPCG(seed, uint64(len(all))))
	var out outcome
	for range orders {
		random.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		report, launches := decide(all[:min(len(all), gate.LastLook)], cells)
		out.launches += int64(launches)
		switch report.Verdict {
		case gate.Pass:
			out.pass++
		case gate.Fail:
			out.fail++
			if !slices.ContainsFunc(report.Cells, func(c gate.Cell) bool { return c.Verdict == gate.Fail && c.Arm != slowerArm }) {
				out.right++
			}
		default:
			out.inconclusive++
		}
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
				s.LogRatios = append(s.LogRatios, l[c])
			}
			in.Series = append(in.Series, s)
		}
		if r = gate.Judge(in); r.Verdict != gate.Open || in.Ended {
			break
		}
	}
	return r, launches
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
	equal := r.of(same)
	for i, g := range equal {
		if apart && i+1 == len(equal) {
			break
		}
		found := false
		for k, c := range g.Cells {
			against := c.Head
			if apart {
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
