package opaque

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/store"
)

// Issuer mints API keys, and whatever else is made as they are.
type Issuer struct {
	at     credential.Carrier
	method string
	ring   *keyring
	// minted are the keys whose hash was computed, where hashes are slow: each when
	// it is first asked for.
	minted struct {
		sync.Mutex // guards hashes
		hashes     map[keyName]string
	}
}

// Config is what an issuer is made from.
type Config struct {
	Secret [32]byte  // the run's
	Count  int       // of valid keys
	Now    time.Time // when they are issued
	Hash   string    // what is stored of a key; "" for sha256
	Form   Form      // how keys are written
}

// NewIssuer makes an issuer for a method, whose keys stand in a carrier.
func NewIssuer(method string, at credential.Carrier, c Config) (*Issuer, error) {
	ring, err := newKeyring(keyring{Secret: c.Secret[:], Count: c.Count, Issued: c.Now, Hash: cmp.Or(c.Hash, sha256Hash), form: c.Form})
	if err != nil {
		return nil, err
	}
	out := &Issuer{at: at, method: method, ring: ring}
	out.minted.hashes = map[keyName]string{}
	return out, nil
}

func (i *Issuer) Field() string { return i.at.Field }

func (i *Issuer) Append(dst []byte, class bench.Class, index int) ([]byte, error) {
	if !slices.Contains(Classes(), class) {
		return nil, credential.ErrClass(i.method, class)
	}
	if !i.has(class, index) {
		return nil, credential.ErrIndex(class, index)
	}
	if slow := i.ring.slow(); slow != nil {
		if err := i.mint(slow, class, index); err != nil {
			return nil, err
		}
	}
	return i.Derive(dst, class, index), nil
}

// oversize makes a key larger than a server should look at.
var oversize = bytes.Repeat([]byte(base62[:1]), credential.MaxBytes)

// Derive implements Deriver.
func (i *Issuer) Derive(dst []byte, class bench.Class, index int) []byte {
	dst = i.at.AppendPrefix(dst)
	switch class {
	case bench.Forged: // the id of a valid key with another secret
		id, _, dst := i.ring.draw(dst, bench.Valid, index)
		_, secret, dst := i.ring.draw(dst, bench.Forged, index)
		return i.ring.form.Append(dst, id, secret)
	case bench.Malformed: // a valid key, mistyped
		dst = i.ring.appendSent(dst, bench.Valid, index)
		i.ring.form.Mistype(dst)
		return dst
	case bench.Oversized: // a valid key with digits behind it
		return append(i.ring.appendSent(dst, bench.Valid, index), oversize...)
	default:
		return i.ring.appendSent(dst, class, index)
	}
}

func (i *Issuer) has(class bench.Class, index int) bool {
	limit := i.ring.Count
	if class == bench.Expired || class == bench.Revoked {
		limit = i.ring.bad()
	}
	return index >= 0 && index < limit
}

// mint computes the hash that a credential leads a server to, once.
func (i *Issuer) mint(slow slowHash, class bench.Class, index int) error {
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
	hashed, _ := i.ring.appendHashed(nil, name.Class, name.Index)
	hash, err := slow.text(hashed)
	if err != nil {
		return fmt.Errorf("hash an API key: %w", err)
	}
	i.minted.Lock()
	defer i.minted.Unlock()
	i.minted.hashes[name] = hash
	return nil
}

// known is the keyring with what was minted.
func (i *Issuer) known() *keyring {
	i.minted.Lock()
	defer i.minted.Unlock()
	ring := *i.ring
	for name, hash := range i.minted.hashes {
		ring.Minted = append(ring.Minted, mintedKey{name, hash})
	}
	return &ring
}

// Verification is what a verifier of the keys is made from, whose records are in a place,
// or in its memory if that is nil.
func (i *Issuer) Verification(at *store.Place) (json.RawMessage, error) {
	return json.Marshal(keyMaterial{*i.known(), at})
}

func (i *Issuer) Published() (json.RawMessage, error) {
	v := document.Verification{Method: i.method, Field: i.at.Field, Scheme: i.at.Scheme, Cookie: i.at.Cookie, Hash: i.ring.Hash}
	if h, peppered := i.ring.hash.(pepperedHash); peppered {
		v.Pepper = h.pepper
	}
	for block := range i.known().records {
		for _, r := range block {
			v.APIKeys = append(v.APIKeys, published(r, i.ring.Hash))
		}
	}
	return v.Encode()
}

// Records yields what a store must hold for the keys to be known, in blocks.
func (i *Issuer) Records() iter.Seq[[]store.Record] { return i.known().records }

func (i *Issuer) SigningKeys() (json.RawMessage, error) {
	return document.SigningKeys{Secret: i.ring.Secret}.Encode()
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
