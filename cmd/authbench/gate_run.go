package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/sides"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// gateRun is a running gate: it measures a launch, judges, and goes on until everything is
// decided.
type gateRun struct {
	scenario   bench.Scenario // in pairs
	seed       uint64
	budget     time.Duration
	base, head *sides.Side
	progress   *progress
	starter    *proc.Starter // of builds

	requestedPairs []bench.Pair // before any was left out
	began          time.Time
	records        runRecords
	// budgetExceeded says what the budget did not suffice for, empty if it did.
	budgetExceeded string
	// killed counts, by arm, how often a signal ended a server of base before it was measured.
	killed map[string]int
	// lostHeads says why heads did not start, conformance what the attack catalogue says; both
	// by the name of a side's arm.
	lostHeads   map[string]string
	conformance map[string]*bench.Conformance
	document    gate.Document
}

// serverMemory is what each process of a side's server may have for itself.
const serverMemory = 8 << 30

// overtime is how long a launch that began within the budget may go on after it, so that the
// gate does not wait for a program that does not answer.
const overtime = 30 * time.Second

// measureTo measures and judges, and leaves the result in dir. errNothingMeasured says that it
// came to nothing, and left nothing.
func (g *gateRun) measureTo(ctx context.Context, dir string) error {
	w, err := result.Create(dir, g.progress.veil)
	if err != nil {
		return fmt.Errorf("%w: %w", errNothingMeasured, pathError(err))
	}
	g.records.Writer, g.began = w, time.Now()
	if err = g.measureInTime(ctx); err != nil && w.Empty() {
		return errors.Join(fmt.Errorf("%w: %w", errNothingMeasured, err), w.Discard())
	}
	g.conclude()
	return errors.Join(err, w.Close(footer(err, time.Since(g.began))))
}

// measureInTime measures until the budget and its overtime are over. What was measured by then
// counts.
func (g *gateRun) measureInTime(ctx context.Context) error {
	timed, cancel := context.WithDeadline(ctx, g.began.Add(g.budget+overtime))
	defer cancel()
	err := g.measure(timed)
	if err == nil || ctx.Err() != nil || timed.Err() == nil {
		return err
	}
	g.budgetExceeded = fmt.Sprintf("the budget of %v and %v more were over before the rest was done", g.budget, overtime)
	if g.records.run.Header.Started.IsZero() {
		return fmt.Errorf("%s: %w", g.budgetExceeded, err)
	}
	g.progress.note("%s", g.budgetExceeded)
	return nil
}

func (g *gateRun) measure(ctx context.Context) error {
	g.progress.note("base: %s", g.base)
	g.progress.note("head: %s", g.head)
	if err := g.prepare(ctx, 0); err != nil {
		return err
	}
	m, err := setUp(ctx, g.scenario, g.seed, g.progress, g.targetStart)
	if err != nil {
		return err
	}
	defer m.close()
	if err := g.startEachArm(ctx, m); err != nil {
		return err
	}
	m.scenario = g.scenario
	if err := g.records.Header(m.header(os.Args)); err != nil {
		return err
	}
	if err := g.examine(ctx, m); err != nil {
		return err
	}
	if g.document.Report = g.alarmsOnly(); g.document.Verdict == gate.Fail || len(g.scenario.Pairs) == 0 {
		return nil // measuring would change nothing
	}
	return g.loop(ctx, func() *runner.Session { return runner.NewSession(m.config(&g.records, g.progress)) })
}

// prepare builds both sides for a launch, at once.
func (g *gateRun) prepare(ctx context.Context, launch int) error {
	failed := make(chan error)
	for i, side := range []*sides.Side{g.base, g.head} {
		// The sides need different seeds: equal code would otherwise get equal layouts.
		seed := g.seed + uint64(2*launch+i)
		go func() { failed <- side.Prepare(ctx, g.starter, seed) }()
	}
	return errors.Join(<-failed, <-failed)
}

// targetStart is how an arm's target is started.
func (g *gateRun) targetStart(arm string) arms.TargetStart {
	for _, p := range g.scenario.Pairs {
		for name, side := range map[string]*sides.Side{p.Base: g.base, p.Head: g.head} {
			if name == arm {
				return arms.TargetStart{Words: side.Words(), Dir: side.Dir(), Cage: &proc.Cage{Memory: serverMemory}}
			}
		}
	}
	return arms.TargetStart{}
}

// startEachArm starts each arm once. An arm that base cannot run is new in head, and is left out. An
// arm that head cannot run is an alarm.
func (g *gateRun) startEachArm(ctx context.Context, m *measurement) error {
	g.lostHeads, g.conformance, g.killed, g.requestedPairs = map[string]string{}, map[string]*bench.Conformance{}, map[string]int{}, g.scenario.Pairs
	made := map[string]runner.Arm{}
	for _, a := range m.made.Arms {
		made[a.Info().Name] = a
	}
	var out []string
	for _, p := range g.scenario.Pairs {
		base, head := tryStart(ctx, made[p.Base]), tryStart(ctx, made[p.Head])
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case base != nil && head != nil:
			return fmt.Errorf("arm %s: neither base nor head can run it%s: %w", p.Arm, g.missingBuildHint(), head)
		case base != nil:
			g.progress.note("arm %s: base cannot run it: %v", p.Arm, base)
			g.document.Added = append(g.document.Added, gate.Added{Arm: p.Arm, Reason: g.firstLine(base)})
			out = append(out, p.Arm)
		case head != nil:
			g.progress.note("arm %s: head cannot run it: %v", p.Arm, head)
			g.lostHeads[p.Head] = g.firstLine(head)
		}
	}
	g.scenario = g.scenario.WithoutPairs(out)
	m.made.Arms = slices.DeleteFunc(m.made.Arms, func(a runner.Arm) bool {
		return !slices.ContainsFunc(g.scenario.Arms, func(kept bench.Arm) bool { return kept.Name == a.Info().Name })
	})
	return nil
}

// missingBuildHint says what a checkout may lack if nothing was built in it, "" otherwise.
func (g *gateRun) missingBuildHint() string {
	if !g.base.Bare() && !g.head.Bare() {
		return ""
	}
	return " (it runs in a checkout, with what git has and nothing else: name the command that installs or builds the rest, such as --build 'npm ci')"
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

// loop measures launch after launch until the gate has decided, or its time is over. If a
// server of base was killed, one more launch tells an accident from interference.
func (g *gateRun) loop(ctx context.Context, newSession func() *runner.Session) error {
	session := newSession()
	for launch := 1; ; launch++ {
		before := g.kills()
		more, err := session.Launch(ctx)
		if err != nil {
			if ctx.Err() != nil || !g.countKill(err) {
				return err
			}
			session, more = newSession(), true // the first launch ends at once if an arm does not start
		}
		ended := !more || g.records.launches() == gate.LastLook || time.Since(g.began) >= g.budget
		if g.document.Report, err = g.judge(ended); err != nil {
			return err
		}
		if g.document.Verdict != gate.Open || ended || before > 0 {
			return nil
		}
		for _, s := range g.sides() {
			if s.Base.Killed > 0 {
				g.progress.note("base's server of arm %s was killed: another launch tells whether that was an accident", s.Arm)
				session.Reinstate(g.pair(s.Arm).Base)
			}
		}
		g.stopDecidedArms(session)
		if err := g.prepare(ctx, launch); err != nil {
			return err
		}
	}
}

// judge judges after a launch: alarms after every launch, cells at the looks and at the end.
func (g *gateRun) judge(ended bool) (gate.Report, error) {
	n := g.records.launches()
	if r := g.alarmsOnly(); r.Verdict == gate.Open && !ended && !slices.Contains(gate.Looks(), n) {
		return r, nil
	}
	ratios, err := analysis.PairedChanges(&g.records.run, gate.Metrics())
	if err != nil {
		return gate.Report{}, err
	}
	in := gate.Input{Sides: g.sides(), Ended: ended, Fixed: g.fixedLayouts()}
	for _, r := range ratios {
		in.Series = append(in.Series, gate.Series{Arm: r.Arm, Metric: r.Metric, Changes: r.Changes, Base: r.Base, Head: r.Head, Whole: r.Whole, Withheld: g.withheld(r), Spoilt: r.Spoilt})
	}
	return gate.Judge(in), nil
}

// fixedLayouts is how many of the sides have the same layout of their code in all launches.
func (g *gateRun) fixedLayouts() int {
	n := 0
	for _, side := range []*sides.Side{g.base, g.head} {
		if !side.Layouts() {
			n++
		}
	}
	return n
}

// withheld says why a metric is not gated, "" if it is. An arm whose base was lost has nothing to
// be compared with.
func (g *gateRun) withheld(r analysis.Paired) string {
	for _, s := range g.sides() {
		if s.Arm == r.Arm && s.Base.Lost != "" {
			return "base's server could not be measured to the end: " + s.Base.Lost
		}
	}
	return r.Withheld
}

// alarmsOnly judges everything except speed. The verdict is open if nothing is wrong.
func (g *gateRun) alarmsOnly() gate.Report {
	r := gate.Judge(gate.Input{Sides: g.sides()})
	if len(r.Alarms) == 0 {
		r.Verdict = gate.Open
	}
	return r
}

// stopDecidedArms ends the measuring of the arms that are decided.
func (g *gateRun) stopDecidedArms(session *runner.Session) {
	undecided := g.document.Undecided()
	if len(g.document.Cells) == 0 {
		return // there was no look yet
	}
	for _, p := range g.scenario.Pairs {
		if !slices.Contains(undecided, p.Arm) {
			session.Dismiss(p.Base, p.Head)
		}
	}
}

// sides is what is known of each arm besides its speed.
func (g *gateRun) sides() []gate.Sides {
	var out []gate.Sides
	for _, p := range g.scenario.Pairs {
		out = append(out, gate.Sides{Arm: p.Arm, Base: g.side(p.Base), Head: g.side(p.Head)})
	}
	return out
}

func (g *gateRun) side(arm string) gate.Side {
	v := gate.Side{Conformance: g.conformance[arm], Lost: g.lostHeads[arm]}
	for _, s := range g.records.run.Slices {
		if s.Arm == arm {
			v.FalseAccepts += s.FalseAccepts
			v.Requests += validity.Requests(s) + validity.Unsent(s)
			v.Failures += validity.Failures(s) + validity.Unsent(s)
		}
	}
	for _, c := range g.records.run.Calibrations {
		if c.Arm == arm {
			v.Capacity = c.Capacity
		}
	}
	v.Killed = g.killed[arm]
	for _, w := range g.records.run.Warnings {
		if w.Code == bench.WarnTargetLost && w.Arm == arm {
			v.Lost = w.Text
			if proc.Killed(w.Text) {
				v.Killed++
			}
		}
	}
	return v
}

// pair returns the names of an arm's two sides.
func (g *gateRun) pair(arm string) bench.Pair {
	return g.scenario.Pairs[slices.IndexFunc(g.scenario.Pairs, func(p bench.Pair) bool { return p.Arm == arm })]
}
