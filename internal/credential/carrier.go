package credential

import (
	"bytes"

	"authbench/bench"
)

// MaxBytes bounds a credential in bytes, before any other work on it. The
// longest honest tokens are a few kilobytes.
const MaxBytes = 16 << 10

// Carrier says where a credential travels.
type Carrier struct {
	// Field is the header field.
	Field string
	// Scheme precedes the credential and one space; "" where the field holds the
	// credential alone.
	Scheme string
	// Cookie is the name of the cookie that is the credential, among others; "" where
	// the field is not Cookie.
	Cookie string
}

// Bearer is RFC 6750's carrier. Credentials in the query or the body, its two
// other ways, are not read.
var Bearer = Carrier{Field: "Authorization", Scheme: "Bearer"}

// AppendPrefix appends what stands in the field before the credential.
func (c Carrier) AppendPrefix(dst []byte) []byte {
	switch {
	case c.Scheme != "":
		return append(append(dst, c.Scheme...), ' ')
	case c.Cookie != "":
		return append(append(dst, c.Cookie...), '=')
	}
	return dst
}

// Read returns the request's one credential. Scheme names are case-insensitive
// (RFC 9110 §11.1). Whatever follows the first space is the credential: its own
// alphabet refuses more text, or a second space.
func (c Carrier) Read(r bench.Request) ([]byte, bench.Reason) {
	values := r.Values(c.Field)
	if c.Cookie != "" {
		return c.find(values)
	}
	switch {
	case len(values) == 0:
		return nil, bench.ReasonMissing
	case len(values) > 1:
		return nil, bench.ReasonDuplicate
	}
	value := values[0]
	if n := len(c.Scheme); n > 0 {
		if len(value) <= n || value[n] != ' ' || string(value[:n]) != c.Scheme && !bytes.EqualFold(value[:n], []byte(c.Scheme)) {
			return nil, bench.ReasonMissing
		}
		value = value[n+1:]
	}
	switch {
	case len(value) == 0:
		return nil, bench.ReasonMissing
	case len(value) > MaxBytes:
		return nil, bench.ReasonTooLarge
	}
	return value, bench.ReasonNone
}

// find returns the one cookie of the carrier's name (RFC 6265 §4.2.1). A name that comes
// twice is refused: which of two a server takes is nothing to leave to chance (§4.2.2).
func (c Carrier) find(values [][]byte) (found []byte, reason bench.Reason) {
	for _, value := range values {
		for pair := range bytes.SplitSeq(value, []byte(";")) {
			name, cookie, ok := bytes.Cut(bytes.TrimLeft(pair, " "), []byte("="))
			if !ok || string(name) != c.Cookie {
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
	case len(found) > MaxBytes:
		return nil, bench.ReasonTooLarge
	}
	return found, bench.ReasonNone
}
