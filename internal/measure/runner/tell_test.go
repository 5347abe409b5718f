package runner

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"authbench/bench"
)

// TestTell: an episode says once a second how many credentials were taken back, how many all
// servers refuse, and how long it and the others still take; and nothing when it is over.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []bench.EpisodeProgress
		var ahead []time.Duration
		s := NewSession(Config{Progress: func(p bench.Progress) {
			if p.Arm != "jwt" || p.Note != "" {
				t.Errorf("%+v", p)
			}
			told, ahead = append(told, *p.Episode), append(ahead, p.Episodes)
		}})
		s.ahead = 10 * time.Second
		at := bench.EpisodeProgress{Name: "worst", Nth: 2, Of: 3, Revocations: 4, Left: 2 * time.Second}
		found := &tally{}
		stop := s.tell("jwt", at, found)
		found.ordered.Add(2)
		found.refuse(false, true)
		time.Sleep(1500 * time.Millisecond)
		found.ordered.Add(1)
		found.refuse(true, true)
		found.refuse(false, true)
		found.refuse(true, false) // a server changes its mind
		found.refuse(false, false)
		time.Sleep(2 * time.Second)
		stop()
		time.Sleep(time.Minute)
		want := []bench.EpisodeProgress{at, at, at}
		want[0].Ordered, want[0].Refused, want[0].Left = 2, 1, time.Second
		want[1].Ordered, want[1].Refused, want[1].Left = 3, 1, 0
		want[2].Ordered, want[2].Refused, want[2].Left = 3, 1, 0 // it takes longer than was thought
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{9 * time.Second, 8 * time.Second, 8 * time.Second}, ahead); diff != "" {
			t.Errorf("time to go (-want +got):\n%s", diff)
		}
	})
}

// TestEpisodesAhead: the time to go counts each episode of each arm that has it, and none that
// is over, or whose arm was lost.
func TestEpisodesAhead(t *testing.T) {
	w := newWorld()
	c := config(w, &recorder{})
	c.Scenario.Episodes = []bench.Episode{{Name: "worst", Spread: bench.Duration(time.Second)}, {Name: "typical", Spread: bench.Duration(10 * time.Second)}}
	for i := range 2 {
		c.Arms[i+1] = &revoking{fakeArm: &fakeArm{w, c.Scenario.Arms[i+1].Name, uint16(i + 1)}}
	}
	s := NewSession(c)
	const started = 60 * time.Millisecond                                 // servers are
	const short, long = 2*time.Second + started, 11*time.Second + started // a second without an acceptance included
	for _, at := range []struct {
		episode, had int
		want         time.Duration
	}{{0, 0, 2*short + 2*long}, {0, 1, short + 2*long}, {1, 0, 2 * long}, {1, 1, long}, {1, 2, 0}, {2, 0, 0}} {
		if got := s.episodesFrom(at.episode, at.had); got != at.want {
			t.Errorf("from episode %d on, of which %d arms had it: %v, want %v", at.episode, at.had, got, at.want)
		}
	}
	s.outcomes.Lost = []string{c.Scenario.Arms[1].Name}
	if got := s.episodesFrom(0, 0); got != short+long {
		t.Errorf("without an arm: %v", got)
	}
}
