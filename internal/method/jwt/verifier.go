package jwt

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/feed"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/statuslist"
	"authbench/internal/credential/store"
	"authbench/internal/method"
)

// tokenKey is what a cache finds a token's bearer by: the token's SHA-256, so that the
// cache holds no token.
type tokenKey [sha256.Size]byte

// verifier lets requests in by what an engine, or a cache before it, says of
// their token, and a denylist behind both, which a feed may fill.
type verifier struct {
	engine jose.Engine
	now    func() time.Time
	cache  *store.Cache[tokenKey, jose.Identity] // nil for none
	counts store.Counts                          // of the cache
	ttl    time.Duration                         // of its entries
	denied *store.Denylist                       // nil if tokens cannot be revoked
	feed   *feed.Feed                            // nil unless it fills denied, or status
	status *statuslist.List                      // nil if tokens stand on none
}

var (
	_ method.Verifier = (*verifier)(nil)
	_ method.Denier   = (*verifier)(nil)
)

// newVerifier makes the verifier that p asks for.
func newVerifier(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
	return newVerifierAt(p, verification, time.Now)
}

// newVerifierAt is newVerifier with a clock.
func newVerifierAt(p bench.Params, verification json.RawMessage, now func() time.Time) (*verifier, error) {
	if fetchesElsewhere(p) {
		return nil, fmt.Errorf("fetcher %s: %w", p.Text("fetcher"), jose.ErrExternal)
	}
	newEngine, err := EngineOf(p)
	if err != nil {
		return nil, err
	}
	return NewVerifierAround(newEngine, p, verification, now)
}

// NewVerifierWith is [NewVerifier] for a JWT method whose engine this package does
// not have.
func NewVerifierWith(m bench.Method, verification json.RawMessage, newEngine func(jose.EngineConfig) (jose.Engine, error)) (method.Verifier, error) {
	if _, err := (method.Catalogue{Method()}).Find(m); err != nil {
		return nil, err
	}
	verifier, err := NewVerifierAround(newEngine, m.Params, verification, time.Now)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return verifier, nil
}

// NewVerifierAround makes an engine and what stands around it.
func NewVerifierAround(newEngine func(jose.EngineConfig) (jose.Engine, error), p bench.Params, verification json.RawMessage, now func() time.Time) (*verifier, error) {
	material, err := document.ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	v := &verifier{now: now, ttl: p.Duration("cache_ttl")}
	config := jose.EngineConfig{Algorithm: p.Text("alg"), Issuer: material.Issuer, Audience: material.Audience, Keys: material.Keys, Now: now}
	switch {
	case fetchesElsewhere(p):
		config.KeySet = material.KeySet
		v.engine, err = newEngine(config)
	case p.Text("keys") == fetchedKeys:
		v.engine, err = jose.NewFetched(material.KeySet, newEngine, config)
	default:
		v.engine, err = newEngine(config)
	}
	if err != nil {
		return nil, err
	}
	if size := p.Int("cache_size"); size > 0 {
		if v.cache, err = store.NewCache[tokenKey, jose.Identity](size); err != nil {
			return nil, err
		}
	}
	switch {
	case hasStatus(p):
		err = v.followStatus(p, material)
	case revocable(p):
		err = v.deny(p, material)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// deny makes the denylist, and begins to follow the issuer's where p asks for it.
func (v *verifier) deny(p bench.Params, material document.Verification) (err error) {
	if v.denied, err = store.NewDenylist(material.Revoked); err != nil || !followed(p) {
		return err
	}
	if material.Feed == nil {
		return errNoFeed
	}
	switch every := pollOf(p); {
	case every > 0:
		v.feed, err = feed.Poll(*material.Feed, every, v.denied)
	case p.Text("via") != redisChannel:
		v.feed, err = feed.Subscribe(*material.Feed, v.denied)
	case material.Channel == nil:
		err = errNoFeed
	default:
		v.feed, err = feed.Listen(*material.Feed, *material.Channel, v.denied)
	}
	return err
}

// followStatus begins to follow the issuer's status list.
func (v *verifier) followStatus(p bench.Params, material document.Verification) (err error) {
	if len(material.Keys) != 1 {
		return fmt.Errorf("a status list is verified with one key; the verification material has %d", len(material.Keys))
	}
	key := material.Keys[0]
	key.Algorithm = cmp.Or(key.Algorithm, p.Text("alg"))
	at := document.StatusList{}
	if material.StatusList != nil {
		at = *material.StatusList
	}
	v.status, err = statuslist.Follow(statuslist.Config{
		URL: at.URL, URI: at.URI, Key: key, TTL: ttlOf(p), Now: v.now,
	})
	if err == nil {
		v.feed = v.status.Feed
	}
	return err
}

var (
	errNoFeed = errors.New("the verification material names no feed of revocations: only a run has one")
	errNoList = errors.New("this server has no denylist of its own, on which a token could be put")
)

// Deny implements method.Denier.
func (v *verifier) Deny(id string) error {
	if v.denied == nil || v.feed != nil {
		return errNoList
	}
	return v.denied.Add(id)
}

// Close ends the feed, and an engine that fetches keys in a goroutine of its own.
func (v *verifier) Close() error {
	var errs []error
	if v.feed != nil {
		errs = append(errs, v.feed.Close())
	}
	if engine, ends := v.engine.(io.Closer); ends {
		errs = append(errs, engine.Close())
	}
	return errors.Join(errs...)
}

// Lookups returns what the cache was asked so far.
func (v *verifier) Lookups() bench.Lookups { return v.counts.Sum() }

// Scheme implements Verifier.
func (*verifier) Scheme() string { return credential.Bearer.Scheme }

// KeySet counts the fetches of the key set, nil for keys that are not fetched.
func (v *verifier) KeySet() *bench.KeySetCounters {
	if f, ok := v.engine.(*jose.Fetched); ok {
		return f.Counters()
	}
	return nil
}

// OnNotice has tell called with what a server's operator should know of the keys that it
// fetches, and of the feed that it follows.
func (v *verifier) OnNotice(tell func(text string)) {
	var one sync.Mutex // held while tell is called
	told := func(text string) {
		one.Lock()
		defer one.Unlock()
		tell(text)
	}
	if f, ok := v.engine.(*jose.Fetched); ok {
		f.OnNotice(told)
	}
	if v.feed != nil {
		v.feed.OnNotice(told)
	}
}

// Verify implements Verifier. While nobody knows what was taken back, nothing is decided.
func (v *verifier) Verify(r bench.Request) bench.Decision {
	if v.feed != nil && !v.feed.Current() {
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	}
	token, reason := credential.Bearer.Read(r)
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	who, reason := v.identify(token, r)
	switch reason {
	case bench.ReasonNone:
	case bench.ReasonUnavailable:
		return bench.Decision{Outcome: bench.Fail, Reason: reason}
	default:
		return credential.Deny(reason)
	}
	if reason = v.takenBack(who); reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	return credential.Allow(who.Subject, who.Tenant)
}

// takenBack says what the denylist, or the status list, has against a token. It is asked
// about remembered tokens too: what is revoked is refused at once. A cache of decisions,
// which would save that look-up as well, would let revoked tokens in for as long as an entry
// lives.
func (v *verifier) takenBack(who jose.Identity) bench.Reason {
	switch {
	case v.status != nil:
		return v.status.Check(who.Listed)
	case v.denied == nil:
	case who.ID == "": // it could never be taken back
		return bench.ReasonMalformed
	case v.denied.Holds(who.ID):
		return bench.ReasonRevoked
	}
	return bench.ReasonNone
}

// identify asks the cache, then the engine. Only good tokens are remembered, under
// the digest of every byte of them, until the entry's time or their own is over.
func (v *verifier) identify(token []byte, r bench.Request) (jose.Identity, bench.Reason) {
	if v.cache == nil {
		return v.engine.Verify(token, r.Room(len(token)))
	}
	key, now := tokenKey(sha256.Sum256(token)), v.now()
	count := v.counts.Of(binary.NativeEndian.Uint64(key[:]))
	if who, ok := v.cache.Get(key, now); ok {
		count.Hits.Add(1)
		return who, bench.ReasonNone
	}
	count.Misses.Add(1)
	who, reason := v.engine.Verify(token, r.Room(len(token)))
	if reason != bench.ReasonNone {
		return who, reason
	}
	until := now.Add(v.ttl)
	if expires := time.Unix(who.Expires, 0); who.Expires != 0 && expires.Before(until) {
		until = expires
	}
	v.cache.Put(key, who.Clone(), until)
	return who, bench.ReasonNone
}
