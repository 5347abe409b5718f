package bench

import "time"

// Facts are what is true of a method by its design, with its parameters. A run writes them
// into its result, so that judging and reports need not know the method.
type Facts struct {
	// Title is what people call it; empty: its ID.
	Title string `json:"title,omitempty"`
	// Step says how far a method goes that protects nothing and serves to take the cost of
	// others apart; empty for one that protects.
	Step Stage `json:"step,omitempty"`
	// Asks is whom the server asks about each credential.
	Asks Asked `json:"asks,omitempty"`
	// Revocation is how a credential is taken back before it expires.
	Revocation RevocationKind `json:"revocation,omitempty"`
	// RevocationLag is for how long, by design, a server may go on to let a credential in
	// that was taken back, in ns. It says nothing where Revocation is by expiry.
	RevocationLag int64 `json:"revocation_lag_ns,omitempty"`
	// RevocationBound is for how long it may do so at most, in ns, where a server that does not
	// hear of revocations goes on for a while, and then lets nobody in; 0: RevocationLag.
	RevocationBound int64 `json:"revocation_bound_ns,omitempty"`
	// KeyRemovalLag is for how long, by design, a server that fetches its keys may go on to let
	// in what a key signed that its issuer removed, in ns; 0: it fetches none.
	KeyRemovalLag int64 `json:"key_removal_lag_ns,omitempty"`
	// Memory is for how long a server remembers what it found out about a credential, in ns; 0:
	// it asks, or verifies, each time.
	Memory int64 `json:"memory_ns,omitempty"`
	// Renewal is how clients keep a credential of a short life, nothing where each has one for
	// the whole run.
	Renewal Renewal `json:"renewal,omitzero"`
	// Minter is who can make a credential that is let in.
	Minter Minter `json:"minter,omitempty"`
	// Bound says that a credential is of no use without a key that only its holder has.
	Bound bool `json:"bound,omitempty"`
}

// Longest is for how long a credential that was taken back may be let in at most, whatever
// becomes of those that know of it.
func (f Facts) Longest() time.Duration {
	return time.Duration(max(f.RevocationLag, f.RevocationBound))
}

// In returns the facts of the way in which an event takes a credential back.
func (f Facts) In(e Event) Facts {
	if e == RemoveKey {
		f.Revocation, f.RevocationLag, f.RevocationBound = RevokedByKey, f.KeyRemovalLag, 0
	}
	return f
}

// Fetched reports whether servers learn by fetching, every so often, what was taken back,
// whoever is asked for: revocations that wait for one fetch end together. In the facts of
// [Facts.In].
func (f Facts) Fetched() bool {
	return f.RevocationLag > 0 && (f.Revocation == RevokedByList || f.Revocation == RevokedByKey)
}

// Takes reports whether an event can take a credential back while the servers run: by themselves,
// by the issuer that they ask, or hear from, or whose keys they fetch.
func (f Facts) Takes(e Event) bool {
	if e == RemoveKey {
		return f.KeyRemovalLag > 0
	}
	switch f.Revocation {
	case RevokedByRecord, RevokedByIssuer, RevokedByList, RevokedByExchange:
		return true
	}
	return false
}

// Renewal is how the holder of a credential of a short life keeps one: it fetches the next
// while the one before is good.
type Renewal struct {
	// Lifetime is how long each is good, in ns; its end is rounded up to a whole second.
	Lifetime int64 `json:"lifetime_ns"`
	// After is how long after one the holder fetches the next, in ns, and Jitter the share of
	// that by which it may do so earlier, at random.
	After  int64   `json:"after_ns"`
	Jitter float64 `json:"jitter,omitempty"`
}

// Protects reports whether the method refuses anybody.
func (f Facts) Protects() bool { return f.Step == "" }

// Stage is how far a method goes that protects nothing.
type Stage string

const (
	StageRequest   Stage = "request"   // no credential is sent
	StageTransport Stage = "transport" // a credential is sent and ignored
	StageParsing   Stage = "parsing"   // it is decoded, and not verified
)

// Asked is whom a server asks about each credential.
type Asked string

const (
	AskedNobody Asked = "nobody" // the credential says all that there is to know
	AskedMemory Asked = "memory" // records in its own memory
	AskedStore  Asked = "store"  // a store: a file, or a server behind a connection
	AskedIssuer Asked = "issuer" // who issued it
)

// RevocationKind is how a credential is taken back.
type RevocationKind string

const (
	RevokedByExpiry RevocationKind = "expiry"   // not before it expires
	RevokedByRecord RevocationKind = "record"   // its record says so
	RevokedByList   RevocationKind = "denylist" // its id is put on a list
	RevokedByIssuer RevocationKind = "issuer"   // its issuer says so when it is asked
	RevokedByKey    RevocationKind = "key"      // its key is taken out of the key set
	// RevokedByExchange: the secret that it was exchanged for is taken back at the issuer; it
	// lives on until it expires.
	RevokedByExchange RevocationKind = "exchange"
)

// Minter is who can make a credential that is let in.
type Minter string

const (
	MintedByIssuer Minter = "issuer" // the issuer alone
	MintedByServer Minter = "server" // every server that verifies it as well: the key is shared
)
