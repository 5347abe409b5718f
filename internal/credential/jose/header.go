package jose

import (
	"bytes"

	"authbench/internal/credential/jose/strictjson"
)

// joseHeader is what a token's header says (RFC 7515 §4.1). Members that name or
// carry a key (jku, jwk, x5u, x5c) are not read: keys are local.
type joseHeader struct {
	alg, kid []byte
	isJWT    bool // typ says so, or says nothing
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
	h.isJWT = true
	s := strictjson.Scanner{Data: room[:n]}
	for s.Next() {
		ok := true
		switch string(s.Name) {
		case "alg":
			h.alg, ok = s.Value.Content()
		case "kid":
			h.kid, ok = s.Value.Content()
		case "typ":
			var typ []byte
			typ, ok = s.Value.Content()
			h.isJWT = isJWTType(typ)
		case "crit", "b64", "zip":
			ok = false
		}
		if !ok {
			return h, false
		}
	}
	return h, s.Finished()
}

// isJWTType accepts JWT (RFC 7519 §5.1) and at+jwt (RFC 9068 §2.1) in any letter
// case, with or without the media type's "application/" (RFC 7515 §4.1.9).
func isJWTType(typ []byte) bool {
	const prefix = "application/"
	if len(typ) > len(prefix) && bytes.EqualFold(typ[:len(prefix)], []byte(prefix)) {
		typ = typ[len(prefix):]
	}
	return bytes.EqualFold(typ, []byte("JWT")) || bytes.EqualFold(typ, []byte("at+jwt"))
}
