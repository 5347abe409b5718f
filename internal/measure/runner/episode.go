package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/validity"
)

// episodeLoad names the open load of an episode; no load of a scenario can have its name.
const episodeLoad = "/episode"

// episodes takes the scenario's episodes: after the last launch, one arm at a time, in an
// order that the seed decides. What an arm's episode cannot find out costs no other arm
// anything.
func (s *Session) episodes(ctx context.Context) error {
	for i := range s.Scenario.Episodes {
		names := s.armsOf(i)
		for n, name := range s.Scenario.EpisodeOrder(s.Seed, i, names) {
			s.ahead = s.episodesFrom(i, n)
			if err := s.armEpisode(ctx, i, n+1, len(names), name); err != nil {
				return err
			}
		}
	}
	s.ahead = 0
	if len(s.Scenario.Episodes) > 0 {
		s.report(bench.Progress{Launch: s.Scenario.Launches})
	}
	return nil
}

// armsOf are the arms that have the index-th episode.
func (s *Session) armsOf(index int) (names []string) {
	for _, a := range s.Scenario.Arms {
		if s.arms[a.Name].Info().Takes(s.Scenario.Episodes[index].Event) && !slices.Contains(s.outcomes.Lost, a.Name) {
			names = append(names, a.Name)
		}
	}
	return names
}

// armEpisode takes the index-th episode of an arm, which is the n-th of so many that have it.
func (s *Session) armEpisode(ctx context.Context, index, n, of int, name string) error {
	e := s.Scenario.Episodes[index]
	at := bench.EpisodeProgress{Name: e.Name, Nth: n, Of: of, Revocations: e.Revocations, Left: s.episodeLength(index, name)}
	s.report(bench.Progress{
		Launch: s.Scenario.Launches, Arm: name, Episode: &at,
		Note: fmt.Sprintf("episode %s, arm %s (%d of %d): taking %d credentials back", e.Name, name, n, of, e.Revocations),
	})
	arm, spec := s.arms[name], s.spec(name)
	found := &tally{}
	stop := s.tell(name, at, found)
	var records []bench.EpisodeRecord
	err := func() error {
		defer stop()
		for turn, t := range s.Scenario.Timelines(s.Seed, index, spec, *arm.Info().Facts, arm.Info().Credentials) {
			record, err := s.episode(ctx, index, spec, turn, t, found)
			if ctx.Err() != nil {
				return errors.Join(ctx.Err(), err)
			}
			if err != nil {
				record.Failed = failure(arm.server, err)
			}
			records = append(records, record)
			if err := errors.Join(s.Record.Episode(record), arm.stop()); err != nil {
				return err
			}
			if record.Failed != "" {
				break // the next start would fail as well, and may take as long
			}
		}
		return nil
	}()
	if err != nil {
		return err
	}
	s.recordWarnings(validity.Episode(bench.MergeEpisodes(records)[0], *arm.Info().Facts))
	return nil
}

// episode takes one start of an arm's servers. They are left to the caller to stop.
func (s *Session) episode(ctx context.Context, index int, spec bench.Arm, turn int, timeline bench.Timeline, found *tally) (bench.EpisodeRecord, error) {
	arm, e := s.arms[spec.Name], s.Scenario.Episodes[index]
	facts := *arm.Info().Facts
	record := bench.EpisodeRecord{Episode: e.Name, Arm: spec.Name, Turn: turn, Start: s.sinceBegan(), Replicas: spec.Servers(), ClientRate: e.ClientRate}
	if err := s.startForEpisode(ctx, arm, spec); err != nil {
		return record, err
	}
	server := arm.server
	before, err := server.Counters()
	if err != nil {
		return record, err
	}
	if err := holdCredentials(ctx, arm.clients[episodeLoad], timeline); err != nil {
		return record, err
	}

	wall := time.Now()
	loading, endLoad := context.WithCancel(ctx)
	defer endLoad()
	var beside sync.WaitGroup
	var loadErr error
	beside.Go(func() { loadErr = s.loadBeside(loading, arm, e, turn, timeline, wall, &record.Load) })
	takeBack := server.Revoke
	if e.Event == bench.RemoveKey {
		takeBack = server.RemoveKey
	}
	facts = facts.In(e.Event)
	record.Event, record.Watched = e.Event, e.Patience(facts).Nanoseconds()
	h := holders{
		server: server, workload: arm.workload, agents: arm.Agents(), facts: facts, began: wall, worst: e.ClientRate == 0,
		takeBack: takeBack, patience: e.Patience(facts), quiet: e.Event == bench.RemoveKey,
		found: found,
	}
	record.Revocations = h.run(ctx, timeline)
	endLoad()
	beside.Wait()
	record.Length = s.sinceBegan() - record.Start
	record.ClockStep = int64(time.Now().Round(0).Sub(wall.Round(0)) - time.Since(wall))
	after, err := server.Counters()
	if before != nil && after != nil {
		record.Load.Lookups = after.Sub(*before).Lookups
	}
	return record, errors.Join(loadErr, err)
}

// startForEpisode starts an arm's servers afresh, with a client for the open load.
func (s *Session) startForEpisode(ctx context.Context, arm *armState, spec bench.Arm) (err error) {
	if arm.server, err = arm.Start(ctx); err != nil {
		return err
	}
	arm.clients = map[string]load.Client{}
	if arm.workload, err = arm.Workload(arm.server.Addrs()[0]); err != nil {
		return err
	}
	client, err := s.connect(ctx, arm, bench.Load{Connections: max(8, spec.Servers()), Timeout: bench.Duration(probeTimeout)})
	if err == nil {
		arm.clients[episodeLoad] = client
	}
	return err
}

// loadBeside puts an arm under the open load of an episode that has begun, until the context
// ends, which is no error.
func (s *Session) loadBeside(ctx context.Context, arm *armState, e bench.Episode, turn int, t bench.Timeline, began time.Time, into *bench.EpisodeLoad) error {
	edges := clockEdgesOf(arm)
	if err := edges.refresh(); err != nil {
		return err
	}
	into.Rate, into.Step, into.NearStep = e.Rate, partLength.Nanoseconds(), nearLength.Nanoseconds()
	watched := newNearCourse(t)
	live, stop := watched.watch()
	outcome, err := arm.clients[episodeLoad].Run(ctx, load.Slice{
		Arrivals: bench.Poisson, Rate: e.Rate, Seed: s.Seed + uint64(turn), Measure: t.Length,
		Live: live, End: edges.end,
		Begin: func() {
			watched.began.Store(time.Since(began).Nanoseconds())
			edges.begin()
		},
	})
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if edges.server.last == 0 { // it was cut short: the last reading is now
		edges.end()
	}
	var slice bench.Slice
	if err := errors.Join(outcome.Fill(&slice), edges.failure()); err != nil {
		return err
	}
	into.Sent, into.Answered, into.Statuses, into.Errors = slice.Sent, slice.Answered, slice.Statuses, slice.Errors
	into.LateSends, into.FalseAccepts, into.Measured, into.Valid = slice.LateSends, slice.FalseAccepts, slice.Measured, slice.Valid
	if into.Refreshes, err = refreshes(arm); err != nil {
		return err
	}
	into.ServerCPU = edges.server.cpu()
	for name, used := range edges.backendCPU() {
		if into.BackendCPU == nil {
			into.BackendCPU = map[string]int64{}
		}
		into.BackendCPU[name] = used.CPU
	}
	into.Near = watched.around()
	if into.Distances, err = watched.distances(); err != nil {
		return err
	}
	into.Parts, err = watched.encoded()
	return err
}
