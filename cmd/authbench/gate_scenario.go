package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/gate"
	"authbench/internal/measure/sides"
	"authbench/internal/method/all"
)

// gateScenario reads a scenario, reduces it to what a gate measures, and pairs the arms.
// leftOut says what is not measured, and why.
func gateScenario(name string, stdin io.Reader, f gateFlags) (s bench.Scenario, leftOut []string, err error) {
	if f.base == "" {
		return s, nil, errors.New("gate needs --base: name a git ref, a program or a command to compare with")
	}
	if s, err = loadScenario(name, stdin, runFlags{set: f.set}); err != nil {
		return s, nil, err
	}
	if len(f.arms) > 0 {
		if s, err = onlyArms(s, f.arms); err != nil {
			return s, nil, err
		}
	}
	if s.Loads, err = gateLoads(s); err != nil {
		return s, nil, err
	}
	if s, leftOut, err = inTwoVersions(s); err != nil {
		return s, nil, err
	}
	s.Launches = gate.LastLook
	s.Episodes = nil // no gate asks how long a revocation takes
	s, err = s.InPairs()
	return s, leftOut, err
}

// onlyArms keeps the named arms, without the baseline: a gate does not compare arms with each
// other.
func onlyArms(s bench.Scenario, names []string) (bench.Scenario, error) {
	for _, name := range names {
		if known := s.ArmNames(); !slices.Contains(known, name) {
			return s, fmt.Errorf("--arms: scenario %s has no arm %q; %s", s.Name, name, bench.DidYouMean(name, known))
		}
	}
	return withoutArms(s, func(a bench.Arm) bool { return !slices.Contains(names, a.Name) }), nil
}

// withoutArms leaves some arms out. The first remaining arm becomes the baseline, which has no
// meaning in a gate.
func withoutArms(s bench.Scenario, gone func(bench.Arm) bool) bench.Scenario {
	s.Arms = slices.DeleteFunc(slices.Clone(s.Arms), gone)
	s.Baseline = s.Arms[0].Name
	return s
}

// gateLoads is the one load that a gate measures: response times need an open one, and
// two loads would take twice the time. A ramp is no such load: it may overload the server, and
// base and head would take turns too rarely.
func gateLoads(s bench.Scenario) ([]bench.Load, error) {
	for _, l := range s.Loads {
		if l.Kind == bench.Open {
			return []bench.Load{l}, nil
		}
	}
	return nil, fmt.Errorf("scenario %s: a gate needs an open load: add 'loads: [{name: open, kind: open}]'", s.Name)
}

// inTwoVersions leaves out arms whose server is the same for base and head, for instance
// built-in servers in a scenario with the user's own. leftOut names them. It refuses a scenario
// without any other arm.
func inTwoVersions(s bench.Scenario) (_ bench.Scenario, leftOut []string, err error) {
	own := ownServers(s)
	common := map[string]string{}
	for _, a := range s.Arms {
		switch {
		case isRunning(a):
			common[a.Name] = "a server that runs already has no two versions: give it a command"
		case a.Target == nil && own:
			common[a.Name] = "it is the built-in server, which is the same for base and head"
		case a.Target == nil && all.Catalogue().InOtherProgram(a.Method):
			common[a.Name] = "its verifier is in authbench-engines, which is the same for base and head"
		default:
			continue
		}
		leftOut = append(leftOut, fmt.Sprintf("arm %s is left out: %s", a.Name, common[a.Name]))
	}
	if len(common) == len(s.Arms) {
		return s, nil, fmt.Errorf("scenario %s: there is nothing to gate: %s", s.Name, strings.Join(leftOut, "; "))
	}
	return withoutArms(s, func(a bench.Arm) bool { return common[a.Name] != "" }), leftOut, nil
}

// ownServers reports whether a scenario starts servers of the user's.
func ownServers(s bench.Scenario) bool {
	return slices.ContainsFunc(s.Arms, func(a bench.Arm) bool { return a.Target != nil && len(a.Target.Command) > 0 })
}

// checkCommands returns an error if a command of the scenario would not start base and head.
func checkCommands(s bench.Scenario, base, head *sides.Side) error {
	for _, p := range s.Pairs {
		a := s.Arms[slices.IndexFunc(s.Arms, func(a bench.Arm) bool { return a.Name == p.Base })]
		placed := a.Target != nil && slices.Contains(a.Target.Command, "{program}")
		for _, side := range []*sides.Side{base, head} {
			switch {
			case a.Target == nil && !side.Runs():
				return fmt.Errorf("--build: it must leave authbench in {output}, which the arms of scenario %s are started with: write {output} where the build command takes that path", s.Name)
			case a.Target == nil:
			case placed && !side.Runs():
				return fmt.Errorf("scenario %s, arm %s: {program} in its command is what --build leaves in {output}: write a build command with {output}, or write in place of {program} what runs in the checkout of %s, such as [node, server.mjs]", s.Name, p.Arm, side)
			case !placed && side.Dir() == "":
				return fmt.Errorf("scenario %s, arm %s: its command is the same for base and head: write {program} where the program stands, or name git refs, in whose checkouts it runs", s.Name, p.Arm)
			}
		}
	}
	return nil
}
