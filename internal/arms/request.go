package arms

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"authbench/bench"
)

// requestBytes renders a request around the place of its credential. Without a
// field for one, everything is in prefix.
func requestBytes(r bench.RequestShape, host, field string) (prefix, suffix []byte) {
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, host)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		fmt.Fprintf(&head, "%s: %s\r\n", name, r.Headers[name])
	}
	if r.Body != "" || needsLength(r.Method) {
		fmt.Fprintf(&head, "Content-Length: %d\r\n", len(r.Body))
	}
	if field == "" {
		return []byte(head.String() + "\r\n" + r.Body), nil
	}
	return []byte(head.String() + field + ": "), []byte("\r\n\r\n" + r.Body)
}

// needsLength: servers expect a length from methods that carry content (RFC 9110
// §8.6), even if it is zero.
func needsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// hostField is the Host header's value. It does not name the port: built-in
// targets get a new one at each launch, and requests are rendered once.
func hostField(target *bench.Target, addr netip.AddrPort) string {
	if target != nil && target.URL != "" {
		return addr.String()
	}
	return "127.0.0.1"
}
