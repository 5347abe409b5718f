package load

import (
	"fmt"
	"strings"
)

// Field is one header field of a request.
type Field struct{ Name, Value string }

// Request is what is sent, but for its credential. The caller vouches that
// nothing in it breaks the framing: no line breaks, no Content-Length of its own.
type Request struct {
	Method string
	// Path is the request target in origin form, query included.
	Path string
	Host string
	// Fields are sent in this order.
	Fields []Field
	Body   string
}

// Bytes renders the request around the place of its credential: the value of the
// field of that name. Without one, everything is in prefix.
func (r Request) Bytes(credential string) (prefix, suffix []byte) {
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, r.Host)
	for _, f := range r.Fields {
		fmt.Fprintf(&head, "%s: %s\r\n", f.Name, f.Value)
	}
	if r.Body != "" || needsLength(r.Method) {
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(r.Body))
	}
	if credential == "" {
		return []byte(head.String() + "\r\n" + r.Body), nil
	}
	return []byte(head.String() + credential + ": "), []byte("\r\n\r\n" + r.Body)
}

// IsToken reports whether s is a token (RFC 9110 §5.6.2), as methods and names of
// fields are.
func IsToken(s string) bool {
	for i := range len(s) {
		if !token[s[i]] {
			return false
		}
	}
	return s != ""
}

// needsLength: servers expect a length from methods that carry content (RFC 9110
// §8.6), even if it is zero.
func needsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}
