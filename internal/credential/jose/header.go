package jose

import (
	"bytes"

	"authbench/internal/credential/jose/strictjson"
)

// joseHeader is what a token's header says (RFC 7515 §4.1). Members that name a key
// elsewhere (jku, x5u, x5c) are not read: keys are local.
type joseHeader struct {
	alg, kid []byte
	typ      []byte // nil if it says nothing
	// jwk is the key that made the signature, as its maker says. Only [Held] reads it.
	jwk strictjson.Value
}

// readHeader decodes and judges the first segment of a compact JWS. It refuses
// what would change its meaning or processing and is not supported: crit and the
// extensions that it lists, b64 (RFC 7797) and zip.
// The result is in room, which must be as long as the segment.
func readHeader(room, segment []byte) (h joseHeader, ok bool) {
	n, ok := DecodeSegment(room, segment)
	if !ok {
		return h, false
	}
	s := strictjson.Scanner{Data: room[:n]}
	for s.Next() {
		ok := true
		switch string(s.Name) {
		case "alg":
			h.alg, ok = s.Value.Content()
		case "kid":
			h.kid, ok = s.Value.Content()
		case "typ":
			h.typ, ok = s.Value.Content()
		case "jwk":
			h.jwk = s.Value
		case "crit", "b64", "zip":
			ok = false
		}
		if !ok {
			return h, false
		}
	}
	return h, s.Finished()
}

// isJWT reports whether typ says that it is a JWT (RFC 7519 §5.1) or an access token
// (at+jwt, RFC 9068 §2.1), or says nothing.
func (h joseHeader) isJWT() bool {
	return h.typ == nil || h.is("JWT") || h.is("at+jwt")
}

// is reports whether typ is a media type, in any letter case, with or without its
// "application/" (RFC 7515 §4.1.9).
func (h joseHeader) is(typ string) bool {
	const prefix = "application/"
	said := h.typ
	if len(said) > len(prefix) && bytes.EqualFold(said[:len(prefix)], []byte(prefix)) {
		said = said[len(prefix):]
	}
	return bytes.EqualFold(said, []byte(typ))
}
