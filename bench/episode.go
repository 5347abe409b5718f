package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Episode is a stretch of open load on one arm, in which credentials are taken back at
// stated times. It finds out for how long each of them goes on working. Each arm has one
// of its own, after the last launch, with servers that were started afresh.
type Episode struct {
	// Name tells it from the scenario's other episodes; see [validName].
	Name string `json:"name" yaml:"name"`
	// Event is how a credential is taken back; empty: [Revoke].
	Event Event `json:"event,omitempty" yaml:"event"`
	// Revocations is how many credentials of each arm are taken back.
	Revocations int `json:"revocations" yaml:"revocations"`
	// ClientRate is how many requests per second the holder of each of them sends until
	// then, at random times. 0 is the worst case: every server has seen the credential
	// just before.
	ClientRate float64 `json:"client_rate,omitempty" yaml:"client_rate"`
	// Rate is that of the open load meanwhile, with the other credentials (requests per
	// second).
	Rate float64 `json:"rate" yaml:"rate"`
	// Spread is the time over which the revocations are spread. They fall at random into
	// it, because those at one moment would all meet a poll, or a cache, at one age.
	Spread Duration `json:"spread" yaml:"spread"`
	// Watch is for how long each credential is asked about at most; 0: until its design says
	// that it must be refused, and a little longer, but no longer than five minutes.
	Watch Duration `json:"watch,omitempty" yaml:"watch"`
}

// Event is what happens to a credential in an episode.
type Event string

const (
	// Revoke takes the credential itself back.
	Revoke Event = "revoke"
	// RemoveKey takes the key that signed it out of the key set that its issuer publishes.
	// Each credential that is taken back has a key of its own then.
	RemoveKey Event = "remove_key"
)

// events are all kinds of events.
var events = []Event{Revoke, RemoveKey}

const (
	defaultRevocations = 40
	defaultEpisodeRate = 500
	// defaultSpread lets a holder send something between two revocations.
	defaultSpread = Duration(5 * time.Second)
	// mostStarts is how often servers that learn of revocations by fetching are started afresh
	// in an episode: revocations of one start share the moments at which its servers fetch. Ten
	// independent starts have an interval of their median.
	mostStarts = 10
	// longestFilling bounds the time in which holders fill caches before the first
	// revocation.
	longestFilling = 30 * time.Second
)

func (e Episode) withDefaults() Episode {
	fill(&e.Name, "revocation")
	fill(&e.Revocations, defaultRevocations)
	fill(&e.Rate, defaultEpisodeRate)
	fill(&e.Spread, defaultSpread)
	return e
}

// Reserved is how many valid credentials of each population no load uses, because episodes
// take them back: as many for each arm, because arms may share a store.
func (s Scenario) Reserved() int {
	n := 0
	for _, e := range s.Episodes {
		n += e.Revocations * len(s.Arms)
	}
	return n
}

// episodes checks what is asked of credentials that are taken back.
func (k *checker) episodes(s Scenario) {
	seen := map[string]int{}
	for i, e := range s.Episodes {
		at := func(field string) []any { return []any{"episodes", i, field} }
		k.name("episode", e.withDefaults().Name, seen, i, at("name")...)
		k.intRange(e.Revocations, maxRevocations, at("revocations")...)
		k.durationRange(e.Spread, maxSlice, at("spread")...)
		k.durationRange(e.Watch, longestProbe, at("watch")...)
		if e.Event != "" && !slices.Contains(events, e.Event) {
			k.add(fmt.Sprintf("write %s or %s", Revoke, RemoveKey), fmt.Sprintf("there is no event %q", e.Event), at("event")...)
		}
		if !(e.ClientRate >= 0 && e.ClientRate <= maxClientRate) {
			k.add(fmt.Sprintf("write requests per second of one client, at most %d, or leave it out for the worst case", maxClientRate), fmt.Sprintf("%v is not a client's rate", e.ClientRate), at("client_rate")...)
		}
		if !(e.Rate >= 0 && e.Rate <= maxRate) {
			k.add("write requests per second, such as 500", fmt.Sprintf("rate %v is not positive", e.Rate), at("rate")...)
		}
	}
	s.Episodes = slices.Clone(s.Episodes)
	for i, e := range s.Episodes {
		s.Episodes[i] = e.withDefaults()
	}
	for i, a := range s.Arms {
		own, path := s.Population.withDefaults(DefaultPopulation()), []any{"population", "credentials"}
		if a.Population != nil {
			own, path = a.Population.withDefaults(own), []any{"arms", i, "population", "credentials"}
		}
		if need := 2 * s.Reserved(); own.Credentials < need && len(s.Episodes) > 0 && s.Reserved() > 0 {
			k.add(fmt.Sprintf("use at least %d, or fewer revocations", need), fmt.Sprintf("%d credentials are too few: %d are taken back, others for each arm, and no load uses these", own.Credentials, s.Reserved()), path...)
			return
		}
	}
}

// Timeline is what happens in one arm's episode, by the scenario and its seed alone. Times
// count from when its servers were started.
type Timeline struct {
	// Length is how long the open load goes on: until the last revocation must have shown.
	Length      time.Duration
	Revocations []PlannedRevocation
}

// Credentials are those that are taken back, by their index, without those that are missing
// ([Scenario.Taken]).
func (t Timeline) Credentials() (out []int) {
	for _, p := range t.Revocations {
		if p.Credential >= 0 {
			out = append(out, p.Credential)
		}
	}
	return out
}

// PlannedRevocation is one credential's part of a timeline.
type PlannedRevocation struct {
	// Credential is its index among the valid ones.
	Credential int
	// At is when it is taken back.
	At time.Duration
	// Uses are its holder's requests before, in order of time; none in the worst case.
	Uses []Use
}

// Use is one request of a holder.
type Use struct {
	At time.Duration
	// Replica is which of the arm's servers it goes to.
	Replica int
}

// Timelines plan the index-th episode for an arm of which credentials valid ones were
// minted: one for each start of its servers. The arm's facts say for how long a revoked
// credential may work by design.
func (s Scenario) Timelines(seed uint64, index int, arm Arm, facts Facts, credentials int) []Timeline {
	e := s.Episodes[index]
	facts = facts.In(e.Event)
	r := rand.New(rand.NewPCG(mix(seed, hashName("episode"), hashName(e.Name)), hashName(arm.Name)))
	filling, spread := e.stretches(facts, arm)
	cycle := e.cycle(time.Duration(facts.RevocationLag), arm)
	taken := s.Taken(index, arm, credentials)
	out := make([]Timeline, e.starts(facts))
	for i := range out {
		out[i].Length = filling + spread + e.Patience(facts)
	}
	for i, credential := range taken {
		start := &out[i*len(out)/len(taken)]
		p := PlannedRevocation{Credential: credential, At: filling + time.Duration(r.Int64N(int64(spread)))}
		// Servers that met a client at one moment would forget it at one moment, again and
		// again. Each meets it at a time of its own.
		known := make([]time.Duration, arm.Servers())
		for i := range known {
			known[i] = time.Duration(r.Float64() * float64(cycle))
		}
		for at := time.Duration(0); e.ClientRate > 0; {
			if at += seconds(-math.Log(1-r.Float64()) / e.ClientRate); at >= p.At {
				break
			}
			if replica := r.IntN(arm.Servers()); at >= known[replica] {
				p.Uses = append(p.Uses, Use{at, replica})
			}
		}
		start.Revocations = append(start.Revocations, p)
	}
	for _, start := range out {
		slices.SortStableFunc(start.Revocations, func(a, b PlannedRevocation) int { return int(a.At - b.At) })
	}
	return out
}

// starts is how often an arm's servers are started afresh in its episode: once, unless they
// learn by fetching, and somebody waits for the next fetch. Servers fetch at moments that lie an
// interval apart, as they did when they were started, and it is those moments that decide.
func (e Episode) starts(facts Facts) int {
	if !facts.Fetched() || time.Duration(facts.RevocationLag) > e.Patience(facts) {
		return 1
	}
	return max(1, min(mostStarts, e.Revocations))
}

// Taken are the credentials that the index-th episode takes back of an arm of which
// credentials valid ones were minted. One below 0 is missing: too few were
// minted.
func (s Scenario) Taken(index int, arm Arm, credentials int) []int {
	out := make([]int, s.Episodes[index].Revocations)
	for i := range out {
		out[i] = credentials - 1 - s.reservedBefore(index, arm) - i
	}
	return out
}

// cycle is how long it takes on average until a server's cache has forgotten a client and
// meets it again, 0 in the worst case.
func (e Episode) cycle(lag time.Duration, arm Arm) time.Duration {
	if e.ClientRate <= 0 {
		return 0
	}
	return lag + seconds(float64(arm.Servers())/e.ClientRate)
}

// stretches are the parts of an arm's episode after each start of its servers: how long holders
// use their credentials before the first revocation, until the ages of what caches hold of them
// no longer tell when they began; and over what time the revocations are spread.
func (e Episode) stretches(facts Facts, arm Arm) (filling, spread time.Duration) {
	lag := time.Duration(facts.RevocationLag)
	filling, spread = min(3*e.cycle(lag, arm), longestFilling), e.Spread.Std()
	if starts := e.starts(facts); starts > 1 { // any moment of the interval between two fetches
		spread = max(lag, spread/time.Duration(starts))
	}
	switch {
	case facts.Revocation == RevokedByExchange: // after one life the ages of tokens no longer tell when they began
		filling = min(filling, lag)
	case lag == 0 || facts.Revocation == RevokedByList: // who is let in changes nothing that a server knows
		filling = 0
	}
	return filling, spread
}

// Length estimates how long an arm's episode takes: until the last credential that is taken
// back was refused for as long as its design allows. Whoever removes a key does not ask again.
func (e Episode) Length(facts Facts, arm Arm) time.Duration {
	facts = facts.In(e.Event)
	filling, spread := e.stretches(facts, arm)
	asked := Settled(facts, 0)
	if e.Event == RemoveKey {
		asked = time.Duration(facts.RevocationLag)
	}
	return time.Duration(e.starts(facts)) * (startup + filling + spread + min(asked, e.Patience(facts)))
}

// reservedBefore is how many credentials earlier episodes, and earlier arms in the same
// one, take back.
func (s Scenario) reservedBefore(index int, arm Arm) int {
	n := 0
	for _, e := range s.Episodes[:index] {
		n += e.Revocations * len(s.Arms)
	}
	at := slices.IndexFunc(s.Arms, func(a Arm) bool { return a.Name == arm.Name })
	return n + at*s.Episodes[index].Revocations
}

// EpisodeOrder returns arms in the order in which the index-th episode takes them.
func (s Scenario) EpisodeOrder(seed uint64, index int, arms []string) []string {
	out := slices.Clone(arms)
	shuffle(out, mix(seed, hashName("episode order"), uint64(index)))
	return out
}

const (
	// probeSteady is for how long nothing may be let in any more after a refusal before
	// that counts: servers, or parts of one, that learn of a revocation one after the
	// other answer in turns.
	probeSteady = time.Second
	// probeMargin is how much longer than its design allows a credential is asked about.
	probeMargin = 5 * time.Second
	// longestProbe bounds that: nobody waits out a cache that remembers for hours.
	longestProbe = 5 * time.Minute
)

// Settled is how long after its revocation, and after its first refusal, a credential of
// an arm with such facts counts as refused for good.
func Settled(facts Facts, refused time.Duration) time.Duration {
	return max(time.Duration(facts.RevocationLag), refused) + probeSteady
}

// Patience is for how long a credential of an arm with such facts is asked about after it was
// taken back.
func (e Episode) Patience(facts Facts) time.Duration {
	longest := longestProbe
	if e.Watch > 0 {
		longest = e.Watch.Std()
	}
	return min(facts.Longest()+probeMargin, longest)
}
