package main

import (
	"fmt"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/proc"
	"authbench/internal/result/validity"
)

// kills is how often a signal ended a server of base.
func (g *gateRun) kills() int {
	n := 0
	for _, s := range g.sides() {
		n += s.Base.Killed
	}
	return n
}

// countKill counts an error that says that a signal ended a server of base.
func (g *gateRun) countKill(err error) bool {
	for _, p := range g.scenario.Pairs {
		if strings.HasPrefix(err.Error(), "arm "+p.Base+": ") && proc.Killed(err.Error()) {
			g.killed[p.Base]++
			return true
		}
	}
	return false
}

// maxServed bounds the requests that a server counted over those that it was sent. It counts from
// the warm-up on, so that requests sent while slices settle are estimated: published runs give
// 0.97 to 1.01, gates on a quiet machine 0.99 to 1.01.
const maxServed = 1.05

// outsideRequests compares the requests that a built-in server answered in the counted launches
// with about how many it was sent. ok says that it answered too many: somebody besides the
// generator asks base's server and makes it look slow.
func (g *gateRun) outsideRequests(arm string) (served, sent int64, ok bool) {
	settle := g.records.run.Header.Scenario.Settle.Std().Seconds()
	for _, l := range g.records.run.Launches {
		for _, a := range l.Arms {
			if l.Launch == 0 || a.Arm != arm || a.Counters == nil {
				continue
			}
			served += a.Counters.Requests
			for _, s := range g.records.run.Slices {
				if s.Launch == l.Launch && s.Arm == arm && s.Measured > 0 {
					sent += int64(float64(validity.Requests(s)) * (1 + settle/time.Duration(s.Measured).Seconds()))
				}
			}
		}
	}
	return served, sent, float64(served) > maxServed*float64(sent)
}

// interference are the doubts about a run in which base's servers were disturbed.
func (g *gateRun) interference() []bench.Warning {
	var out []bench.Warning
	for _, p := range g.scenario.Pairs {
		if served, sent, ok := g.outsideRequests(p.Base); ok {
			out = append(out, bench.Warning{
				Code: bench.WarnInterference, Level: bench.Void,
				Text: fmt.Sprintf("base's server of arm %s answered %d requests, and was sent about %d: somebody else asks it while head runs", p.Arm, served, sent),
			})
		}
	}
	for _, s := range g.sides() {
		if s.Base.Killed > 0 {
			out = append(out, bench.Warning{
				Code: bench.WarnInterference, Level: bench.Void,
				Text: fmt.Sprintf("a signal ended base's server of arm %s while head's ran; if that happens again, head is to blame", s.Arm),
			})
		}
	}
	return out
}

// unproven are the requested arms that cannot pass.
func (g *gateRun) unproven() []gate.Unproven {
	methods := map[string]bench.Method{}
	for _, a := range g.records.run.Header.Scenario.Arms {
		methods[a.Name] = a.Method
	}
	out := []gate.Unproven{}
	for _, p := range g.requestedPairs {
		if reasons := g.doubts(p, methods[p.Base]); len(reasons) > 0 {
			out = append(out, gate.Unproven{Arm: p.Arm, Reason: strings.Join(reasons, "; ")})
		}
	}
	return out
}

// doubts are the reasons why a requested arm cannot pass.
func (g *gateRun) doubts(p bench.Pair, method bench.Method) []string {
	if addedIndex(g.document.Added, p.Arm) >= 0 {
		return []string{"base cannot run it, so that head's is compared with nothing"}
	}
	var out []string
	add := func(reason string) {
		if reason != "" {
			out = append(out, reason)
		}
	}
	add(g.unexamined(p, method))
	add(g.document.Overwhelmed(gate.Sides{Arm: p.Arm, Base: g.side(p.Base), Head: g.side(p.Head)}))
	if n := min(g.records.launchesOf(p.Base), g.records.launchesOf(p.Head)); n < gate.FirstLook {
		add(fmt.Sprintf("base and head were both measured in %d launches, %d are the least", n, gate.FirstLook))
	}
	if len(out) > 0 {
		add(g.budgetExceeded)
	}
	return out
}

func addedIndex(added []gate.Added, arm string) int {
	for i, a := range added {
		if a.Arm == arm {
			return i
		}
	}
	return -1
}
