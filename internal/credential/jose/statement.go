package jose

import "authbench/bench"

// Statements verifies JWTs that are no credentials, such as what an issuer says of a token.
// Their typ tells them from others that the same key signs (RFC 8725 §3.11). It is safe for
// concurrent use.
type Statements struct{ headers headers }

// NewStatements verifies JWTs of a type with one key, which names its algorithm. typ is
// without "application/".
func NewStatements(typ string, key JWK) (*Statements, error) {
	alg, err := MustAlgorithm(key.Algorithm)
	if err != nil {
		return nil, err
	}
	strong, err := key.strongKey(alg)
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

// Claims returns what a good signature covers. It judges no claim.
func (s *Statements) Claims(jwt []byte) ([]byte, bench.Reason) {
	return s.headers.payload(jwt, make([]byte, len(jwt)))
}
