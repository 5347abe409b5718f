package jose

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
)

const (
	// KeysRefresh is the age at which a key set is fetched again. Servers often
	// allow minutes; with seconds, fetches are part of a measurement that lasts
	// seconds. A removed key works for at most KeysRefresh + FetchTime longer, as
	// long as the issuer answers.
	KeysRefresh = 5 * time.Second
	// KeyPause lies between the beginnings of two fetches, whatever asks for
	// them: no flood of unknown key ids makes more, nor hides a new key for longer
	// than KeyPause + FetchTime.
	KeyPause = time.Second
	// keysKept is the age at which a set is no longer trusted, if no newer one was
	// to be had. It outlasts an issuer's restart, and bounds how long whoever keeps
	// the issuer from answering keeps a removed key alive.
	keysKept = time.Minute
)

// Fetched is an engine whose keys are in a key set that its issuer publishes:
//
//  1. The set is fetched when the engine is made, and by the first request that
//     finds it older than KeysRefresh. That request waits, others go on with the
//     keys of before. The first set is fetched again sooner by a random time: servers
//     that start together would otherwise all be late together, and burden their
//     issuer all at once.
//  2. A set that differs makes a new engine: nothing that the old one remembers
//     outlives its keys, and engines know nothing of fetching.
//  3. A token with an unknown key id has the set fetched too, for its issuer may
//     have a new key, but not within KeyPause of the last time.
//  4. If the set cannot be had, or no key of it is good, the old one stays until
//     keysKept. Without a set, nothing can be decided.
//
// Requests fetch, and no goroutine of ours: there is nothing to stop. keyfunc, the
// usual companion of golang-jwt, was not taken: it trusts its last set for ever,
// reads answers of any length, and lets one request after the other wait a minute
// for its limit.
type Fetched struct {
	alg     Algorithm
	fetch   func() ([]byte, error)
	build   func(keys []JWK) (Engine, error)
	now     func() time.Time
	current atomic.Pointer[generation] // nil until there was a good set
	fetches atomic.Int64               // begun
	failed  atomic.Int64               // of them, those that brought no good set
	mu      sync.Mutex                 // held while a request fetches; guards asked
	asked   time.Time                  // when the last fetch began
	notices credential.Notices
}

// generation is what verifies by one key set.
type generation struct {
	engines  []Engine // of the set's layers, at least one
	document string
	notice   string // what is left out of the set, "" for nothing
	fetched  time.Time
}

// Verify judges a token by the layers of the set. One beyond the first is asked only
// about a token whose key id it has too, and whose signature another key did not make.
func (g *generation) Verify(token, room []byte) (Identity, bench.Reason) {
	who, reason := g.engines[0].Verify(token, room)
	for _, next := range g.engines[1:] {
		if reason != bench.ReasonBadSignature {
			break
		}
		if other, otherReason := next.Verify(token, room); otherReason != bench.ReasonUnknownKey {
			who, reason = other, otherReason
		}
	}
	return who, reason
}

var (
	_ Engine = (*Fetched)(nil)
	_ Engine = (*generation)(nil)
)

// NewFetched makes the engine that fetches the keys of newEngine's engines from an
// address.
func NewFetched(address string, newEngine func(EngineConfig) (Engine, error), c EngineConfig) (Engine, error) {
	fetch, err := keySetFetch(address)
	if err != nil {
		return nil, err
	}
	f, err := newFetched(newEngine, c, fetch)
	if err != nil {
		return nil, err
	}
	f.fetchSooner(rand.N(KeysRefresh - KeyPause))
	return f, nil
}

// newFetched makes the engine that fetches the keys of newEngine's engines. That
// they cannot be had yet is no error: the issuer may start later.
func newFetched(newEngine func(EngineConfig) (Engine, error), c EngineConfig, fetch func() ([]byte, error)) (*Fetched, error) {
	alg, err := MustAlgorithm(c.Algorithm)
	if err != nil {
		return nil, err
	}
	if c.Issuer == "" || c.Audience == "" {
		return nil, errors.New("the verification material names no issuer or no audience")
	}
	f := &Fetched{alg: alg, fetch: fetch, now: c.Now, build: func(keys []JWK) (Engine, error) {
		own := c
		own.Keys = keys
		return newEngine(own)
	}}
	f.renew(f.now())
	return f, nil
}

// Verify implements Engine.
func (f *Fetched) Verify(token, room []byte) (Identity, bench.Reason) {
	g := f.inForce(f.now())
	if g == nil {
		return Identity{}, bench.ReasonUnavailable
	}
	who, reason := g.Verify(token, room)
	if reason != bench.ReasonUnknownKey {
		return who, reason
	}
	if newer := f.renew(f.now()); newer.document != g.document {
		return newer.Verify(token, room)
	}
	return who, reason
}

// fetchSooner has the set that is in force fetched again sooner by a time. It is called before
// the first request.
func (f *Fetched) fetchSooner(by time.Duration) {
	if g := f.current.Load(); g != nil {
		older := *g
		older.fetched = g.fetched.Add(-by)
		f.current.Store(&older)
	}
}

// Counters says how often the set was fetched.
func (f *Fetched) Counters() *bench.KeySetCounters {
	return &bench.KeySetCounters{Fetches: f.fetches.Load(), Failed: f.failed.Load()}
}

// OnNotice has tell called with which members of the key set are left out and why, or
// why the set cannot be had. Each text is told once, until it changes, and holds no key.
// Calls do not overlap.
func (f *Fetched) OnNotice(tell func(text string)) { f.notices.Listen(tell) }

// inForce returns what verifies at now, nil if nothing does.
func (f *Fetched) inForce(now time.Time) *generation {
	g := f.current.Load()
	if g == nil || now.Sub(g.fetched) >= KeysRefresh {
		g = f.renew(now)
	}
	if g == nil || now.Sub(g.fetched) >= keysKept {
		return nil
	}
	return g
}

// renew fetches the set, unless another request does, or one did a moment ago. It
// returns what verifies then, nil if there never was a good set. Why a fetch failed is
// a notice for the server's operator; clients see that it cannot decide.
func (f *Fetched) renew(now time.Time) *generation {
	if f.mu.TryLock() {
		defer f.mu.Unlock()
		if f.asked.IsZero() || now.Sub(f.asked) >= KeyPause {
			f.asked = now
			f.fetches.Add(1)
			if g, err := f.get(now); err == nil {
				f.current.Store(g)
				f.notices.Say(g.notice)
			} else {
				f.failed.Add(1)
				f.notices.Say(err.Error())
			}
		}
	}
	return f.current.Load()
}

// get fetches the set. It is as old as the question.
func (f *Fetched) get(now time.Time) (*generation, error) {
	document, err := f.fetch()
	if err != nil {
		return nil, err
	}
	if old := f.current.Load(); old != nil && old.document == string(document) {
		same := *old // with what its engines remember
		same.fetched = now
		return &same, nil
	}
	keys, err := readKeySet(document, f.alg)
	if err != nil {
		return nil, err
	}
	g := &generation{document: string(document), fetched: now}
	if left := keys.said(); left != "" {
		g.notice = "the key set is in force" + left
	}
	for _, layer := range keys.layers {
		engine, err := f.build(layer)
		if err != nil {
			return nil, err
		}
		g.engines = append(g.engines, engine)
	}
	return g, nil
}
