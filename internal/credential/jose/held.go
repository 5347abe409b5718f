package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"authbench/bench"
	"authbench/internal/credential/jose/strictjson"
)

// Held verifies JWTs whose header has the public key that verifies them: their maker proves
// that he holds the private one (RFC 9449 §4.2). Anybody can make such a JWT. Whose key it is,
// the caller finds out by its thumbprint. It is safe for concurrent use.
type Held struct {
	alg Algorithm
	typ string
}

// NewHeld verifies JWTs of a type, which is without "application/", with one algorithm, whose
// keys are of type EC or OKP.
func NewHeld(typ, algorithm string) (*Held, error) {
	alg, err := MustAlgorithm(algorithm)
	if err != nil {
		return nil, err
	}
	if alg.Key != KeyEC && alg.Key != KeyOKP {
		return nil, fmt.Errorf("keys of %s are not read from headers; choose ES256 or EdDSA", alg.Name)
	}
	return &Held{alg, typ}, nil
}

// Thumbprint is the SHA-256 of a public key (RFC 7638 §3) in base64url.
type Thumbprint [43]byte

// Verify returns what a good signature covers, and the thumbprint of the key that made it. room
// must be as long as the JWT; the payload lies in there.
func (h *Held) Verify(jwt, room []byte) (payload []byte, key Thumbprint, _ bench.Reason) {
	first, second, ok := dots(jwt)
	if !ok {
		return nil, key, bench.ReasonMalformed
	}
	header, ok := readHeader(room, jwt[:first])
	switch {
	case !ok, !header.is(h.typ):
		return nil, key, bench.ReasonMalformed
	case !h.alg.is(header.alg):
		return nil, key, bench.ReasonWrongAlgorithm
	}
	public, ok := readHeldKey(header.jwk)
	if !ok {
		return nil, key, bench.ReasonMalformed
	}
	strong, err := public.strongKey(h.alg)
	if err != nil {
		return nil, key, bench.ReasonUnknownKey
	}
	n, ok := DecodeSegment(room, jwt[second+1:])
	if !ok {
		return nil, key, bench.ReasonMalformed
	}
	if !newProof(h.alg, strong).Verify(jwt[:second], room[:n]) {
		return nil, key, bench.ReasonBadSignature
	}
	if n, ok = DecodeSegment(room, jwt[first+1:second]); !ok {
		return nil, key, bench.ReasonMalformed
	}
	return room[:n], public.Thumbprint(), bench.ReasonNone
}

// readHeldKey reads a public key from a header. A private one is no proof: whoever saw it has it.
func readHeldKey(v strictjson.Value) (k JWK, ok bool) {
	if v.Kind != strictjson.ObjectValue {
		return k, false
	}
	s := strictjson.Scanner{Data: v.Text}
	for s.Next() {
		text, isText := s.Value.Content()
		ok := isText
		switch string(s.Name) {
		case "kty":
			k.KeyType = KeyType(text)
		case "crv":
			k.Curve = string(text)
		case "alg":
			k.Algorithm = string(text)
		case "use":
			k.Use = string(text)
		case "key_ops":
			k.Operations, ok = operations(s.Value)
		case "x":
			k.X, ok = coordinate(text)
		case "y":
			k.Y, ok = coordinate(text)
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv":
			ok = false
		default:
			ok = true
		}
		if !ok {
			return k, false
		}
	}
	return k, s.Finished()
}

// operations are what a key is for (RFC 7517 §4.3).
func operations(v strictjson.Value) (out []string, ok bool) {
	if v.Kind != strictjson.ArrayValue {
		return nil, false
	}
	for element := range v.Elements() {
		text, isText := element.Content()
		if !isText {
			return nil, false
		}
		out = append(out, string(text))
	}
	return out, len(out) > 0
}

// mostCoordinate is the size in bytes of the largest coordinate, that of P-521.
const mostCoordinate = 66

// coordinate decodes a member of a key.
func coordinate(text []byte) (Base64URL, bool) {
	if decodedBytes(len(text)) > mostCoordinate {
		return nil, false
	}
	out := make([]byte, decodedBytes(len(text)))
	n, ok := DecodeSegment(out, text)
	return out[:n], ok
}

// Thumbprint is that of a key of type EC or OKP. It covers the members that every such key must
// have (RFC 7638 §3.2, RFC 8037 §2), in the order of their names.
func (k JWK) Thumbprint() (out Thumbprint) {
	text := make([]byte, 0, 256)
	text = fmt.Appendf(text, `{"crv":%q,"kty":%q,"x":"`, k.Curve, k.KeyType)
	text = append(base64.RawURLEncoding.AppendEncode(text, k.X), '"')
	if k.KeyType == KeyEC {
		text = append(base64.RawURLEncoding.AppendEncode(append(text, `,"y":"`...), k.Y), '"')
	}
	sum := sha256.Sum256(append(text, '}'))
	base64.RawURLEncoding.Encode(out[:], sum[:])
	return out
}

// bare is the public key with the members that verifying needs.
func (k JWK) bare() JWK { return JWK{KeyType: k.KeyType, Curve: k.Curve, X: k.X, Y: k.Y} }
