package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/measure/proc"
	"authbench/internal/result/validity"
)

// Session is a run under way.
type Session struct {
	Config
	began    time.Time
	arms     map[string]*armState
	outcomes bench.Outcomes
	fresh    []bench.Warning // not yet reported by an event
	told     map[bench.Warning]bool
	ahead    time.Duration // about what episodes take that are to come
}

// armState is an arm within the current launch.
type armState struct {
	Arm
	server   Server                 // nil: not running
	workload *load.Workload         // for the server where it is now
	clients  map[string]load.Client // by load name
	before   *bench.Counters        // at the end of the warm-up
	first    *time.Duration         // its CPU clock when the first slice began
}

// NewSession prepares a run; the run's clock starts now.
func NewSession(c Config) *Session {
	s := &Session{Config: c, began: time.Now(), arms: map[string]*armState{}, told: map[bench.Warning]bool{}}
	var infos []bench.ArmInfo
	for _, a := range c.Arms {
		s.arms[a.Info().Name] = &armState{Arm: a}
		infos = append(infos, a.Info())
	}
	s.outcomes.Memory = bench.MemoryOf(infos)
	return s
}

// Launch executes one launch and reports whether the plan goes on.
func (s *Session) Launch(ctx context.Context) (more bool, err error) {
	step := bench.Next(s.Scenario, s.Seed, s.outcomes)
	if step.Kind != bench.StepLaunch {
		return false, s.nothingLeft()
	}
	// The harness's own garbage collector must not run during a slice.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	s.Noise()
	launch := bench.Launch{Launch: step.Launch, Start: s.sinceBegan()}
	s.outcomes.Launches++
	s.outcomes.Last = nil
	defer func() { err = errors.Join(err, s.stopAll()) }()
	if err := s.startAll(ctx, step); err != nil {
		return false, err
	}
	if err := s.rounds(ctx, step.Launch); err != nil {
		return false, err
	}
	return true, s.endLaunch(launch)
}

// rounds executes the launch's round steps.
func (s *Session) rounds(ctx context.Context, launch int) error {
	done := 0
	for {
		step := bench.Next(s.Scenario, s.Seed, s.outcomes)
		if step.Kind != bench.StepRound {
			return nil
		}
		for position, v := range step.Visits {
			s.report(bench.Progress{Launch: launch, Load: step.Load.Name, Arm: v.Arm, Done: done})
			if err := s.visit(ctx, step, position, v); err != nil {
				return err
			}
			done++
		}
		runtime.GC()
	}
}

// nothingLeft tells a completed plan from one whose arms were all lost.
func (s *Session) nothingLeft() error {
	if len(s.outcomes.Lost) == len(s.Scenario.Arms) {
		return errors.New("every arm's target failed; see the warnings")
	}
	return nil
}

func (s *Session) startAll(ctx context.Context, step bench.Step) error {
	for _, v := range step.Visits {
		arm := s.arms[v.Arm]
		err := s.start(ctx, arm, v.Seed)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			continue
		}
		// In the first launch it is the set-up that is wrong, and nothing is
		// lost by saying so at once. Later the other arms go on.
		if step.Launch == 0 {
			return fmt.Errorf("arm %s: %w", v.Arm, err)
		}
		if err := s.dropArm(v.Arm, step.Launch, failure(arm.server, err)); err != nil {
			return err
		}
	}
	return nil
}

// start starts an arm's server, connects a client per load and warms it up.
func (s *Session) start(ctx context.Context, arm *armState, seed uint64) error {
	server, err := arm.Start(ctx)
	if err != nil {
		return err
	}
	arm.server = server
	if arm.workload, err = arm.Workload(server.Addrs()[0]); err != nil {
		return err
	}
	arm.clients = map[string]load.Client{}
	for _, l := range s.loads() {
		if arm.clients[l.Name], err = s.connect(ctx, arm, l); err != nil {
			delete(arm.clients, l.Name)
			return err
		}
	}
	for _, l := range s.loads() {
		if err := s.warmUp(ctx, arm, l, seed); err != nil {
			return err
		}
	}
	arm.before, err = server.Counters()
	return err
}

// loads returns the loads of the current launch.
func (s *Session) loads() []bench.Load {
	if s.outcomes.Launches == 1 {
		return []bench.Load{bench.CalibrationLoad(s.Scenario)}
	}
	return s.Scenario.Loads
}

// endLaunch closes a launch whose rounds are done.
func (s *Session) endLaunch(launch bench.Launch) error {
	if launch.Launch == 0 {
		s.outcomes.Calibrations = bench.Calibrate(slices.DeleteFunc(slices.Clone(s.outcomes.Last), func(one bench.Slice) bool {
			return slices.Contains(s.outcomes.Lost, one.Arm)
		}))
		for _, c := range s.outcomes.Calibrations {
			if err := s.Record.Calibration(c); err != nil {
				return err
			}
		}
	}
	for _, a := range s.Scenario.Arms {
		arm := s.arms[a.Name]
		if arm.server == nil {
			continue
		}
		record, err := arm.record()
		if err != nil {
			if err := s.dropArm(a.Name, launch.Launch, failure(arm.server, err)); err != nil {
				return err
			}
			continue
		}
		launch.Arms = append(launch.Arms, record)
	}
	launch.Length = s.sinceBegan() - launch.Start
	launch.Noise = s.Noise()
	launch.Noise.Pressure = openPressure(s.outcomes.Last)
	if launch.Launch > 0 {
		s.recordWarnings(validity.Launch(launch, s.outcomes.Last))
	}
	err := s.Record.Launch(launch)
	s.report(bench.Progress{Launch: launch.Launch, Ended: true})
	return err
}

// recordWarnings shows what is doubtful about a launch to whoever watches, each kind once:
// analysis finds it again, and counts.
func (s *Session) recordWarnings(found []bench.Warning) {
	for _, w := range found {
		kind := bench.Warning{Code: w.Code, Level: w.Level, Arm: w.Arm, Load: w.Load}
		if !s.told[kind] {
			s.told[kind] = true
			s.fresh = append(s.fresh, w)
		}
	}
}

// record reads what is known of an arm at the end of a launch.
func (arm *armState) record() (bench.ArmLaunch, error) {
	out := bench.ArmLaunch{Arm: arm.Info().Name, Rotation: arm.server.Rotation()}
	counters, err := arm.server.Counters()
	if err != nil {
		return out, err
	}
	if counters != nil && arm.before != nil {
		grown := counters.Sub(*arm.before)
		out.Counters = &grown
	}
	if arm.Info().HasCPU { // a process of ours to read
		if out.PSS, err = arm.server.PSS(); err != nil { // it looks which processes there are
			return out, err
		}
		if out.CPU, err = arm.cpuInLaunch(); err != nil {
			return out, err
		}
	}
	for name, meter := range arm.server.Backends() {
		if out.BackendPSS == nil {
			out.BackendPSS = map[string]int64{}
		}
		if out.BackendPSS[name], err = meter.PSS(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// cpuInLaunch is the CPU time since the launch's first slice, what was put off until after a
// slice included.
func (arm *armState) cpuInLaunch() (int64, error) {
	now, err := arm.server.CPU()
	if err != nil || arm.first == nil {
		return 0, err
	}
	return (now - *arm.first).Nanoseconds(), nil
}

// dropArm takes an arm out of the run, ends its server, and says why. The run goes on
// without it.
func (s *Session) dropArm(arm string, launch int, why string) error {
	if slices.Contains(s.outcomes.Lost, arm) {
		return nil
	}
	s.outcomes.Lost = append(s.outcomes.Lost, arm)
	w := bench.Warning{
		Code: bench.WarnTargetLost, Level: bench.Void, Arm: arm, Launch: launch,
		Text: "the arm is left out from here on: the target failed: " + why,
	}
	s.fresh = append(s.fresh, w)
	w.Text = proc.WithoutOutput(w.Text)
	return errors.Join(s.Record.Warning(w), s.arms[arm].stop())
}

// Dismiss ends the measuring of arms of which no more is to be known. It is called
// between launches.
func (s *Session) Dismiss(arms ...string) { s.outcomes.Done = append(s.outcomes.Done, arms...) }

// Reinstate takes a lost arm in again: the next launch starts its server. It is called
// between launches.
func (s *Session) Reinstate(arm string) {
	s.outcomes.Lost = slices.DeleteFunc(slices.Clone(s.outcomes.Lost), func(lost string) bool { return lost == arm })
}

// stopAll ends all servers, side by side: one that has to be killed costs the others
// no time.
func (s *Session) stopAll() error {
	errs := make([]error, len(s.Arms))
	var stopping sync.WaitGroup
	for i, a := range s.Arms {
		stopping.Go(func() { errs[i] = s.arms[a.Info().Name].stop() })
	}
	stopping.Wait()
	return errors.Join(errs...)
}

// stop closes an arm's connections and ends its server, if it runs.
func (arm *armState) stop() error {
	var errs []error
	for _, c := range arm.clients {
		errs = append(errs, c.Close())
	}
	if arm.server != nil {
		errs = append(errs, arm.server.Stop())
	}
	arm.server, arm.clients, arm.first = nil, nil, nil
	return errors.Join(errs...)
}

func (s *Session) sinceBegan() int64 { return time.Since(s.began).Nanoseconds() }

func (s *Session) report(e bench.Progress) {
	e.Launches = s.Scenario.Launches
	e.Total = max(e.Done, s.Scenario.Visits(s.outcomes.Memory))
	e.Elapsed, e.Episodes = time.Since(s.began), s.ahead
	e.Warnings, s.fresh = s.fresh, nil
	s.Progress(e)
}
