package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/sides"
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
		Long: `gate measures two versions of a server next to each other, in the same launches,
and decides after 10, 15, … 40 of them whether the one is slower than the other, or
lets in what it must not. BASE and HEAD are each

  a git ref    checked out in a temporary worktree, where --build runs first
  a program    the path of an executable file, with a separator: ./before
  a command    words as in a shell, such as 'node before/server.mjs'

Without --head, a copy of the files as they are, but those that git ignores.

SCENARIO names your server in its arms' commands. A command as 'run' takes it starts in
the checkout of each side, in the folder in which you stand; {program} in it stands for
a program or command that you name as BASE and HEAD, or for what --build leaves in
{output}. Built-in arms, and servers that run already, are left out. Of several loads the
first open one is measured. Without SCENARIO the two sides are versions of authbench
itself, built with another layout of their code for every launch; {seed} in --build
asks for the same.

Neither side is trusted. This program puts its attack catalogue to both; what it cannot
examine cannot pass. Builds and servers see PATH, LANG, a HOME and a TMPDIR of their
own, builds the settings of Go and of package registries as well, and write nowhere else
but to what they build; a variable more is named in the command: [env, "LEVEL=info",
"{program}"].

In GitHub's workflows the report goes to the step's summary, and failures become
annotations. An inconclusive gate exits 0 with a warning; --strict makes it 3, and a pass
that leaves a slow-down open.`,
		Example: `  authbench gate --base main --build 'npm ci' my-api.yaml
  authbench gate --base v1.2.0 --build 'go build -ldflags=-randlayout={seed} -o my-api .' my-api.yaml
  authbench gate --base ./before --head ./after my-api.yaml
  authbench gate --base HEAD~1 --arms apikey,jwt-hs256`,
		Args: oneScenario,
		RunE: func(c *cobra.Command, args []string) error { return runGate(c, append(args, "gate")[0], f) },
	}
	f.register(c)
	return c
}

func (f *gateFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.base, "base", "", "what head is compared with: a git ref, a program or a command")
	c.Flags().StringVar(&f.head, "head", "", "what is judged (default: the files as they are)")
	c.Flags().StringVar(&f.build, "build", "", "`command` that installs or builds what a checkout needs; {output} and {seed} in it are replaced (default: builds authbench for its own arms, and nothing for yours)")
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
	s, leftOut, err := gateScenario(name, c.InOrStdin(), f)
	if err != nil {
		return usageError(err)
	}
	if f.seed == 0 {
		f.seed = binary.LittleEndian.Uint64(randomBytes(8))
	}
	g := &gateRun{scenario: s, seed: f.seed, budget: f.budget, progress: newProgress(c.ErrOrStderr(), f.output.quiet, s.Duration(all.Catalogue().Facts))}
	g.document.Added, g.document.Warnings, g.document.Unproven = []gate.Added{}, []bench.Warning{}, []gate.Unproven{} // in JSON, none are an empty list
	for _, command := range []string{f.base, f.head, f.build} {
		g.progress.veil.Command(command) // from here on, no text shows what it hides
	}
	g.progress.veil.Scenario(s)
	for _, text := range leftOut {
		g.progress.note("%s", text)
	}
	g.sweep(c.Context())
	if err := g.resolve(c.Context(), f); err != nil {
		return veiled(g.progress.veil, err)
	}
	defer func() {
		// The starter first, so that nothing that a build has started writes any more.
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
	if errors.Is(err, errNothingMeasured) {
		return veiled(g.progress.veil, err)
	}
	return veiled(g.progress.veil, errors.Join(g.publish(c, dir, f.output), err, g.verdictError(f.strict, err)))
}

// sweep removes what killed gates left behind.
func (g *gateRun) sweep(ctx context.Context) {
	swept, err := sides.Sweep(ctx)
	for _, path := range swept {
		g.progress.note("removed %s, which a killed run had left", path)
	}
	if err != nil {
		g.progress.note("what a killed run left stays: %v", err)
	}
}

// resolve finds base and head.
func (g *gateRun) resolve(ctx context.Context, f gateFlags) error {
	var build []string
	if !ownServers(g.scenario) {
		build = sides.DefaultBuild
	}
	if f.build != "" {
		words, err := sides.Words(f.build)
		if err == nil && (len(words) == 0 || words[0] == "") {
			err = errors.New("it names no program")
		}
		if err != nil {
			return usageError(fmt.Errorf("--build %q: %w; write a command, such as 'npm ci' or 'go build -o {output} ./cmd/api'", f.build, err))
		}
		build = words
	}
	for _, side := range []struct {
		flag, name string
		to         **sides.Side
	}{{"--base", f.base, &g.base}, {"--head", f.head, &g.head}} {
		var err error
		if *side.to, err = sides.Resolve(ctx, side.name, build); err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", side.flag, err), g.closeSides())
			if ctx.Err() != nil {
				return err
			}
			return usageError(err)
		}
	}
	g.head.Untrusted = true
	if err := checkCommands(g.scenario, g.base, g.head); err != nil {
		return usageError(errors.Join(err, g.closeSides()))
	}
	var err error
	if g.starter, err = proc.NewStarter(); err != nil {
		return errors.Join(err, g.closeSides())
	}
	return nil
}

func (g *gateRun) closeSides() error {
	var errs []error
	for _, side := range []*sides.Side{g.base, g.head} {
		if side != nil {
			errs = append(errs, side.Close())
		}
	}
	return errors.Join(errs...)
}

// verdictError turns the verdict into the command's error. An earlier error has precedence.
func (g *gateRun) verdictError(strict bool, before error) error {
	switch d := &g.document; {
	case before != nil:
		return nil
	case d.Verdict == gate.Fail:
		return &exitError{exitCheck, errors.New("the gate fails")}
	case d.Verdict == gate.Invalid:
		return &exitError{exitInvalid, errors.New("the run is invalid: the gate decides nothing")}
	case d.Verdict == gate.Inconclusive && strict:
		return &exitError{exitInvalid, errors.New("the gate is inconclusive")}
	case d.Verdict == gate.Pass && strict && len(d.Cells) > 0 && !d.AllPassed():
		return &exitError{exitInvalid, errors.New("the gate passes, but not every cell reached its target, which --strict asks for")}
	case d.Verdict == gate.Inconclusive:
		g.progress.note("warning: the gate is inconclusive; --strict would fail it")
	}
	return nil
}
