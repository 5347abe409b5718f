package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/variant"
	"authbench/internal/method/all"
	"authbench/internal/text/usertext"
)

// gateFlags are the flags of 'authbench gate'.
type gateFlags struct {
	base, head string
	build      string
	arms, set  []string
	budget     time.Duration
	strict     bool
	out        string
	seed       uint64
	output     outputFlags
}

// gateBudget is how long a gate measures at most: what a pull request can wait for.
const gateBudget = 15 * time.Minute

func gateCommand() *cobra.Command {
	var f gateFlags
	c := &cobra.Command{
		Use:   "gate --base BASE [--head HEAD] [SCENARIO]",
		Short: "Fails a change that makes authentication slower or less safe",
		Long: `gate measures two versions of a program next to each other, in the same launches,
and decides after 10, 15, … 40 of them whether the one is slower than the other, or
lets in what it must not. BASE and HEAD are each

  a git ref         built in a temporary worktree, for every launch with another
                    layout of its code (--build for another build command)
  a program         the path of an executable file, with a separator: ./before
  a command         words as in a shell, such as 'env GOGC=50 bin/authbench'

Without --head, a copy of the files as they are, but those that git ignores. The
program is authbench or takes its arguments; arms with a command of their own have it
as {program}:

  target: {command: ["{program}", "--port", "{port}"]}

Neither side is trusted. This program puts its attack catalogue to both; what it cannot
examine cannot pass. Builds and servers see PATH, LANG, a HOME and a TMPDIR of their
own, builds Go's settings as well, and write nowhere else but to what they build; a
variable more is named in the command: [env, "LEVEL=info", "{program}"].

SCENARIO needs one open load; without it, gate. In GitHub's workflows the report
goes to the step's summary, and failures become annotations. An inconclusive gate
exits 0 with a warning; --strict makes it 3, and a pass that leaves a slow-down open.`,
		Example: `  authbench gate --base main
  authbench gate --base HEAD~1 --arms apikey,jwt-hs256
  authbench gate --base ./before --head ./after my-scenario.yaml
  authbench gate --base v1.2.0 --build 'go build -ldflags=-randlayout={seed} -o {output} ./cmd/api' my-api.yaml`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error {
			name := "gate"
			if len(args) == 1 {
				name = args[0]
			}
			return runGate(c, name, f)
		},
	}
	f.register(c)
	return c
}

func (f *gateFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.base, "base", "", "what head is compared with: a git ref, a program or a command")
	c.Flags().StringVar(&f.head, "head", "", "what is judged (default: the files as they are)")
	c.Flags().StringVar(&f.build, "build", "", "build `command` for refs and files; {output} and {seed} in it are replaced (default: builds authbench)")
	c.Flags().StringSliceVar(&f.arms, "arms", nil, "measure only these arms")
	c.Flags().StringArrayVar(&f.set, "set", nil, "override a value of the scenario, as `key=value` (repeatable)")
	durationFlag(c.Flags(), &f.budget, "budget", "", gateBudget, "measure no longer than this; what is undecided then is inconclusive")
	c.Flags().BoolVar(&f.strict, "strict", false, "exit 3 if it is inconclusive, or passes with a cell that is too noisy for its target")
	c.Flags().StringVar(&f.out, "out", "", "write into this directory instead of a new one under results/")
	c.Flags().Uint64Var(&f.seed, "seed", 0, "seed of the plan, the schedules and the layouts (default: a new one)")
	f.output.registerForms(c, "text", "json", "markdown")
	c.Flags().BoolVarP(&f.output.quiet, "quiet", "q", false, "no progress on standard error")
}

func runGate(c *cobra.Command, name string, f gateFlags) error {
	s, err := gateScenario(name, c.InOrStdin(), f)
	if err != nil {
		return usageError(err)
	}
	if f.seed == 0 {
		f.seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	g := &gateRun{scenario: s, seed: f.seed, budget: f.budget, progress: newProgress(c.ErrOrStderr(), f.output.quiet, s.Duration())}
	g.document.Added, g.document.Warnings, g.document.Unproven = []gate.Added{}, []bench.Warning{}, []gate.Unproven{} // in JSON, none are an empty list
	for _, command := range []string{f.base, f.head, f.build} {
		g.progress.veil.Command(command) // from here on, no text shows what it hides
	}
	g.progress.veil.Scenario(s)
	g.sweep(c.Context())
	if err := g.resolve(c.Context(), f); err != nil {
		return veiled(g.progress.veil, err)
	}
	defer func() {
		// The starter first: what a build has started must not write any more.
		if err := errors.Join(g.starter.Close(), g.closeSides()); err != nil {
			fmt.Fprintln(os.Stderr, "authbench: cleaning up:", proc.Defuse(usertext.CleanLines(err.Error())))
		}
	}()
	dir := f.out
	if dir == "" {
		dir = resultDir(time.Now(), "gate")
	}
	err = g.measureTo(c.Context(), dir)
	g.progress.clear()
	if errors.Is(err, errNothing) {
		return veiled(g.progress.veil, err)
	}
	return veiled(g.progress.veil, errors.Join(g.publish(c, dir, f.output), err, g.judged(f.strict, err)))
}

// gateScenario reads a scenario and pairs its arms.
func gateScenario(name string, stdin io.Reader, f gateFlags) (bench.Scenario, error) {
	if f.base == "" {
		return bench.Scenario{}, errors.New("gate needs --base: name a git ref, a program or a command to compare with")
	}
	s, err := loadScenario(name, stdin, runFlags{set: f.set})
	if err != nil {
		return s, err
	}
	if len(f.arms) > 0 {
		if s, err = onlyArms(s, f.arms); err != nil {
			return s, err
		}
	}
	if len(s.Loads) != 1 || s.Loads[0].Kind != bench.Open {
		return s, fmt.Errorf("scenario %s: a gate needs one load, and an open one: write 'loads: [{name: open, kind: open}]'", s.Name)
	}
	for _, a := range s.Arms {
		if a.Target != nil && a.Target.URL != "" {
			return s, fmt.Errorf("scenario %s, arm %s: a server that runs already has no two versions: give a command with {program}", s.Name, a.Name)
		}
		if a.Target != nil && !slices.Contains(a.Target.Command, "{program}") {
			return s, fmt.Errorf("scenario %s, arm %s: its command is the same for base and head: write {program} where the program stands", s.Name, a.Name)
		}
	}
	for _, a := range s.Arms {
		if a.Target == nil && all.Catalogue().Elsewhere(a.Method) {
			return s, fmt.Errorf("scenario %s, arm %s: its verifier is in authbench-engines, which is the same for base and head: leave it out with --arms", s.Name, a.Name)
		}
	}
	s.Launches = gate.LastLook
	return s.InPairs()
}

// onlyArms keeps the named arms. A gate compares no arm with another, so that no
// baseline stays with them.
func onlyArms(s bench.Scenario, names []string) (bench.Scenario, error) {
	for _, name := range names {
		if !slices.ContainsFunc(s.Arms, func(a bench.Arm) bool { return a.Name == name }) {
			return s, fmt.Errorf("--arms: scenario %s has no arm %s", s.Name, name)
		}
	}
	s.Arms = slices.DeleteFunc(slices.Clone(s.Arms), func(a bench.Arm) bool { return !slices.Contains(names, a.Name) })
	s.Baseline = s.Arms[0].Name
	return s, nil
}

// sweep removes what gates left that were killed.
func (g *gateRun) sweep(ctx context.Context) {
	swept, err := variant.Sweep(ctx)
	for _, path := range swept {
		g.progress.note("removed %s, which a killed run had left", path)
	}
	if err != nil {
		g.progress.note("what a killed run left stays: %v", err)
	}
}

// resolve finds base and head.
func (g *gateRun) resolve(ctx context.Context, f gateFlags) error {
	build := variant.DefaultBuild
	if f.build != "" {
		words, err := variant.Words(f.build)
		if err != nil || len(words) == 0 {
			return usageError(fmt.Errorf("--build %q: write a command, such as 'go build -o {output} ./cmd/api' (%w)", f.build, err))
		}
		build = words
	}
	for _, side := range []struct {
		flag, name string
		to         **variant.Side
	}{{"--base", f.base, &g.base}, {"--head", f.head, &g.head}} {
		var err error
		if *side.to, err = variant.Resolve(ctx, side.name, build); err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", side.flag, err), g.closeSides())
			if ctx.Err() != nil {
				return err
			}
			return usageError(err)
		}
	}
	g.head.Untrusted = true
	var err error
	if g.starter, err = proc.NewStarter(); err != nil {
		return errors.Join(err, g.closeSides())
	}
	return nil
}

func (g *gateRun) closeSides() error {
	var errs []error
	for _, side := range []*variant.Side{g.base, g.head} {
		if side != nil {
			errs = append(errs, side.Close())
		}
	}
	return errors.Join(errs...)
}

// judged turns the verdict into the command's error. What went wrong before that has
// the word.
func (g *gateRun) judged(strict bool, before error) error {
	switch d := &g.document; {
	case before != nil:
		return nil
	case d.Verdict == gate.Fail:
		return &exitError{exitCheck, errors.New("the gate fails")}
	case d.Verdict == gate.Invalid:
		return &exitError{exitInvalid, errors.New("the run is invalid: the gate decides nothing")}
	case d.Verdict == gate.Inconclusive && strict:
		return &exitError{exitInvalid, errors.New("the gate is inconclusive")}
	case d.Verdict == gate.Pass && strict && len(d.Cells) > 0 && !d.Whole():
		return &exitError{exitInvalid, errors.New("the gate passes, but not every cell reached its target, which --strict asks for")}
	case d.Verdict == gate.Inconclusive:
		g.progress.note("warning: the gate is inconclusive; --strict would fail it")
	}
	return nil
}
