package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// methodArms are arms of built-in methods, named like the method.
func methodArms(methods ...bench.Method) []bench.Arm {
	var out []bench.Arm
	for _, m := range methods {
		out = append(out, bench.Arm{Method: m})
	}
	return out
}

// scenarioArms are what verify examines of a scenario: each built-in method once, and
// the arms whose server is the user's. leftOut says why others are not examined.
func scenarioArms(name string, stdin io.Reader, f verifyFlags) (out []bench.Arm, leftOut []string, err error) {
	s, err := readScenario(name, stdin, scenario.Changes{})
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, a := range s.Arms {
		key := a.Method.ID + " " + a.Method.Params.Key()
		switch {
		case all.Catalogue().Open(a.Method) || a.Target == nil && seen[key]:
		case a.Target == nil:
			out = append(out, bench.Arm{Method: a.Method})
			seen[key] = true
		default:
			if why := f.unexamined(a); why != "" {
				leftOut = append(leftOut, fmt.Sprintf("%s is not examined: %s", a.Name, why))
				continue
			}
			out = append(out, a)
		}
	}
	switch {
	case len(out) == 0 && len(leftOut) > 0:
		return nil, nil, errors.New(strings.Join(leftOut, "; "))
	case len(out) == 0:
		return nil, nil, fmt.Errorf("scenario %s has no arm that checks a credential; examine a server of your own with --url", name)
	}
	return out, leftOut, nil
}

// unexamined says why an arm of the user's is not examined, "" if it is.
func (f verifyFlags) unexamined(a bench.Arm) string {
	switch {
	case f.surface == string(conform.Process):
		return "it is a program of its own, and --surface is process"
	case a.Target.URL == "":
		return conform.Unexamined(a)
	}
	return f.keys.unexamined(a)
}

// isRunning reports whether an arm's server runs already.
func isRunning(a bench.Arm) bool { return a.Target != nil && a.Target.URL != "" }

// score examines one arm, by the way that its server is reached.
func (f verifyFlags) score(ctx context.Context, w *conform.Harness, a bench.Arm, surfaces []conform.Surface, launch conform.Launch) (*conform.Score, error) {
	switch {
	case isRunning(a):
		s, err := f.keys.serverOf(a)
		if err != nil {
			return nil, err
		}
		return w.ScoreServer(ctx, s)
	case a.Target != nil || all.Catalogue().InOtherProgram(a.Method):
		return w.ScoreArm(ctx, a, launch)
	}
	return w.Score(ctx, a.Method, surfaces...)
}

// displayName is what an arm is called on the terminal.
func displayName(a bench.Arm) string {
	if a.Name != "" {
		return a.Name
	}
	return conform.Name(a.Method)
}

// unexaminable reports whether an error means that an arm cannot be examined. Other errors are
// failures of the examination.
func unexaminable(err error) bool {
	var why *conform.Unexaminable
	return errors.As(err, &why)
}
