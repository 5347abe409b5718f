package main

import (
	"fmt"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/proc"
)

// kills is how often base's servers were ended by a signal.
func (g *gateRun) kills() int {
	n := 0
	for _, s := range g.sides() {
		n += s.Base.Killed
	}
	return n
}

// noteKill counts an error that says so of a server of base.
func (g *gateRun) noteKill(err error) bool {
	for _, p := range g.scenario.Pairs {
		if strings.HasPrefix(err.Error(), "arm "+p.Base+": ") && proc.Killed(err.Error()) {
			g.killed[p.Base]++
			return true
		}
	}
	return false
}

// disturbed are the doubts about a run in which a server of base was killed.
func (g *gateRun) disturbed() []bench.Warning {
	var out []bench.Warning
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

// unproven are the arms that were asked for and cannot pass.
func (g *gateRun) unproven() []gate.Unproven {
	methods := map[string]bench.Method{}
	for _, a := range g.tape.run.Header.Scenario.Arms {
		methods[a.Name] = a.Method
	}
	out := []gate.Unproven{}
	for _, p := range g.asked {
		if reasons := g.doubts(p, methods[p.Base]); len(reasons) > 0 {
			out = append(out, gate.Unproven{Arm: p.Arm, Reason: strings.Join(reasons, "; ")})
		}
	}
	return out
}

// doubts are why an arm that was asked for cannot pass.
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
	if n := min(g.tape.launchesOf(p.Base), g.tape.launchesOf(p.Head)); n < gate.FirstLook {
		add(fmt.Sprintf("base and head were both measured in %d launches, %d are the least", n, gate.FirstLook))
	}
	if len(out) > 0 {
		add(g.late)
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
