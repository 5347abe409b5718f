package arms

import (
	"maps"
	"net/netip"
	"slices"

	"authbench/bench"
	"authbench/internal/load"
)

// requestOf is the request of a shape, with its headers in the order of their
// names: equal shapes have equal bytes.
func requestOf(r bench.RequestShape, host string) load.Request {
	out := load.Request{Method: r.Method, Path: r.Path, Host: host, Body: r.Body}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		out.Fields = append(out.Fields, load.Field{Name: name, Value: r.Headers[name]})
	}
	return out
}

// hostField is the Host header's value. It does not name the port: built-in
// targets get a new one at each launch, and requests are rendered once.
func hostField(target *bench.Target, addr netip.AddrPort) string {
	if target != nil && target.URL != "" {
		return addr.String()
	}
	return "127.0.0.1"
}
