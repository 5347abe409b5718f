package opaque

import "authbench/bench"

// Form is how the credentials of a method are written: each is made of a public id and a
// secret. It is safe for concurrent use.
type Form interface {
	// Append appends a credential as it is sent. It allocates nothing where dst has room.
	Append(dst []byte, id uint64, secret [SecretSize]byte) []byte
	// AppendHashed appends what is hashed of it.
	AppendHashed(dst []byte, id uint64, secret [SecretSize]byte) []byte
	// Parse checks how a credential is written, and returns its public id, and what is
	// hashed of it; both lie in sent or in room of the request's. The id 0 is nobody's: it
	// is for what is well written and cannot be anybody's, and must not be told from a
	// credential that is unknown.
	Parse(r bench.Request, sent []byte) (id uint64, hashed []byte, ok bool)
	// Mistype changes a credential as it is sent to one that is badly written, in place.
	Mistype(sent []byte)
}

// Keys is the form of API keys: all of a key is hashed.
type Keys struct{}

var _ Form = Keys{}

// Append implements Form.
func (Keys) Append(dst []byte, id uint64, secret [SecretSize]byte) []byte {
	return appendKey(dst, id, &secret)
}

// AppendHashed implements Form.
func (k Keys) AppendHashed(dst []byte, id uint64, secret [SecretSize]byte) []byte {
	return k.Append(dst, id, secret)
}

// Parse implements Form.
func (Keys) Parse(_ bench.Request, sent []byte) (id uint64, hashed []byte, ok bool) {
	id, ok = parseKey(sent)
	return id, sent, ok
}

// Mistype replaces the last digit: the checksum is wrong.
func (Keys) Mistype(sent []byte) {
	last := &sent[len(sent)-1]
	*last = base62[(digitOf(*last)+1)%len(base62)]
}
