// Package store holds what a verifier asks: the records of API keys, the ids of
// revoked tokens, and verdicts that it reached before. What flows in: records and
// ids, once, at start; verdicts, as they are reached. What flows out: the record of
// a public id, whether an id is revoked, a verdict that is still good.
//
//  1. [Fill] puts records into a file or a server, once per run; a [Memory] and a
//     [Denylist] are filled in the process that asks them.
//  2. [Open] opens a [Place] for lookups, bounds each in time, and counts it.
//  3. [CachedRecords] and [FilteredRecords] may stand before a store. Whoever looks
//     records up sees [Records] alone.
//  4. A lookup without an answer is an error: who gets it must let nobody in.
package store

import "errors"

// Records finds what is kept of API keys. It is safe for concurrent use.
type Records interface {
	// Lookup returns the record of an id, and whether there is one. An error says
	// that this could not be found out, and is one of [ErrUnavailable] and
	// [ErrCorrupt]: who gets it must let nobody in.
	Lookup(id uint64) (r Record, known bool, err error)
}

// Revoker is a store in which a key can be taken back. It is safe for concurrent use,
// also with look-ups.
type Revoker interface {
	// Revoke sets the status of an id's record. Look-ups that begin later see it. The
	// error is [ErrReadOnly] where the store's kind does not let it.
	Revoke(id uint64) error
}

var (
	errUnknown   = errors.New("the store has no record of this id")
	errFull      = errors.New("the store is full")
	errDuplicate = errors.New("the store has a record of this id")
	errRecord    = errors.New("the record has no id, or a subject or a hash of more than 255 bytes")

	// ErrUnavailable: the store did not answer, or not in time.
	ErrUnavailable = errors.New("the store is not available")
	// ErrReadOnly: the store is not written to while it is asked.
	ErrReadOnly = errors.New("the store is not written to while it is asked")
	// ErrCorrupt: what the store holds under the id is not a record of it.
	ErrCorrupt = errors.New("the store holds a corrupt record")
)

// Digest is a hash of 32 bytes of a whole API key, in the form in which it is sent.
type Digest [32]byte

// Status is what the issuer says of a key.
type Status uint8

const (
	// Revoked is the zero value, so that a record without a status is refused.
	Revoked Status = iota
	// Active keys may be used until they expire.
	Active
)

// Scopes are what a key may be used for, one bit each.
type Scopes uint16

// ScopeRead lets a key read, which is all that the built-in target offers.
const ScopeRead Scopes = 1

// Record is what is kept of an API key: never the key itself.
type Record struct {
	// ID is the public id; it is not zero.
	ID     uint64
	Digest Digest
	// Hash takes Digest's place where the hash has a salt and parameters: their
	// text and its own, at most 255 bytes.
	Hash    string
	Subject string // at most 255 bytes
	Tenant  string
	Scopes  Scopes
	Status  Status
	// Expires is when the key ceases to be valid, in Unix seconds.
	Expires int64
}
