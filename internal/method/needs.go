package method

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/statuslist"
	"authbench/internal/credential/store"
)

// Needs are what a server of a method needs beside its requests and its verification
// material. Whoever starts the server provides it, meters it, and ends it.
type Needs struct {
	// Program is the program that has the verifier; the zero value is this one.
	Program Program
	// Store is where the records of the credentials are wanted; nil: nowhere, or in the
	// server's own memory. The issuer is a [Recorder] then.
	Store *store.Place
	// KeySet is set for a server that fetches its keys. The issuer is a [KeyPublisher]
	// then.
	KeySet *KeySet
	// Tokens is set for a server that asks its issuer about each token. The issuer is a
	// [TokenIssuer] then.
	Tokens bool
	// Feed is set for a server that hears from its issuer which credentials were taken
	// back. The issuer is an [Identifier] then.
	Feed bool
	// Channel is the kind of store through which the issuer of such a server publishes its
	// feed; empty: none.
	Channel store.Kind
	// StatusList is set for a server that fetches from its issuer a list of which credentials
	// were taken back. The issuer is a [StatusLister] then.
	StatusList bool
	// Exchange is set for clients that exchange a secret at the issuer for what they then
	// send, again and again. The issuer is an [Exchanger] then.
	Exchange *bench.Renewal
}

// AsksIssuer reports whether servers ask an issuer about single credentials, or which were
// taken back.
func (n Needs) AsksIssuer() bool { return n.Tokens || n.Feed || n.StatusList }

// Started is the kind of store that whoever starts the server has to start, empty for none: one
// in which its records are to be and that runs nowhere yet, or one with its channel.
func (n Needs) Started() store.Kind {
	if n.Store != nil && n.Store.URL == "" {
		return n.Store.Kind
	}
	return n.Channel
}

// Program is a program of ours beside this one.
type Program struct {
	// Name is its file's name, empty for this program.
	Name string
	// Has says what it has that this program lacks, such as "engine jwx".
	Has string
}

// KeySet is a key set that an issuer publishes (RFC 7517 §5).
type KeySet struct {
	// Rotation is how long after its publication the issuer signs with its next key, 0 if
	// it keeps the one that it has.
	Rotation time.Duration
	// Removal is for how long a server may go on to let in what a removed key signed.
	Removal time.Duration
	// Pause is how long after a fetch a server asks for no other.
	Pause time.Duration
	// Lazy says that a server does not fetch the set before a request needs it.
	Lazy bool
}

// Places say where that is which a method needs.
type Places struct {
	// Store has the records, nil if none was asked for.
	Store *store.Place
	// KeySet is the URL of the key set, empty if none was asked for.
	KeySet string
	// Introspection is where the issuer is asked about tokens (RFC 7662 §2), nil if nobody
	// is to ask.
	Introspection *credential.Endpoint
	// Feed is where the issuer tells which credentials it took back (package feed), nil if
	// nobody is to hear.
	Feed *credential.Endpoint
	// Channel is where the issuer publishes that, nil for nowhere.
	Channel *store.Place
	// StatusList is the URL of the issuer's status list (package statuslist), empty if nobody
	// is to fetch it.
	StatusList string
}

// Recorder is an issuer whose credentials have records.
type Recorder interface {
	// Records yields all of them in blocks, in any order.
	Records() iter.Seq[[]store.Record]
}

// KeyPublisher is an issuer whose keys are public.
type KeyPublisher interface {
	// PublicKeys are its keys as JWKs (RFC 7517 §4).
	PublicKeys() ([]json.RawMessage, error)
}

// TokenIssuer is an issuer whose tokens nobody understands but its own process.
type TokenIssuer interface {
	// Tokens is what that process makes its registry from (opaque.NewRegistry).
	Tokens() (json.RawMessage, error)
	// AnswerKey is the private key, as a JWK, by which it signs what it says of them if it is
	// asked to (RFC 9701).
	AnswerKey() (json.RawMessage, error)
}

// Exchanger is an issuer whose clients exchange a secret for a credential.
type Exchanger interface {
	// Exchange is the private key, as a JWK, that signs what they get, and what the issuer's
	// process makes its registry of secrets from (opaque.NewRegistry).
	Exchange() (key, secrets json.RawMessage, err error)
	// Client is the one of the index-th valid credential.
	Client(index int) (id, secret string)
}

// Identifier is an issuer whose credentials have an id each, by which they are put on a
// denylist.
type Identifier interface {
	// ID is that of the index-th valid credential.
	ID(index int) string
	// Denied are the ids of credentials that were taken back before any server ran: those
	// of class Revoked.
	Denied() []string
}

// StatusLister is an issuer whose credentials have a place each on its status list.
type StatusLister interface {
	// StatusList is what its process makes the list from. It holds the key that signs.
	StatusList() statuslist.Spec
	// Place is that of the index-th valid credential.
	Place(index int) int
}

var errNoRecords = errors.New("the method keeps no records")

// Records yields what a store must hold for an issuer's credentials to be known.
func Records(i Issuer) (iter.Seq[[]store.Record], error) {
	r, ok := i.(Recorder)
	if !ok {
		return nil, errNoRecords
	}
	return r.Records(), nil
}

// PublishedKeys returns the keys of issuers as one key set.
func PublishedKeys(issuers ...Issuer) ([]byte, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, i := range issuers {
		p, ok := i.(KeyPublisher)
		if !ok {
			return nil, errors.New("the method publishes no keys")
		}
		keys, err := p.PublicKeys()
		if err != nil {
			return nil, fmt.Errorf("publish keys: %w", err)
		}
		set.Keys = append(set.Keys, keys...)
	}
	return json.Marshal(set)
}

// Revoker is a verifier that can be told to take a single credential back, of which it has
// the record.
type Revoker interface {
	// Revoke takes the index-th valid credential back.
	Revoke(index int) error
}

// Denier is a verifier that can be told to put a credential on its denylist.
type Denier interface {
	// Deny puts the credential of an id there (see [Identifier]). It returns an error if the
	// verifier has no list, or one that is its issuer's to fill.
	Deny(id string) error
}
