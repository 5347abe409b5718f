// Package runner executes a plan. What flows in: a scenario, arms made real
// (internal/measure/arms), a generator engine and a result writer. What flows out: the
// records of a run, written as they come, and progress events.
//
//  1. [Session.Launch] asks [bench.Next] for a launch step, starts every arm's
//     server afresh in the order it gives, connects, and warms each up.
//  2. It then executes the round steps that follow: one slice per visit, after the load that
//     fills the caches of an arm that has any ([bench.Visit.Warm]). Around
//     a slice it reads the server's CPU clock at the edges of the measured part,
//     waits until that clock stands still, judges the slice (internal/result/validity)
//     and writes it.
//  3. When the plan asks for the next launch, it notes memory, counters and the
//     machine's noise, ends all servers, writes the launch record and returns.
//
// [Run] loops over launches until the plan is done, and then takes the scenario's
// episodes, in which credentials are taken back ([Session.episodes]). A gate may loop by itself and decide between launches. The package knows nothing of
// analysis: measuring and judging meet only at the result file.
//
// While a slice runs only the generator's threads run: the harness collects
// garbage, writes and reports between slices. An episode, in which holders ask all the time,
// says once a second how far it is.
//
// # When it ends
//
// A run ends at a time that can be computed beforehand, whatever the servers do:
//
//   - A start takes what internal/measure/arms allows, [connectTime] for each load's
//     connections, and the warm-up.
//   - A slice, or a warm-up, or the load before a slice, takes its settling and measured parts and the load's
//     timeout, with the drain of internal/measure/load, within which the answers that are missing
//     have come or count as timeouts; and longestTail, until the server's CPU clock stands still.
//   - A server that answered nothing at all in a slice is asked on. After stallTime, or
//     the end of the slice under way then, the arm is lost; deathTime is for finding out
//     whether its server has ended. Its server is ended, its slices are kept, and the
//     run goes on without it; in the first launch a warm-up like that ends the run. So a
//     stalled arm costs two slices and two timeouts once, not one at each of its visits.
//   - All servers end side by side, within what internal/measure/arms allows.
//   - An episode of an arm ends after its timelines ([bench.Scenario.Timelines]), and for each of
//     them a start, and twice probeTimeout.
//
// A run of L launches, with V visits in each, A arms and slices of length s, thus takes
// at most (L + 1) × (A × start + V × (s + timeout + longestTail) + stop), and for each
// arm that is lost s + timeout + stallTime + deathTime besides.
package runner

import (
	"context"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
)

// Arm is an arm made real: what is sent, and a way to start its server.
type Arm interface {
	Info() bench.ArmInfo
	// Workload is what the arm's server is sent at the address that a launch gave it.
	Workload(at bench.Address) (*load.Workload, error)
	// Agents are its clients where each holds a credential that it refreshes, nil elsewhere.
	Agents() *agents.Agents
	// Start starts the arm's server afresh, or finds the one that runs already.
	Start(ctx context.Context) (Server, error)
}

// Meter reads what processes use.
type Meter interface {
	// Refresh prepares the next readings of CPU: it is called between slices.
	Refresh() error
	// CPU reads the CPU clock of the processes. It is called on the generator's
	// thread at the edges of the measured part, and must take no more than a few
	// microseconds.
	CPU() (time.Duration, error)
	// PSS returns the memory of the processes, bytes.
	PSS() (int64, error)
}

// Server is one running target.
type Server interface {
	// Addrs are where it listens: one for each replica.
	Addrs() []bench.Address
	Meter
	// Backends meter the servers that this one asks in its turn, by their names: those
	// that the harness started.
	Backends() map[string]Meter
	// Counters asks a built-in target; nil for others.
	Counters() (*bench.Counters, error)
	// Revoke takes a valid credential back, by its index, at every replica. It is over when
	// all of them, or the issuer, have said so. The error is errors.ErrUnsupported where that
	// is not ours to order.
	Revoke(index int) error
	// RemoveKey has the issuer take the key that signed a valid credential out of its key set,
	// in the same way.
	RemoveKey(index int) error
	// Rotation says how the replacement of the issuer's key went, nil without one.
	Rotation() *bench.Rotation
	// Failure says how the server ended if it did, "" while it runs.
	Failure() string
	Stop() error
}

// Recorder takes the records of a run; result.Writer is one.
type Recorder interface {
	Calibration(bench.Calibration) error
	Slice(bench.Slice) error
	Launch(bench.Launch) error
	Episode(bench.EpisodeRecord) error
	Warning(bench.Warning) error
}

// Config is what a session works with. Nothing of it may change while it runs.
type Config struct {
	// Scenario has its defaults and only the arms that can be measured.
	Scenario bench.Scenario
	Seed     uint64
	// Arms has one entry per arm of the scenario, in its order.
	Arms   []Arm
	Engine load.Engine
	Record Recorder
	// Noise returns what the machine did beside the run since the last call.
	Noise func() bench.Noise
	// Pressure returns for how long, since some point in the past, something
	// that could have run waited for a CPU. It is called between slices.
	Pressure func() time.Duration
	// Progress is called between slices, never during one, and once a second beside the load
	// of an episode; never twice at once.
	Progress func(bench.Progress)
}

// Run executes the whole plan. It returns the context's error if interrupted,
// and another if the run cannot go on; what was measured is recorded either way.
func Run(ctx context.Context, c Config) error {
	s := NewSession(c)
	s.ahead = s.episodesFrom(0, 0)
	for {
		more, err := s.Launch(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.episodes(ctx)
		}
	}
}
