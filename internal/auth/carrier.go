package auth

import (
	"bytes"

	"authbench/bench"
)

// maxCredential bounds a credential in bytes, before any other work on it. The
// longest honest tokens are a few kilobytes.
const maxCredential = 16 << 10

// carrier says where a credential travels.
type carrier struct {
	field string
	// scheme precedes the credential and one space; "" where the field holds the
	// credential alone.
	scheme string
	// cookie is the name of the cookie that is the credential, among others; "" where
	// the field is not Cookie.
	cookie string
}

// bearer is RFC 6750's carrier. Credentials in the query or the body, its two
// other ways, are not read.
var bearer = carrier{field: "Authorization", scheme: "Bearer"}

// append renders a field value.
func (c carrier) append(dst []byte) []byte {
	switch {
	case c.scheme != "":
		return append(append(dst, c.scheme...), ' ')
	case c.cookie != "":
		return append(append(dst, c.cookie...), '=')
	}
	return dst
}

// read returns the request's one credential. Scheme names are case-insensitive
// (RFC 9110 §11.1). Whatever follows the first space is the credential: its own
// alphabet refuses more text, or a second space.
func (c carrier) read(r bench.Request) ([]byte, bench.Reason) {
	values := r.Values(c.field)
	if c.cookie != "" {
		return c.find(values)
	}
	switch {
	case len(values) == 0:
		return nil, bench.ReasonMissing
	case len(values) > 1:
		return nil, bench.ReasonDuplicate
	}
	value := values[0]
	if n := len(c.scheme); n > 0 {
		if len(value) <= n || value[n] != ' ' || string(value[:n]) != c.scheme && !bytes.EqualFold(value[:n], []byte(c.scheme)) {
			return nil, bench.ReasonMissing
		}
		value = value[n+1:]
	}
	switch {
	case len(value) == 0:
		return nil, bench.ReasonMissing
	case len(value) > maxCredential:
		return nil, bench.ReasonTooLarge
	}
	return value, bench.ReasonNone
}

// find returns the one cookie of the carrier's name (RFC 6265 §4.2.1). A name that comes
// twice is refused: which of two a server takes is nothing to leave to chance (§4.2.2).
func (c carrier) find(values [][]byte) (found []byte, reason bench.Reason) {
	for _, value := range values {
		for pair := range bytes.SplitSeq(value, []byte(";")) {
			name, cookie, ok := bytes.Cut(bytes.TrimLeft(pair, " "), []byte("="))
			if !ok || string(name) != c.cookie {
				continue
			}
			if found != nil {
				return nil, bench.ReasonDuplicate
			}
			found = cookie
		}
	}
	switch {
	case len(found) == 0:
		return nil, bench.ReasonMissing
	case len(found) > maxCredential:
		return nil, bench.ReasonTooLarge
	}
	return found, bench.ReasonNone
}
