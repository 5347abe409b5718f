package runner

import (
	"slices"
	"sync/atomic"
	"time"

	"authbench/bench"
)

// tellEvery is how often an episode says how far it is. It lasts for up to minutes, so that
// people want to know; a frame takes some milliseconds, on none of the generator's threads.
const tellEvery = time.Second

// tally counts what holders have found so far, for whoever watches. It is safe for concurrent
// use.
type tally struct{ ordered, refused atomic.Int64 }

// refuse notes that all servers refuse a credential now, or do not any more.
func (t *tally) refuse(was, is bool) {
	switch {
	case is && !was:
		t.refused.Add(1)
	case was && !is:
		t.refused.Add(-1)
	}
}

// tell says again and again how far an arm's episode is, until the function that it returns is
// called. The session must not report anything else meanwhile.
func (s *Session) tell(arm string, at bench.EpisodeProgress, found *tally) (stop func()) {
	began, whole, ahead := time.Now(), at.Left, s.ahead
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(tellEvery)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
			}
			gone := min(time.Since(began), whole)
			now := at
			now.Ordered, now.Refused, now.Left = int(found.ordered.Load()), int(found.refused.Load()), whole-gone
			s.ahead = ahead - gone
			s.report(bench.Progress{Launch: s.Scenario.Launches, Arm: arm, Episode: &now})
		}
	}()
	return func() {
		close(over)
		<-ended
	}
}

func (s *Session) spec(arm string) bench.Arm {
	return s.Scenario.Arms[slices.IndexFunc(s.Scenario.Arms, func(a bench.Arm) bool { return a.Name == arm })]
}

// episodeLength estimates how long an arm's episode takes.
func (s *Session) episodeLength(index int, arm string) time.Duration {
	return s.Scenario.Episodes[index].Length(*s.arms[arm].Info().Facts, s.spec(arm))
}

// episodesFrom estimates how long all episodes take from an episode on, of which so many arms
// have had it.
func (s *Session) episodesFrom(index, had int) (total time.Duration) {
	for i := index; i < len(s.Scenario.Episodes); i++ {
		for n, name := range s.Scenario.EpisodeOrder(s.Seed, i, s.armsOf(i)) {
			if i > index || n >= had {
				total += s.episodeLength(i, name)
			}
		}
	}
	return total
}
