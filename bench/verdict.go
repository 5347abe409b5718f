package bench

// Class is what a credential is to the server that receives it.
type Class string

// The credential classes. Each but Valid must be refused.
const (
	// Valid must be let in.
	Valid Class = "valid"
	// Expired was good until a time in the past.
	Expired Class = "expired"
	// Revoked was good until the issuer took it back.
	Revoked Class = "revoked"
	// Forged names something real (a key id, a signing key) and fails its proof:
	// a wrong secret, a bad signature.
	Forged Class = "forged"
	// Unknown is well formed but was never issued: an unknown key id, a token
	// signed with a key that is not in the set.
	Unknown Class = "unknown"
	// Malformed does not parse.
	Malformed Class = "malformed"
	// Oversized is forged, and larger than a server should look at.
	Oversized Class = "oversized"
	// Nested is forged, and nested deeper than a parser should follow.
	Nested Class = "nested"
)

// Classes lists every class; a class's index here is its number wherever a
// compact form is needed.
var Classes = [...]Class{Valid, Expired, Revoked, Forged, Unknown, Malformed, Oversized, Nested}

// Hostile reports whether credentials of the class are made to cost the server
// more than a mistake does. Populations have them only where they are asked for.
func (c Class) Hostile() bool { return c == Oversized || c == Nested }

// Index returns the position of c in [Classes], -1 for an unknown class.
func (c Class) Index() int {
	for i, known := range Classes {
		if c == known {
			return i
		}
	}
	return -1
}

// DefaultExpect returns the statuses that are right for a class where the
// scenario does not say otherwise: 200 for valid credentials, 401 for others
// (RFC 9110 §15.5.2).
func DefaultExpect(c Class) Statuses {
	if c == Valid {
		return Statuses{200}
	}
	return Statuses{401}
}

// Request is what a verifier may look at. Every slice is valid only until the
// verifier returns, but for that of Room.
type Request interface {
	// Method returns the request method, as sent.
	Method() []byte
	// Target returns the request target, as sent.
	Target() []byte
	// Values returns all values of a header field, in the order received.
	Values(field string) [][]byte
	// Room returns n bytes to work in, of any content. They are valid until the
	// request is answered, or Room is called again: the texts of the decision may
	// lie in them, which saves a verifier the allocation of strings.
	Room(n int) []byte
}

// Outcome is what became of a request.
type Outcome uint8

const (
	// Deny is the zero value, so that a forgotten decision refuses.
	Deny Outcome = iota
	// Allow lets the request in.
	Allow
	// Fail means that the verifier could not decide; it is never let in.
	Fail
)

// Decision is a verifier's answer. Subject and Tenant say who was let in and are
// empty otherwise. They are valid until the request is answered, as they may lie
// in its Room.
type Decision struct {
	Outcome Outcome
	Reason  Reason
	Subject string
	Tenant  string
}

// Reason says why a request was not let in. The enumeration is closed: reasons
// are counted, and none carries any part of a credential.
type Reason uint8

// The reasons. ReasonNone goes with Allow.
const (
	ReasonNone Reason = iota
	ReasonMissing
	ReasonDuplicate
	ReasonMalformed
	ReasonTooLarge
	ReasonUnknown
	ReasonBadSignature
	ReasonWrongAlgorithm
	ReasonUnknownKey
	ReasonExpired
	ReasonNotYetValid
	ReasonWrongIssuer
	ReasonWrongAudience
	ReasonRevoked
	ReasonScope
	ReasonUnavailable
	// ReasonBadProof: the proof that a holder makes for each request is none of this one.
	ReasonBadProof
	// ReasonReplayed: what holds for one request came with another before.
	ReasonReplayed
	ReasonCount // how many there are
)

var reasonNames = [ReasonCount]string{
	"none", "missing", "duplicate", "malformed", "too_large", "unknown",
	"bad_signature", "wrong_algorithm", "unknown_key", "expired",
	"not_yet_valid", "wrong_issuer", "wrong_audience", "revoked", "scope",
	"unavailable", "bad_proof", "replayed",
}

// String returns the reason's name as counters and reports show it.
func (r Reason) String() string {
	if r < ReasonCount {
		return reasonNames[r]
	}
	return "invalid"
}

// Status returns the HTTP status that a decision gets: 200; 503 if the verifier
// could not decide; 400 for two credentials at once; 403 for a good credential
// without the right scope; 401 for everything else.
func (d Decision) Status() int {
	switch {
	case d.Outcome == Allow:
		return 200
	case d.Outcome == Fail:
		return 503
	case d.Reason == ReasonDuplicate:
		return 400
	case d.Reason == ReasonScope:
		return 403
	}
	return 401
}
