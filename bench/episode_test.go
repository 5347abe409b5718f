package bench

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// eventful is a scenario with two arms and two episodes.
func eventful() Scenario {
	return Scenario{
		Arms: []Arm{{Name: "a"}, {Name: "b", Replicas: 3}},
		Episodes: []Episode{
			{Name: "worst", Revocations: 5, Rate: 10, Spread: Duration(time.Second)},
			{Name: "typical", Revocations: 7, ClientRate: 20, Rate: 10, Spread: Duration(2 * time.Second)},
		},
	}
}

// The same seed has the same happen to the same credentials at the same times; another one
// has it at others.
func TestTimelineIsReplayed(t *testing.T) {
	facts := Facts{RevocationLag: time.Second.Nanoseconds(), RevocationBound: 3 * time.Second.Nanoseconds(), KeyRemovalLag: 6 * time.Second.Nanoseconds()}
	for _, event := range events {
		for _, facts.Revocation = range []RevocationKind{RevokedByRecord, RevokedByIssuer, RevokedByList, RevokedByExchange} {
			s := eventful()
			for i := range s.Episodes {
				s.Episodes[i].Event = event
				for _, arm := range s.Arms {
					first, again := s.Timelines(1, i, arm, facts, 1000), s.Timelines(1, i, arm, facts, 1000)
					var taken []int
					for _, start := range first {
						taken = append(taken, start.Credentials()...)
					}
					if !reflect.DeepEqual(first, again) || len(taken) != s.Episodes[i].Revocations {
						t.Errorf("%s, %s: timelines are not replayed", event, facts.Revocation)
					}
					if reflect.DeepEqual(first, s.Timelines(2, i, arm, facts, 1000)) {
						t.Errorf("%s, %s: another seed has the same timelines", event, facts.Revocation)
					}
					if slices.Sort(taken); !slices.Equal(taken, slices.Sorted(slices.Values(s.Taken(i, arm, 1000)))) {
						t.Errorf("%s, %s: %v are taken back", event, facts.Revocation, taken)
					}
				}
			}
		}
	}
	s := eventful()
	names := []string{"a", "b", "c", "d", "e"}
	if !slices.Equal(s.EpisodeOrder(1, 0, names), s.EpisodeOrder(1, 0, names)) || slices.Equal(s.EpisodeOrder(1, 0, names), s.EpisodeOrder(1, 1, names)) {
		t.Error("orders are not replayed, or do not vary")
	}
}

// No credential is taken back twice, whatever shares a store, and none that loads use.
func TestTimelinesShareNoCredential(t *testing.T) {
	s := eventful()
	const credentials = 100
	seen := map[int]bool{}
	for i, e := range s.Episodes {
		for _, arm := range s.Arms {
			plan := s.Timelines(9, i, arm, Facts{}, credentials)[0]
			if len(plan.Revocations) != e.Revocations {
				t.Errorf("%d revocations", len(plan.Revocations))
			}
			for _, p := range plan.Revocations {
				if seen[p.Credential] || p.Credential < credentials-s.Reserved() || p.Credential >= credentials {
					t.Errorf("%s, arm %s: credential %d", e.Name, arm.Name, p.Credential)
				}
				seen[p.Credential] = true
			}
		}
	}
	if len(seen) != s.Reserved() || s.Reserved() != 24 {
		t.Errorf("%d credentials are taken back, %d reserved", len(seen), s.Reserved())
	}
}

// Everything happens in order and within the timeline: uses before their revocation, on
// replicas that there are; revocations fall into the spread.
func TestTimelineHolds(t *testing.T) {
	s := eventful()
	lag := time.Second
	for _, kind := range []RevocationKind{RevokedByRecord, RevokedByIssuer, RevokedByList} {
		replicas, uses := map[int]bool{}, 0
		for _, plan := range s.Timelines(3, 1, s.Arms[1], Facts{Revocation: kind, RevocationLag: lag.Nanoseconds()}, 1000) {
			last := time.Duration(0)
			for _, p := range plan.Revocations {
				if p.At < last || p.At+lag > plan.Length {
					t.Errorf("%+v", p)
				}
				last = p.At
				before := time.Duration(0)
				for _, u := range p.Uses {
					if u.At < before || u.At >= p.At || u.Replica < 0 || u.Replica >= 3 {
						t.Errorf("a use at %v on replica %d, revoked at %v", u.At, u.Replica, p.At)
					}
					before, replicas[u.Replica] = u.At, true
				}
				uses += len(p.Uses)
			}
			if span := last - plan.Revocations[0].At; span > 2*time.Second {
				t.Errorf("%s: revocations within %v", kind, span)
			}
		}
		if len(replicas) != 3 || uses < 4 {
			t.Errorf("%s: %d uses on %d replicas", kind, uses, len(replicas))
		}
	}
	if worst := s.Timelines(3, 0, s.Arms[1], Facts{}, 1000)[0]; len(worst.Revocations[0].Uses) != 0 {
		t.Error("the worst case has uses of its own")
	}
}

// Servers that learn by fetching are started afresh, so that what a fetch ends together is not
// all there is; each start has its part of the revocations, at any moment between two fetches.
func TestFreshStarts(t *testing.T) {
	second := time.Second.Nanoseconds()
	for name, c := range map[string]struct {
		facts  Facts
		e      Episode
		starts int
		spread time.Duration
	}{
		"records":              {Facts{Revocation: RevokedByRecord, RevocationLag: second}, Episode{Revocations: 40}, 1, 4 * time.Second},
		"told at once":         {Facts{Revocation: RevokedByList}, Episode{Revocations: 40}, 1, 4 * time.Second},
		"polled":               {Facts{Revocation: RevokedByList, RevocationLag: second}, Episode{Revocations: 40}, 10, time.Second},
		"polled often":         {Facts{Revocation: RevokedByList, RevocationLag: second / 10}, Episode{Revocations: 40}, 10, 400 * time.Millisecond},
		"few":                  {Facts{Revocation: RevokedByList, RevocationLag: second}, Episode{Revocations: 7}, 7, time.Second},
		"typical":              {Facts{Revocation: RevokedByList, RevocationLag: second}, Episode{Revocations: 43, ClientRate: 2}, 10, time.Second},
		"keys":                 {Facts{KeyRemovalLag: 6 * second}, Episode{Revocations: 40, Event: RemoveKey, Watch: Duration(15 * time.Second)}, 10, 6 * time.Second},
		"keys of nobody waits": {Facts{KeyRemovalLag: 3600 * second}, Episode{Revocations: 40, Event: RemoveKey, Watch: Duration(15 * time.Second)}, 1, 4 * time.Second},
		"another event":        {Facts{Revocation: RevokedByList, RevocationLag: second}, Episode{Revocations: 40, Event: RemoveKey}, 1, 4 * time.Second},
	} {
		s := eventful()
		c.e.Name, c.e.Spread, c.e.Rate = "worst", Duration(4*time.Second), 10
		s.Episodes[0] = c.e
		plans := s.Timelines(3, 0, s.Arms[1], c.facts, 1000)
		if len(plans) != c.starts {
			t.Errorf("%s: %d starts, want %d", name, len(plans), c.starts)
		}
		total := 0
		for _, plan := range plans {
			total += len(plan.Revocations)
			if n := len(plan.Revocations); n < c.e.Revocations/c.starts || n > c.e.Revocations/c.starts+1 {
				t.Errorf("%s: %d revocations in one of %d starts", name, n, c.starts)
			}
			first, last := plan.Revocations[0].At, plan.Revocations[len(plan.Revocations)-1].At
			if last-first > c.spread || c.e.ClientRate == 0 && last > c.spread {
				t.Errorf("%s: from %v to %v, want within %v", name, first, last, c.spread)
			}
		}
		if total != c.e.Revocations {
			t.Errorf("%s: %d revocations", name, total)
		}
	}
}

// One record has what all starts of an arm's servers brought; one that failed is not hidden.
func TestMergeEpisodes(t *testing.T) {
	of := func(arm string, turn int, failed string, accepted ...int64) EpisodeRecord {
		r := EpisodeRecord{Episode: "e", Arm: arm, Turn: turn, Start: int64(turn) * 100, Length: 60, ClockStep: int64(1 - 2*turn), Failed: failed}
		r.Load = EpisodeLoad{Sent: 10, Statuses: map[Class]map[int]int64{Valid: {200: 9}, Forged: {401: int64(turn)}}, BackendCPU: map[string]int64{"redis": 5}, Lookups: Lookups{Hits: 2}}
		for _, a := range accepted {
			r.Revocations = append(r.Revocations, Revocation{Accepted: a})
		}
		return r
	}
	got := MergeEpisodes([]EpisodeRecord{of("a", 0, "", 1, 2), of("b", 0, "it ended"), of("a", 1, "", 3), of("a", 2, "it did not start"), of("c", 0, "gone", 8), of("c", 1, "", 9), of("b", 1, "it ended")})
	if len(got) != 3 || got[0].Arm != "a" || got[1].Arm != "b" || got[2].Arm != "c" {
		t.Fatalf("%+v", got)
	}
	a := got[0]
	want := []Revocation{{Accepted: 1}, {Accepted: 2}, {Accepted: 3, Turn: 1}, {Failed: "it did not start", Turn: 2}}
	if !slices.Equal(a.Revocations, want) || a.Failed != "" || a.Length != 260 || a.ClockStep != -3 {
		t.Errorf("%+v", a)
	}
	if l := a.Load; l.Sent != 30 || l.Statuses[Valid][200] != 27 || l.Statuses[Forged][401] != 3 || l.BackendCPU["redis"] != 15 || l.Lookups.Hits != 6 || l.Errors != nil {
		t.Errorf("%+v", l)
	}
	if b := got[1]; b.Failed != "it ended" || len(b.Revocations) != 0 {
		t.Errorf("%+v", b)
	}
	if c := got[2]; c.Failed != "" || !slices.Equal(c.Revocations, []Revocation{{Accepted: 8}, {Failed: "gone"}, {Accepted: 9, Turn: 1}}) {
		t.Errorf("%+v", c)
	}
}

func TestEpisodesAreChecked(t *testing.T) {
	good := eventful()
	good.Population.Credentials = 100
	if k := (&checker{}); true {
		if k.episodes(good); len(k.problems) != 0 {
			t.Errorf("%v", k.problems)
		}
	}
	for want, change := range map[string]func(*Scenario){
		"47 credentials are too few: 24 are taken back": func(s *Scenario) { s.Population.Credentials = 47 },
		"duplicate episode":                             func(s *Scenario) { s.Episodes[1].Name = "worst" },
		"-1 is not positive":                            func(s *Scenario) { s.Episodes[0].Revocations = -1 },
		"is not a client's rate":                        func(s *Scenario) { s.Episodes[0].ClientRate = 1e6 },
		"rate -5 is not positive":                       func(s *Scenario) { s.Episodes[0].Rate = -5 },
		"is too long":                                   func(s *Scenario) { s.Episodes[0].Spread = Duration(time.Hour) },
	} {
		s := good
		s.Episodes = slices.Clone(good.Episodes)
		change(&s)
		var k checker
		k.episodes(s)
		if len(k.problems) != 1 || !strings.Contains(k.problems[0].Error(), want) {
			t.Errorf("%q: %v", want, k.problems)
		}
	}
	var k checker
	k.replicas(Arm{Replicas: MostReplicas + 1}, 0)
	k.replicas(Arm{Replicas: 2, Target: &Target{URL: "http://127.0.0.1:1"}}, 1)
	if len(k.problems) != 2 {
		t.Errorf("%v", k.problems)
	}
}

func TestCountersAdd(t *testing.T) {
	a := Counters{Requests: 5, HeapBytes: 7, Reasons: map[string]int64{"expired": 2}, Store: &StoreCounters{Lookups: 3}, Lookups: Lookups{Hits: 1}}
	sum := a.Add(Counters{Requests: 2, HeapBytes: 1, Reasons: map[string]int64{"expired": 1, "forged": 4}, Store: &StoreCounters{Lookups: 1}, Lookups: Lookups{Hits: 4}})
	want := Counters{Requests: 7, HeapBytes: 8, Reasons: map[string]int64{"expired": 3, "forged": 4}, Store: &StoreCounters{Lookups: 4}, Lookups: Lookups{Hits: 5}}
	if !reflect.DeepEqual(sum, want) {
		t.Errorf("%+v", sum)
	}
	if back := sum.Sub(a); back.Requests != 2 || back.HeapBytes != 8 || back.Reasons["forged"] != 4 || back.Store.Lookups != 1 {
		t.Errorf("%+v", back)
	}
}

// A key that is removed works for as long as servers keep the set: events are spread over the
// time between two fetches, unless nobody waits for one, and nothing is asked for longer than the
// scenario says. The ways of other events do not count.
func TestTimelineOfRemovedKeys(t *testing.T) {
	s := eventful()
	s.Episodes[0].Event, s.Episodes[0].Watch = RemoveKey, Duration(10*time.Second)
	for lag, want := range map[time.Duration]struct{ spread, length time.Duration }{
		2 * time.Second: {2 * time.Second, 9 * time.Second},
		time.Hour:       {time.Second, 11 * time.Second},
	} {
		facts := Facts{Revocation: RevokedByList, RevocationLag: time.Minute.Nanoseconds(), RevocationBound: time.Hour.Nanoseconds(), KeyRemovalLag: lag.Nanoseconds()}
		for _, plan := range s.Timelines(3, 0, s.Arms[0], facts, 1000) {
			if plan.Length != want.length {
				t.Errorf("%v: it takes %v, want %v", lag, plan.Length, want.length)
			}
			for i, p := range plan.Revocations {
				if p.At > want.spread || p.Credential != s.Taken(0, s.Arms[0], 1000)[999-p.Credential] {
					t.Errorf("%v: event %d: %+v", lag, i, p)
				}
			}
		}
	}
}
