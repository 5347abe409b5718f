package main

import (
	"context"
	"fmt"
	"strings"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/measure/proc"
	"authbench/internal/method/all"
)

// examine runs this program's attack catalogue against the servers of both sides, over the
// wire. It trusts neither what a side says about itself nor an earlier score. An arm that
// cannot be examined is noted, and cannot pass.
func (g *gateRun) examine(ctx context.Context, m *measurement) error {
	catalogue, err := conform.Builtin()
	if err != nil {
		return err
	}
	harness := conform.NewHarness(all.Catalogue(), catalogue, g.seed)
	harness.Backends = m.backends
	scores := conform.OpenScoreCache(harness, conform.Programs{
		Main: m.servers.Executable, Engines: m.servers.Engines, Launch: launcher(m.servers, unobserved), Untrusted: true,
	})
	arms := map[string]bench.Arm{}
	for _, a := range g.scenario.Arms {
		arms[a.Name] = a
	}
	for i, p := range g.scenario.Pairs {
		if all.Catalogue().Open(arms[p.Base].Method) {
			continue // there is nothing to attack
		}
		g.progress.examining(p.Arm, i, len(g.scenario.Pairs))
		for _, name := range []string{p.Base, p.Head} {
			c, err := scores.Conformance(ctx, arms[name], func() {})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				c = bench.Conformance{Arm: name, Untested: g.firstLine(err)}
			}
			if !c.Tested() {
				g.progress.note("%s is not examined by the attack catalogue: %s", name, c.Untested)
			}
			g.conformance[name] = &c
			if err := g.records.Conformance(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// unexamined says why it is not known whether a side of an arm is safe, "" if it is known.
func (g *gateRun) unexamined(p bench.Pair, method bench.Method) string {
	if all.Catalogue().Open(method) {
		return ""
	}
	base, head := g.conformance[p.Base], g.conformance[p.Head]
	for side, c := range map[string]*bench.Conformance{"base": base, "head": head} {
		switch {
		case c == nil:
			return side + " was not examined by the attack catalogue"
		case !c.Tested():
			return fmt.Sprintf("%s was not examined by the attack catalogue: %s", side, c.Untested)
		}
	}
	if judged := base.Passed + base.Failed; head.Passed+head.Failed < judged {
		return fmt.Sprintf("head could be examined in %d cases of the attack catalogue, base in %d", head.Passed+head.Failed, judged)
	}
	return ""
}

// firstLine is the first line of an error, without quoted output of a program.
func (g *gateRun) firstLine(err error) string {
	line, _, _ := strings.Cut(proc.WithoutOutput(err.Error()), "\n")
	return g.progress.veil.Text(line)
}
