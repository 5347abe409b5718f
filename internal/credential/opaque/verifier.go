package opaque

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// Verifier looks keys up.
type Verifier struct {
	at    credential.Carrier
	path  lookupPath
	below interface { // what path asks in the end
		store.Records
		store.Revoker
	}
	ring *keyring
	now  func() time.Time
}

// NewVerifier makes the verifier of keys of a form, which stand in a carrier, of what
// their issuer's Verification returned.
func NewVerifier(at credential.Carrier, form Form, p bench.Params, verification json.RawMessage, loading func(done, total int)) (*Verifier, error) {
	return newVerifierAt(at, form, p, verification, loading, time.Now)
}

// newVerifierAt is NewVerifier with a clock.
func newVerifierAt(at credential.Carrier, form Form, p bench.Params, verification json.RawMessage, loading func(done, total int), now func() time.Time) (*Verifier, error) {
	ring, place, err := readKeyMaterial(form, verification)
	if err != nil {
		return nil, err
	}
	if want := p.Text("hash"); want != "" && want != ring.Hash {
		return nil, fmt.Errorf("the keys were minted for hash %s, not for %s", ring.Hash, want)
	}
	v := &Verifier{at: at, ring: ring, now: now}
	if WantedStore(p) != nil {
		v.below, err = openStore(place)
	} else {
		v.below, err = ring.inMemory(loading)
	}
	if err != nil {
		return nil, err
	}
	if v.path, err = newLookupPath(p, v.below, ring, now); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// Store counts the look-ups in a store, nil for records in memory.
func (v *Verifier) Store() *bench.StoreCounters {
	s, ok := v.below.(store.Store)
	if !ok {
		return nil
	}
	c := s.Counters()
	return &c
}

// Revoke takes the key of a valid credential back, by its index.
func (v *Verifier) Revoke(index int) error {
	id, _, _ := v.ring.draw(nil, bench.Valid, index)
	if err := v.below.Revoke(id); err != nil {
		return fmt.Errorf("take a key back: %w", err)
	}
	return nil
}

// Close gives the store's connections and files back.
func (v *Verifier) Close() error {
	if s, ok := v.below.(store.Store); ok {
		return s.Close()
	}
	return nil
}

// Lookups returns what became of the questions to what stands before the store.
func (v *Verifier) Lookups() bench.Lookups { return v.path.lookups() }

// Scheme names "ApiKey" for X-API-Key: no registered scheme says that, and a
// refusal must name one.
func (v *Verifier) Scheme() string {
	if v.at.Scheme == "" {
		return "ApiKey"
	}
	return v.at.Scheme
}

func (v *Verifier) Verify(r bench.Request) bench.Decision {
	sent, reason := v.at.Read(r)
	if reason != bench.ReasonNone {
		return credential.Deny(reason)
	}
	id, hashed, ok := v.ring.form.Parse(r, sent)
	if !ok {
		return credential.Deny(bench.ReasonMalformed)
	}
	record, known, err := v.path.records.Lookup(id)
	if err != nil { // nobody knows whose key it is, or whether it was taken back
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	}
	// An unknown id costs the same hash and comparison, against the zero record: the
	// time does not tell which ids exist.
	same := v.ring.hash.matches(record, hashed)
	switch {
	case !known:
		return credential.Deny(bench.ReasonUnknown)
	case !same:
		return credential.Deny(bench.ReasonBadSignature)
	case record.Status != store.Active:
		return credential.Deny(bench.ReasonRevoked)
	case v.now().Unix() >= record.Expires:
		return credential.Deny(bench.ReasonExpired)
	case record.Scopes&store.ScopeRead == 0:
		return credential.Deny(bench.ReasonScope)
	}
	return credential.Allow(record.Subject, record.Tenant)
}
