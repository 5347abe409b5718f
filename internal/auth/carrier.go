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
}

// bearer is RFC 6750's carrier. Credentials in the query or the body, its two
// other ways, are not read.
var bearer = carrier{"Authorization", "Bearer"}

// append renders a field value.
func (c carrier) append(dst []byte) []byte {
	if c.scheme == "" {
		return dst
	}
	return append(append(dst, c.scheme...), ' ')
}

// read returns the request's one credential. Scheme names are case-insensitive
// (RFC 9110 §11.1). Whatever follows the first space is the credential: its own
// alphabet refuses more text, or a second space.
func (c carrier) read(r bench.Request) ([]byte, bench.Reason) {
	values := r.Values(c.field)
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
