package auth

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/credential/store"
)

// apikeyMethod: a key that the server looks up.
func apikeyMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "apikey", Summary: "API key, looked up by its public id", Reference: "-",
			Params: slices.Concat([]bench.ParamSpec{
				{
					Name: "header", Values: []string{"authorization", "x-api-key"}, Default: "authorization",
					Doc: "field that carries the key: Authorization: Bearer …, or X-API-Key",
				},
				{
					Name: "hash", Values: keyHashes(), Default: sha256Hash,
					Doc: "what is stored of a key: sha256; hmac-sha256, with a secret of the server's (a pepper); bcrypt or argon2id, which are for passwords and only show what they cost",
				},
			}, storeParams(), frontParams()),
			Check:   func(p bench.Params) *bench.Problem { return cmp.Or(checkStore(p), checkCache(p)) },
			Field:   func(p bench.Params) string { return keyCarrier(p).field },
			Classes: keyClasses(),
		},
		verifying: append(paramNames(storeParams()), paramNames(frontParams())...),
		issuer:    func(i issue) (Issuer, error) { return newKeyIssuer("apikey", keyCarrier(i.params), i) },
		verifier: func(p bench.Params, verification json.RawMessage, loading func(done, total int)) (Verifier, error) {
			return newKeyVerifier(keyCarrier(p), p, verification, loading)
		},
		revokes: true,
	}
}

// keyClasses are the classes of credentials that lead to a record.
func keyClasses() []bench.Class {
	return []bench.Class{bench.Valid, bench.Expired, bench.Revoked, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized}
}

// keyCarrier returns where the keys travel.
func keyCarrier(p bench.Params) carrier {
	if p.Text("header") == "x-api-key" {
		return carrier{field: "X-API-Key"}
	}
	return bearer
}

// keyIssuer mints API keys, and whatever else is made as they are.
type keyIssuer struct {
	carrier
	method string
	ring   *keyring
	// minted are the keys whose hash was computed, where hashes are slow: each when
	// it is first asked for.
	minted struct {
		sync.Mutex // guards hashes
		hashes     map[keyName]string
	}
}

var _ Deriver = (*keyIssuer)(nil)

func newKeyIssuer(method string, at carrier, i issue) (Issuer, error) {
	ring, err := newKeyring(keyring{Secret: i.secret[:], Count: i.count, Issued: i.now, Hash: cmp.Or(i.params.Text("hash"), sha256Hash)})
	if err != nil {
		return nil, err
	}
	out := &keyIssuer{carrier: at, method: method, ring: ring}
	out.minted.hashes = map[keyName]string{}
	return out, nil
}

func (i *keyIssuer) Field() string { return i.field }

func (i *keyIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if !slices.Contains(keyClasses(), class) {
		return nil, errClass(i.method, class)
	}
	if !i.has(class, index) {
		return nil, errIndex(class, index)
	}
	if slow := i.ring.slow(); slow != nil {
		if err := i.mint(slow, class, index); err != nil {
			return nil, err
		}
	}
	return i.Derive(dst, class, index), nil
}

// oversize makes a key larger than a server should look at.
var oversize = bytes.Repeat([]byte(base62[:1]), maxCredential)

// Derive implements Deriver.
func (i *keyIssuer) Derive(dst []byte, class bench.Class, index int) []byte {
	dst = i.carrier.append(dst)
	switch class {
	case bench.Forged: // the id of a valid key with another secret
		id, _, dst := i.ring.draw(dst, bench.Valid, index)
		_, secret, dst := i.ring.draw(dst, bench.Forged, index)
		return appendKey(dst, id, &secret)
	case bench.Malformed: // a valid key with the last digit mistyped
		dst, _ = i.ring.appendKey(dst, bench.Valid, index)
		last := &dst[len(dst)-1]
		*last = base62[(digitOf(*last)+1)%len(base62)]
		return dst
	case bench.Oversized: // a valid key with digits behind it
		dst, _ = i.ring.appendKey(dst, bench.Valid, index)
		return append(dst, oversize...)
	default:
		dst, _ = i.ring.appendKey(dst, class, index)
		return dst
	}
}

func (i *keyIssuer) has(class bench.Class, index int) bool {
	limit := i.ring.Count
	if class == bench.Expired || class == bench.Revoked {
		limit = i.ring.bad()
	}
	return index >= 0 && index < limit
}

// mint computes the hash that a credential leads a server to, once.
func (i *keyIssuer) mint(slow slowHash, class bench.Class, index int) error {
	name := keyName{class, index}
	switch class {
	case bench.Unknown, bench.Malformed, bench.Oversized:
		return nil // to none
	case bench.Forged:
		name.Class = bench.Valid
	}
	i.minted.Lock()
	_, done := i.minted.hashes[name]
	i.minted.Unlock()
	if done {
		return nil
	}
	key, _ := i.ring.appendKey(nil, name.Class, name.Index)
	hash, err := slow.text(key)
	if err != nil {
		return fmt.Errorf("hash an API key: %w", err)
	}
	i.minted.Lock()
	defer i.minted.Unlock()
	i.minted.hashes[name] = hash
	return nil
}

// known is the keyring with what was minted.
func (i *keyIssuer) known() *keyring {
	i.minted.Lock()
	defer i.minted.Unlock()
	ring := *i.ring
	for name, hash := range i.minted.hashes {
		ring.Minted = append(ring.Minted, mintedKey{name, hash})
	}
	return &ring
}

func (i *keyIssuer) Verification() (json.RawMessage, error) { return json.Marshal(i.known()) }

func (i *keyIssuer) Published() (json.RawMessage, error) {
	v := Verification{Method: i.method, Field: i.field, Scheme: i.scheme, Cookie: i.cookie, Hash: i.ring.Hash}
	if h, peppered := i.ring.hash.(pepperedHash); peppered {
		v.Pepper = h.pepper
	}
	for block := range i.known().records {
		for _, r := range block {
			v.APIKeys = append(v.APIKeys, publishedKey(r, i.ring.Hash))
		}
	}
	return v.Encode()
}

func (i *keyIssuer) records() iter.Seq[[]store.Record] { return i.known().records }

func (i *keyIssuer) SigningKeys() (json.RawMessage, error) {
	return SigningKeys{Secret: i.ring.Secret}.encode()
}

// keyVerifier looks keys up.
type keyVerifier struct {
	carrier
	front front
	below interface { // what front asks in the end
		store.Records
		store.Revoker
	}
	ring *keyring
	now  func() time.Time
}

func newKeyVerifier(at carrier, p bench.Params, verification json.RawMessage, loading func(done, total int)) (Verifier, error) {
	return newKeyVerifierAt(at, p, verification, loading, time.Now)
}

// newKeyVerifierAt is newKeyVerifier with a clock.
func newKeyVerifierAt(at carrier, p bench.Params, verification json.RawMessage, loading func(done, total int), now func() time.Time) (*keyVerifier, error) {
	ring, place, err := readKeyMaterial(verification)
	if err != nil {
		return nil, err
	}
	if want := p.Text("hash"); want != "" && want != ring.Hash {
		return nil, fmt.Errorf("the keys were minted for hash %s, not for %s", ring.Hash, want)
	}
	v := &keyVerifier{carrier: at, ring: ring, now: now}
	if _, elsewhere := wantedStore(p); elsewhere {
		v.below, err = openStore(place)
	} else {
		v.below, err = ring.inMemory(loading)
	}
	if err != nil {
		return nil, err
	}
	if v.front, err = newFront(p, v.below, ring, now); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// inMemory derives the records of all keys.
func (k *keyring) inMemory(loading func(done, total int)) (*store.Memory, error) {
	keys := store.NewMemory(k.size())
	return keys, k.load(keys, loading)
}

// load stores all records.
func (k *keyring) load(keys *store.Memory, loading func(done, total int)) error {
	done := 0
	for block := range k.records {
		for _, r := range block {
			if err := keys.Add(r); err != nil {
				return fmt.Errorf("store an API key's record: %w", err)
			}
		}
		if done += len(block); loading != nil {
			loading(done, k.size())
		}
	}
	return nil
}

// Store counts the look-ups in a store, nil for records in memory.
func (v *keyVerifier) Store() *bench.StoreCounters {
	s, ok := v.below.(store.Store)
	if !ok {
		return nil
	}
	c := s.Counters()
	return &c
}

// Revoke takes the key of a valid credential back, by its index.
func (v *keyVerifier) Revoke(index int) error {
	id, _, _ := v.ring.draw(nil, bench.Valid, index)
	if err := v.below.Revoke(id); err != nil {
		return fmt.Errorf("take a key back: %w", err)
	}
	return nil
}

// Close gives the store's connections and files back.
func (v *keyVerifier) Close() error {
	if s, ok := v.below.(store.Store); ok {
		return s.Close()
	}
	return nil
}

// Lookups returns what became of the questions to what stands before the store.
func (v *keyVerifier) Lookups() bench.Lookups { return v.front.lookups() }

// Scheme names "ApiKey" for X-API-Key: no registered scheme says that, and a
// refusal must name one.
func (v *keyVerifier) Scheme() string {
	if v.scheme == "" {
		return "ApiKey"
	}
	return v.scheme
}

func (v *keyVerifier) Verify(r bench.Request) bench.Decision {
	key, reason := v.read(r)
	if reason != bench.ReasonNone {
		return deny(reason)
	}
	id, ok := parseKey(key)
	if !ok {
		return deny(bench.ReasonMalformed)
	}
	record, known, err := v.front.records.Lookup(id)
	if err != nil { // nobody knows whose key it is, or whether it was taken back
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	}
	// An unknown id costs the same hash and comparison, against the zero record: the
	// time does not tell which ids exist.
	same := v.ring.hash.matches(record, key)
	switch {
	case !known:
		return deny(bench.ReasonUnknown)
	case !same:
		return deny(bench.ReasonBadSignature)
	case record.Status != store.Active:
		return deny(bench.ReasonRevoked)
	case v.now().Unix() >= record.Expires:
		return deny(bench.ReasonExpired)
	case record.Scopes&store.ScopeRead == 0:
		return deny(bench.ReasonScope)
	}
	return allow(record.Subject, record.Tenant)
}
