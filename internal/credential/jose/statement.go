package jose

import (
	"time"

	"authbench/bench"
)

// Statements verifies JWTs that are no credentials, such as what an issuer says of a token.
// Their typ tells them from others that the same key signs (RFC 8725 §3.11). It is safe for
// concurrent use.
type Statements struct{ headers headers }

// NewStatements verifies JWTs of a type with one key, which names its algorithm. typ is
// without "application/".
func NewStatements(typ string, key JWK) (*Statements, error) {
	alg, strong, err := key.strong()
	if err != nil {
		return nil, err
	}
	only := newProof(alg, strong)
	return &Statements{headers{judge: func(h joseHeader) (proof, bench.Reason) {
		switch {
		case !h.is(typ):
			return nil, bench.ReasonMalformed
		case h.kid != nil && string(h.kid) != key.KeyID:
			return nil, bench.ReasonUnknownKey
		case !alg.is(h.alg):
			return nil, bench.ReasonWrongAlgorithm
		}
		return only, bench.ReasonNone
	}}}, nil
}

// farClocks is how far the clocks of who makes a statement and who reads it may be apart, and
// for how long one that was overheard can be told again.
const farClocks = time.Minute

// Fresh returns the claims of a statement that was made just now by an issuer for an audience:
// iss, aud and iat are required, iat is no further away than farClocks, and exp and nbf, if
// they are there, hold.
func (s *Statements) Fresh(jwt []byte, now time.Time, issuer, audience string) ([]byte, bench.Reason) {
	payload, reason := s.Claims(jwt)
	if reason != bench.ReasonNone {
		return nil, reason
	}
	var c claims
	if !c.read(payload) || c.wrong {
		return nil, bench.ReasonMalformed
	}
	switch {
	case string(c.issuer) != issuer:
		return nil, bench.ReasonWrongIssuer
	case !c.isFor(audience):
		return nil, bench.ReasonWrongAudience
	case !c.issued.given:
		return nil, bench.ReasonMalformed
	case !c.issued.after(now.Add(-farClocks)), c.expires.given && !c.expires.after(now):
		return nil, bench.ReasonExpired
	case c.issued.after(now.Add(farClocks)), c.notBefore.after(now.Add(farClocks)):
		return nil, bench.ReasonNotYetValid
	}
	return payload, bench.ReasonNone
}

// Claims returns what a good signature covers. It judges no claim.
func (s *Statements) Claims(jwt []byte) ([]byte, bench.Reason) {
	return s.headers.payload(jwt, make([]byte, len(jwt)))
}
