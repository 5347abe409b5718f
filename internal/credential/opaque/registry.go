package opaque

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"authbench/internal/credential/store"
)

// Registry is what an issuer of opaque tokens knows of them: those of a run, and those that
// it mints while it serves. It is safe for concurrent use.
type Registry struct {
	ring *keyring
	run  *store.Memory // of the run's tokens
	mu   sync.RWMutex  // guards own
	own  map[uint64]store.Record
}

// errForeign: nobody can take back what the registry does not know.
var errForeign = errors.New("the registry has no such token")

// mostMinted bounds the tokens that are minted while an issuer serves: each takes some 200
// bytes of its memory.
const mostMinted = 1_000_000

// NewRegistry makes the registry of what an issuer's Verification returned.
func NewRegistry(verification json.RawMessage) (*Registry, error) {
	ring, _, err := readKeyMaterial(Keys{}, verification)
	if err != nil {
		return nil, err
	}
	if ring.slow() != nil {
		return nil, fmt.Errorf("a registry of tokens takes no slow hash, such as %s", ring.Hash)
	}
	run, err := ring.inMemory(nil)
	if err != nil {
		return nil, err
	}
	return &Registry{ring: ring, run: run, own: map[uint64]store.Record{}}, nil
}

// Find returns the record of a token, and whether there is one. It says nothing about
// whether the token is good.
func (r *Registry) Find(token []byte) (store.Record, bool) {
	id, hashed, ok := r.ring.form.Parse(nil, token)
	if !ok {
		return store.Record{}, false
	}
	record, known, _ := r.run.Lookup(id) // memory never fails
	if !known {
		r.mu.RLock()
		record, known = r.own[id]
		r.mu.RUnlock()
	}
	// An unknown id costs the same: the time does not tell which ids exist.
	same := r.ring.hash.matches(record, hashed)
	return record, known && same
}

// Revoke takes a token back.
func (r *Registry) Revoke(token []byte) error {
	record, known := r.Find(token)
	if !known {
		return errForeign
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if own, minted := r.own[record.ID]; minted {
		own.Status = store.Revoked
		r.own[record.ID] = own
		return nil
	}
	return r.run.Revoke(record.ID)
}

// Mint issues a token, which Find knows from then on: subject, tenant, scopes and expiry
// are the record's.
func (r *Registry) Mint(of store.Record) ([]byte, error) {
	var drawn [8 + SecretSize]byte
	rand.Read(drawn[:]) // never fails (crypto/rand)
	of.ID = binary.BigEndian.Uint64(drawn[:])
	secret := [SecretSize]byte(drawn[8:])
	quick, ok := r.ring.hash.(quickHash)
	if !ok {
		return nil, fmt.Errorf("tokens are not hashed with %s", r.ring.Hash)
	}
	of.Digest, of.Status = quick.digest(r.ring.form.AppendHashed(nil, of.ID, secret)), store.Active
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.own) >= mostMinted {
		return nil, fmt.Errorf("the issuer has minted %d tokens, and takes no more", mostMinted)
	}
	r.own[of.ID] = of
	return r.ring.form.Append(nil, of.ID, secret), nil
}
