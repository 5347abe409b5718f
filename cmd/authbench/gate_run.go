package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/analysis"
	"authbench/internal/gate"
	"authbench/internal/result"
	"authbench/internal/runner"
	"authbench/internal/validity"
	"authbench/internal/variant"
)

// gateRun is a gate under way: it measures a launch, decides, and goes on until all
// is decided.
type gateRun struct {
	scenario   bench.Scenario // in pairs
	seed       uint64
	budget     time.Duration
	base, head *variant.Side
	progress   *progress

	began time.Time
	tape  tape
	// lostHeads are the heads that did not start at all, conformance what the attack
	// catalogue says, by variant.
	lostHeads   map[string]string
	conformance map[string]*bench.Conformance
	document    gate.Document
}

// measureTo measures and judges, and leaves the result in dir. errNothing says that it
// came to nothing, and left nothing.
func (g *gateRun) measureTo(ctx context.Context, dir string) error {
	w, err := result.Create(dir, g.progress.veil)
	if err != nil {
		return fmt.Errorf("%w: %w", errNothing, err)
	}
	g.tape.Writer, g.began = w, time.Now()
	err = g.measure(ctx)
	if err != nil && w.Empty() {
		return errors.Join(fmt.Errorf("%w: %w", errNothing, err), w.Discard())
	}
	g.settle()
	return errors.Join(err, w.Close(footer(err, time.Since(g.began))))
}

func (g *gateRun) measure(ctx context.Context) error {
	g.progress.note("base: %s", g.base)
	g.progress.note("head: %s", g.head)
	if err := g.prepare(ctx, 0); err != nil {
		return err
	}
	m, err := setUp(ctx, g.scenario, g.seed, g.progress, g.program)
	if err != nil {
		return err
	}
	defer m.close()
	if err := g.tryOut(ctx, m); err != nil {
		return err
	}
	m.scenario = g.scenario
	if err := g.tape.Header(m.header(os.Args)); err != nil {
		return err
	}
	if err := g.examine(ctx); err != nil {
		return err
	}
	if g.document.Report = g.alarmed(); g.document.Verdict == gate.Fail || len(g.scenario.Pairs) == 0 {
		return nil // measuring would change nothing
	}
	return g.loop(ctx, runner.NewSession(m.config(&g.tape, g.progress)))
}

// prepare builds both sides for a launch, at once.
func (g *gateRun) prepare(ctx context.Context, launch int) error {
	failed := make(chan error)
	for i, side := range []*variant.Side{g.base, g.head} {
		// One layout's seed must not be both sides': equal code would be laid out alike.
		seed := g.seed + uint64(2*launch+i)
		go func() { failed <- side.Prepare(ctx, seed) }()
	}
	return errors.Join(<-failed, <-failed)
}

// program is the command that an arm's target is started with.
func (g *gateRun) program(arm string) []string {
	for _, p := range g.scenario.Pairs {
		switch arm {
		case p.Base:
			return g.base.Words()
		case p.Head:
			return g.head.Words()
		}
	}
	return nil
}

// tryOut starts each arm once. An arm that base cannot run was added, and is left out;
// one that head cannot run is an alarm.
func (g *gateRun) tryOut(ctx context.Context, m *measurement) error {
	g.lostHeads, g.conformance = map[string]string{}, map[string]*bench.Conformance{}
	arms := map[string]runner.Arm{}
	for _, a := range m.made.Arms {
		arms[a.Info().Name] = a
	}
	var out []string
	for _, p := range g.scenario.Pairs {
		base, head := tryStart(ctx, arms[p.Base]), tryStart(ctx, arms[p.Head])
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case base != nil && head != nil:
			return fmt.Errorf("arm %s: neither base nor head can run it: %w", p.Arm, head)
		case base != nil:
			g.document.Added = append(g.document.Added, gate.Added{Arm: p.Arm, Reason: g.firstLine(base)})
			out = append(out, p.Arm)
		case head != nil:
			g.lostHeads[p.Head] = g.firstLine(head)
		}
	}
	g.scenario = g.scenario.WithoutPairs(out)
	m.made.Arms = slices.DeleteFunc(m.made.Arms, func(a runner.Arm) bool {
		return !slices.ContainsFunc(g.scenario.Arms, func(kept bench.Arm) bool { return kept.Name == a.Info().Name })
	})
	return nil
}

func tryStart(ctx context.Context, a runner.Arm) error {
	if a == nil {
		return errors.New("it was skipped: see the warnings above")
	}
	server, err := a.Start(ctx)
	if err != nil {
		return err
	}
	return server.Stop()
}

// loop measures launch after launch until the gate has decided, or its time is up.
func (g *gateRun) loop(ctx context.Context, session *runner.Session) error {
	for launch := 1; ; launch++ {
		more, err := session.Launch(ctx)
		if err != nil {
			return err
		}
		ended := !more || g.tape.launches() == gate.LastLook || time.Since(g.began) >= g.budget
		if g.document.Report, err = g.judge(ended); err != nil {
			return err
		}
		if g.document.Verdict != gate.Open || ended {
			return nil
		}
		g.dismiss(session)
		if err := g.prepare(ctx, launch); err != nil {
			return err
		}
	}
}

// judge decides after a launch: about alarms after every one, about cells at the looks
// and at the end.
func (g *gateRun) judge(ended bool) (gate.Report, error) {
	n := g.tape.launches()
	if r := g.alarmed(); r.Verdict == gate.Open && !ended && !slices.Contains(gate.Looks(), n) {
		return r, nil
	}
	ratios, err := analysis.PairedRatios(&g.tape.run, gate.Metrics())
	if err != nil {
		return gate.Report{}, err
	}
	in := gate.Input{Sides: g.sides(), Ended: ended}
	for _, r := range ratios {
		in.Series = append(in.Series, gate.Series{Arm: r.Arm, Metric: r.Metric, LogRatios: r.LogRatios, Withheld: g.withheld(r)})
	}
	return gate.Judge(in), nil
}

// withheld says why a metric is not gated. An arm whose base was lost has nothing more
// to be compared with.
func (g *gateRun) withheld(r analysis.Paired) string {
	for _, s := range g.sides() {
		if s.Arm == r.Arm && s.Base.Lost != "" {
			return "base's server could not be measured to the end: " + s.Base.Lost
		}
	}
	return r.Withheld
}

// alarmed judges nothing but what is no matter of speed; it is open where nothing is
// wrong.
func (g *gateRun) alarmed() gate.Report {
	r := gate.Judge(gate.Input{Sides: g.sides()})
	if len(r.Alarms) == 0 {
		r.Verdict = gate.Open
	}
	return r
}

// dismiss ends the measuring of the arms that are decided.
func (g *gateRun) dismiss(session *runner.Session) {
	undecided := g.document.Undecided()
	if len(g.document.Cells) == 0 {
		return // it was not looked
	}
	for _, p := range g.scenario.Pairs {
		if !slices.Contains(undecided, p.Arm) {
			session.Dismiss(p.Base, p.Head)
		}
	}
}

// sides are what is known of each arm besides its speed.
func (g *gateRun) sides() []gate.Sides {
	var out []gate.Sides
	for _, p := range g.scenario.Pairs {
		out = append(out, gate.Sides{Arm: p.Arm, Base: g.side(p.Base), Head: g.side(p.Head)})
	}
	return out
}

func (g *gateRun) side(arm string) gate.Variant {
	v := gate.Variant{Conformance: g.conformance[arm], Lost: g.lostHeads[arm]}
	for _, s := range g.tape.run.Slices {
		if s.Arm == arm {
			v.FalseAccepts += s.FalseAccepts
			v.Requests += validity.Requests(s)
			v.Failures += validity.Failures(s)
		}
	}
	for _, w := range g.tape.run.Warnings {
		if w.Code == bench.WarnTargetLost && w.Arm == arm {
			v.Lost = w.Text
		}
	}
	return v
}
