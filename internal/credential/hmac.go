package credential

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"hash"
	"sync"
)

// HMAC computes MACs (RFC 2104). It keeps states that have taken the key in: doing that for each token
// would cost as much again as the token.
type HMAC struct{ states sync.Pool }

// hmacState is a MAC and where its sum goes.
type hmacState struct {
	mac hash.Hash
	sum [sha512.Size]byte
}

// NewHMAC makes MACs with a key.
func NewHMAC(h crypto.Hash, key []byte) *HMAC {
	return &HMAC{sync.Pool{New: func() any { return &hmacState{mac: hmac.New(h.New, key)} }}}
}

// Verify compares the MAC of input with signature, in constant time.
func (p *HMAC) Verify(input, signature []byte) bool {
	s := p.states.Get().(*hmacState)
	s.mac.Reset()
	s.mac.Write(input)
	same := subtle.ConstantTimeCompare(s.mac.Sum(s.sum[:0]), signature) == 1
	p.states.Put(s)
	return same
}

// Sum256 returns the MAC of input, of a hash with 32 bytes.
func (p *HMAC) Sum256(input []byte) [sha256.Size]byte {
	s := p.states.Get().(*hmacState)
	s.mac.Reset()
	s.mac.Write(input)
	sum := [sha256.Size]byte(s.mac.Sum(s.sum[:0]))
	p.states.Put(s)
	return sum
}
