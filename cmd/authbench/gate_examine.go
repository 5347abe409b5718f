package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/auth"
	"authbench/internal/conform"
	"authbench/internal/variant"
)

// examine has both sides put the attack catalogue, this program's, to each arm's
// method. A program that has no such command says nothing, and is held to what its
// answers under load are.
func (g *gateRun) examine(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "authbench-attacks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	attacks := filepath.Join(dir, "attacks.json")
	if err := os.WriteFile(attacks, conform.BuiltinText(), 0o600); err != nil {
		return err
	}
	for i, p := range g.scenario.Pairs {
		a := g.scenario.Arms[slices.IndexFunc(g.scenario.Arms, func(a bench.Arm) bool { return a.Name == p.Base })]
		if a.Target != nil || conform.Applies(a.Method) == "" || auth.IsElsewhere(a.Method) {
			continue
		}
		g.progress.examining(p.Arm, i, len(g.scenario.Pairs))
		for name, side := range map[string]*variant.Side{p.Base: g.base, p.Head: g.head} {
			c, err := conformanceOf(ctx, side, a.Method, attacks)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				g.progress.note("%s: not examined by the attack catalogue: %s", name, g.firstLine(err))
				continue
			}
			c.Arm = name
			g.conformance[name] = c
			if err := g.tape.Conformance(*c); err != nil {
				return err
			}
		}
	}
	return nil
}

// conformanceOf asks a program of ours.
func conformanceOf(ctx context.Context, side *variant.Side, m bench.Method, attacks string) (*bench.Conformance, error) {
	args := []string{"verify", "--method", m.ID, "--attacks", attacks, "-o", "json", "-q"}
	for _, name := range slices.Sorted(maps.Keys(m.Params)) {
		args = append(args, "-p", name+"="+m.Params.Text(name))
	}
	text, runErr := side.Output(ctx, args...) // which fails where a case does
	scores, err := conform.ReadScores(bytes.NewReader(text))
	if err != nil && runErr != nil {
		return nil, runErr
	}
	if err != nil {
		return nil, err
	}
	if len(scores) != 1 {
		return nil, fmt.Errorf("it scored %d methods, not one", len(scores))
	}
	return &scores[0], nil
}

// firstLine is the beginning of an error that may quote a program's output.
func (g *gateRun) firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return g.progress.veil.Text(line)
}
