package auth

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/credential/store"
)

// tokenKey is what a cache finds a token's bearer by: the token's SHA-256, so that the
// cache holds no token.
type tokenKey [sha256.Size]byte

// tokenVerifier lets requests in by what an engine, or a cache before it, says of
// their token, and a denylist behind both.
type tokenVerifier struct {
	engine Engine
	now    func() time.Time
	cache  *store.Cache[tokenKey, Identity] // nil for none
	counts store.Counts                     // of the cache
	ttl    time.Duration                    // of its entries
	denied *store.Denylist                  // nil if tokens cannot be revoked
}

// newTokenVerifier makes the verifier that p asks for.
func newTokenVerifier(p bench.Params, verification json.RawMessage, _ func(int, int)) (Verifier, error) {
	return newTokenVerifierAt(p, verification, time.Now)
}

// newTokenVerifierAt is newTokenVerifier with a clock.
func newTokenVerifierAt(p bench.Params, verification json.RawMessage, now func() time.Time) (*tokenVerifier, error) {
	i, err := implementationOf(p)
	if err != nil {
		return nil, err
	}
	return verifierAround(i.tokens, p, verification, now)
}

// NewTokenVerifier is [NewVerifier] for a JWT method whose engine this package does
// not have.
func NewTokenVerifier(m bench.Method, verification json.RawMessage, newEngine func(EngineConfig) (Engine, error)) (Verifier, error) {
	if _, err := find(m); err != nil {
		return nil, err
	}
	verifier, err := verifierAround(newEngine, m.Params, verification, time.Now)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", m.ID, err)
	}
	return verifier, nil
}

// verifierAround makes an engine and what stands around it.
func verifierAround(newEngine func(EngineConfig) (Engine, error), p bench.Params, verification json.RawMessage, now func() time.Time) (*tokenVerifier, error) {
	material, err := ReadVerification("verification material", bytes.NewReader(verification))
	if err != nil {
		return nil, err
	}
	v := &tokenVerifier{now: now, ttl: p.Duration("cache_ttl")}
	if v.engine, err = engineOf(newEngine, p, EngineConfig{Algorithm: p.Text("alg"), Material: material, Now: now}); err != nil {
		return nil, err
	}
	if size := p.Int("cache_size"); size > 0 {
		if v.cache, err = store.NewCache[tokenKey, Identity](size); err != nil {
			return nil, err
		}
	}
	if p.Text("revocation") == "denylist" {
		v.denied = store.NewDenylist(material.Revoked)
	}
	return v, nil
}

// engineOf makes an engine with the keys of its material, or one that fetches them.
func engineOf(newEngine func(EngineConfig) (Engine, error), p bench.Params, c EngineConfig) (Engine, error) {
	if p.Text("keys") != fetchedKeys {
		return newEngine(c)
	}
	fetch, err := keySetFetch(c.Material.KeySet)
	if err != nil {
		return nil, err
	}
	return newFetched(newEngine, c, fetch)
}

// Lookups returns what the cache was asked so far.
func (v *tokenVerifier) Lookups() bench.Lookups { return v.counts.Sum() }

// Scheme implements Verifier.
func (*tokenVerifier) Scheme() string { return bearer.scheme }

// KeySet counts the fetches of the key set, nil for keys that are not fetched.
func (v *tokenVerifier) KeySet() *bench.KeySetCounters {
	if f, ok := v.engine.(*fetched); ok {
		return f.counters()
	}
	return nil
}

// Verify implements Verifier.
func (v *tokenVerifier) Verify(r bench.Request) bench.Decision {
	token, reason := bearer.read(r)
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	who, reason := v.identify(token, r)
	switch reason {
	case bench.ReasonNone:
	case bench.ReasonUnavailable:
		return bench.Decision{Outcome: bench.Fail, Reason: reason}
	default:
		return deny(reason)
	}
	// The denylist is asked about remembered tokens too: what is revoked is refused
	// at once. A cache of decisions, which would save that look-up as well, would
	// let revoked tokens in for as long as an entry lives.
	switch {
	case v.denied == nil:
	case who.ID == "": // it could never be taken back
		return deny(bench.ReasonMalformed)
	case v.denied.Holds(who.ID):
		return deny(bench.ReasonRevoked)
	}
	return allow(who.Subject, who.Tenant)
}

// identify asks the cache, then the engine. Only good tokens are remembered, under
// the digest of every byte of them, until the entry's time or their own is over.
func (v *tokenVerifier) identify(token []byte, r bench.Request) (Identity, bench.Reason) {
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
	v.cache.Put(key, who.clone(), until)
	return who, bench.ReasonNone
}

// clone is the identity with texts of its own.
func (i Identity) clone() Identity {
	i.Subject, i.Tenant, i.ID = strings.Clone(i.Subject), strings.Clone(i.Tenant), strings.Clone(i.ID)
	return i
}
