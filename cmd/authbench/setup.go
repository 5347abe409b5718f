package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/measure/arms"
	"authbench/internal/measure/host"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/runner"
	"authbench/internal/measure/service"
	"authbench/internal/method/all"
	"authbench/internal/show/report"
	"authbench/internal/text/usertext"
)

// measurement is everything that a run holds while it goes on.
type measurement struct {
	scenario bench.Scenario
	seed     uint64
	machine  bench.Host
	starter  *proc.Starter
	backends *service.Backends
	engine   load.Engine
	made     *arms.Set
	servers  arms.Config // what they are started with
	warnings []bench.Warning
}

// spareFiles is what the harness needs beside its connections: files, pipes,
// epoll instances, the targets' socketpairs.
const spareFiles = 128

// setUp prepares the arms. Most of its time it signs credentials. starts says how a gate starts
// an arm's server; nil without a gate.
func setUp(ctx context.Context, s bench.Scenario, seed uint64, p *progress, starts func(arm string) arms.TargetStart) (_ *measurement, err error) {
	m := &measurement{scenario: s, seed: seed, machine: host.Describe()}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	cpus, warnings, err := host.AssignCPUs(host.Allowed(), s.CPUs)
	if err != nil {
		return nil, usageError(err)
	}
	m.warnings = warnings
	if w, other := s.OtherProgram(); other && len(s.Pairs) == 0 { // a gate compares no arm with another
		m.warnings = append(m.warnings, w)
	}
	m.machine.ServerCPUs, m.machine.GeneratorCPUs = cpus.Server, cpus.Generator
	if err := proc.RaiseFileLimit(connections(s) + spareFiles); err != nil {
		return nil, err
	}
	if m.starter, err = proc.NewStarter(); err != nil {
		return nil, err
	}
	if m.servers, err = serversConfig(m.starter, cpus.Server); err != nil {
		return nil, err
	}
	m.backends = service.NewBackends(m.starter, m.servers.Executable, cpus.Server)
	m.servers.TargetStart = starts
	m.servers.Backends, m.servers.Secret, m.servers.Progress = m.backends, [32]byte(randomBytes(32)), p.minting
	m.servers.Loading = p.loading
	if m.made, err = arms.Make(ctx, s, m.servers); err != nil {
		return nil, err
	}
	m.warnings = append(m.warnings, m.made.Warnings...)
	m.engine, err = load.Open(load.Options{CPUs: cpus.Generator, Poll: pollFor(cpus)})
	return m, err
}

// serversConfig says how servers are started.
func serversConfig(starter *proc.Starter, cpus []int) (arms.Config, error) {
	executable, err := os.Executable()
	if err != nil {
		return arms.Config{}, fmt.Errorf("find this program, to start targets with: %w", err)
	}
	return arms.Config{Methods: all.Catalogue(), Starter: starter, Executable: executable, Engines: enginesProgram(executable), ServerCPUs: cpus}, nil
}

// launcher starts servers for an examination, and tells of each that runs.
func launcher(c arms.Config, runs func(runner.Server)) conform.Launch {
	return func(ctx context.Context, a bench.Arm, material json.RawMessage) (bench.Address, func() error, error) {
		s, err := arms.Launch(ctx, a, material, c)
		if err != nil {
			return bench.Address{}, nil, err
		}
		runs(s)
		return s.Addrs()[0], s.Stop, nil
	}
}

// unobserved is for a [launcher] whose servers nobody looks at.
func unobserved(runner.Server) {}

// enginesProgram is the path where the program with the other JWT engines is expected.
func enginesProgram(executable string) string {
	if path := os.Getenv(arms.EnginesVariable); path != "" {
		return path
	}
	name := "authbench-engines" + filepath.Ext(executable) // .exe, on some systems
	return filepath.Join(filepath.Dir(executable), name)
}

// pollFor lets the generator poll without sleeping if it has CPUs of its own. On a shared CPU
// that would starve the server.
func pollFor(c bench.CPUs) load.Poll {
	for _, g := range c.Generator {
		for _, s := range c.Server {
			if g == s {
				return load.PollNever
			}
		}
	}
	return load.PollAlways
}

// connections is how many connections are open at once; the harness has one end of each.
func connections(s bench.Scenario) int {
	perArm := bench.CalibrationLoad(s).Connections
	for _, l := range s.Loads {
		perArm += l.Connections + 1
	}
	return perArm * len(s.Arms)
}

// header describes the run.
func (m *measurement) header(command []string) bench.Header {
	return bench.Header{
		Scenario: m.scenario, Seed: m.seed, Started: time.Now().UTC(), Host: m.machine, Build: buildInfo(),
		Engine: m.engine.Name(), Poll: string(pollFor(bench.CPUs{Server: m.machine.ServerCPUs, Generator: m.machine.GeneratorCPUs})),
		Arms: m.made.Infos, Command: command,
	}
}

// examine runs the attack catalogue against each arm before anything is measured: the figures
// of an unsafe arm are worth nothing.
func (m *measurement) examine(ctx context.Context, w recorder, p *progress, keys knownKeys) error {
	catalogue, err := conform.Builtin()
	if err != nil {
		return err
	}
	harness := conform.NewHarness(all.Catalogue(), catalogue, m.seed)
	harness.Backends = m.backends
	scores := conform.OpenScoreCache(harness, conform.Programs{
		Main: m.servers.Executable, Engines: m.servers.Engines, Launch: launcher(m.servers, unobserved),
	})
	found := make([]bench.Conformance, len(m.scenario.Arms))
	one := func(ctx context.Context, i int) (err error) {
		a, examining := m.scenario.Arms[i], func() { p.examining(m.scenario.Arms[i].Name, i, len(found)) }
		if isRunning(a) {
			found[i], err = keys.conformance(ctx, harness, a, examining)
		} else {
			found[i], err = scores.Conformance(ctx, a, examining)
		}
		if err != nil {
			return fmt.Errorf("arm %s: attack catalogue: %w", a.Name, err)
		}
		found[i].Untested = p.veil.Text(found[i].Untested)
		return nil
	}
	// A user's commands may share a port or a file: they are examined one by one.
	var own, commands []int
	for _, i := range harness.SlowestFirst(m.scenario.Arms) {
		if m.scenario.Arms[i].Target == nil {
			own = append(own, i)
		} else {
			commands = append(commands, i)
		}
	}
	if err := conform.InParallel(ctx, len(own), func(ctx context.Context, i int) error { return one(ctx, own[i]) }); err != nil {
		return err
	}
	for _, i := range commands {
		if err := one(ctx, i); err != nil {
			return err
		}
	}
	for _, c := range found {
		if err := w.Conformance(c); err != nil {
			return err
		}
	}
	return nil
}

// run executes the plan.
func (m *measurement) run(ctx context.Context, w recorder, p *progress) error {
	for _, n := range report.Notes(m.warnings) { // arms with one reason in one line
		p.note("%s: %s", levelName(n.Level), n.Text)
	}
	for _, warning := range m.warnings {
		if err := w.Warning(warning); err != nil {
			return err
		}
	}
	c := m.config(w, p)
	defer p.open(ctx, c.Scenario)()
	return runner.Run(ctx, c)
}

// config configures a session of all arms that can be measured.
func (m *measurement) config(w runner.Recorder, p *progress) runner.Config {
	noise := host.StartNoise()
	return runner.Config{
		Scenario: m.made.Measured(m.scenario), Seed: m.seed, Arms: m.made.Arms, Engine: m.engine,
		Record: w, Noise: noise.Read, Pressure: noise.Pressure, Progress: p.event,
	}
}

// close ends what the run started.
func (m *measurement) close() {
	var errs []error
	if m.engine != nil {
		errs = append(errs, m.engine.Close())
	}
	if m.backends != nil {
		errs = append(errs, m.backends.Close())
	}
	if m.starter != nil {
		errs = append(errs, m.starter.Close())
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "authbench: cleaning up:", proc.Defuse(usertext.CleanLines(err.Error())))
	}
}

// oneScenario lets a command have one scenario at most.
func oneScenario(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError(fmt.Errorf("%s takes one scenario, got %d: %s", c.Name(), len(args), strings.Join(args, " ")))
	}
	return nil
}
