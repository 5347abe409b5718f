package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"authbench/bench"
	"authbench/internal/store"
)

// apikeyMethod: a key that the server looks up.
func apikeyMethod() method {
	return method{
		MethodSpec: bench.MethodSpec{
			ID: "apikey", Summary: "API key, looked up by its public id", Reference: "-",
			Params: append([]bench.ParamSpec{{
				Name: "header", Values: []string{"authorization", "x-api-key"}, Default: "authorization",
				Doc: "field that carries the key: Authorization: Bearer …, or X-API-Key",
			}}, storeParams()...),
			Classes: []bench.Class{bench.Valid, bench.Expired, bench.Revoked, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized},
			Check:   checkStore,
		},
		verifying: storeParamNames(),
		issuer:    newKeyIssuer,
		verifier:  newKeyVerifier,
	}
}

// keyCarrier returns where the keys travel.
func keyCarrier(p bench.Params) carrier {
	if p.Text("header") == "x-api-key" {
		return carrier{field: "X-API-Key"}
	}
	return bearer
}

// keyIssuer mints API keys.
type keyIssuer struct {
	carrier
	ring *keyring
}

func newKeyIssuer(i issue) (Issuer, error) {
	ring, err := newKeyring(i.secret, i.count, i.now)
	return &keyIssuer{keyCarrier(i.params), ring}, err
}

func (i *keyIssuer) Field() string { return i.field }

func (i *keyIssuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if !i.has(class, index) {
		return nil, errIndex(class, index)
	}
	dst = i.carrier.append(dst)
	switch class {
	case bench.Forged: // the id of a valid key with another secret
		id, _ := i.ring.draw(bench.Valid, index)
		_, secret := i.ring.draw(bench.Forged, index)
		return appendKey(dst, id, &secret), nil
	case bench.Malformed: // a valid key with the last digit mistyped
		dst, _ = i.ring.appendKey(dst, bench.Valid, index)
		last := &dst[len(dst)-1]
		*last = base62[(digitOf(*last)+1)%len(base62)]
		return dst, nil
	case bench.Oversized: // a valid key with digits behind it
		dst, _ = i.ring.appendKey(dst, bench.Valid, index)
		return append(dst, bytes.Repeat([]byte(base62[:1]), maxCredential)...), nil
	case bench.Valid, bench.Expired, bench.Revoked, bench.Unknown:
		dst, _ = i.ring.appendKey(dst, class, index)
		return dst, nil
	}
	return nil, errClass("apikey", class)
}

func (i *keyIssuer) has(class bench.Class, index int) bool {
	limit := i.ring.Count
	if class == bench.Expired || class == bench.Revoked {
		limit = i.ring.bad()
	}
	return index >= 0 && index < limit
}

func (i *keyIssuer) Verification() (json.RawMessage, error) { return json.Marshal(i.ring) }

func (i *keyIssuer) Published() (json.RawMessage, error) {
	v := Verification{Method: "apikey", Field: i.field, Scheme: i.scheme}
	for _, c := range i.ring.issued() {
		for index := range c.count {
			v.APIKeys = append(v.APIKeys, publishedKey(i.ring.record(c.class, index)))
		}
	}
	return v.Encode()
}

func (i *keyIssuer) records() iter.Seq[[]store.Record] { return i.ring.records }

func (i *keyIssuer) SigningKeys() (json.RawMessage, error) {
	return SigningKeys{Secret: i.ring.Secret}.encode()
}

// keyVerifier looks keys up.
type keyVerifier struct {
	carrier
	keys store.Records
	now  func() time.Time
}

func newKeyVerifier(p bench.Params, verification json.RawMessage) (Verifier, error) {
	if _, elsewhere := wantedStore(p); elsewhere {
		keys, err := openStore(verification)
		return &keyVerifier{keyCarrier(p), keys, time.Now}, err
	}
	keys, err := keysInMemory(verification)
	return &keyVerifier{keyCarrier(p), keys, time.Now}, err
}

// keysInMemory derives the records of all keys from the issuer's secret.
func keysInMemory(verification json.RawMessage) (*store.Memory, error) {
	var given keyring
	if err := json.Unmarshal(verification, &given); err != nil || len(given.Secret) != 32 || given.Count < 1 || given.Count > maxKeys {
		return nil, errors.New("the verification material is not an API key issuer's")
	}
	ring, err := newKeyring([32]byte(given.Secret), given.Count, given.Issued)
	if err != nil {
		return nil, err
	}
	keys := store.NewMemory(ring.Count + 2*ring.bad())
	return keys, ring.load(keys)
}

// Store counts the look-ups in a store, nil for records in memory.
func (v *keyVerifier) Store() *bench.StoreCounters {
	s, ok := v.keys.(store.Store)
	if !ok {
		return nil
	}
	c := s.Counters()
	return &c
}

// Close gives the store's connections and files back.
func (v *keyVerifier) Close() error {
	if s, ok := v.keys.(store.Store); ok {
		return s.Close()
	}
	return nil
}

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
	record, known, err := v.keys.Lookup(id)
	if err != nil { // nobody knows whose key it is, or whether it was taken back
		return bench.Decision{Outcome: bench.Fail, Reason: bench.ReasonUnavailable}
	}
	// An unknown id costs the same digest and comparison, against zeros: the time
	// does not tell which ids exist.
	digest := sha256.Sum256(key)
	same := subtle.ConstantTimeCompare(digest[:], record.Digest[:]) == 1
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
