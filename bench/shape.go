package bench

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// portPlace stands for the server's port in a target's command and in a request.
const portPlace = "{port}"

// sampleAddress stands for one that is not known yet.
var sampleAddress = Address{TCP: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 65535)}

// Message returns the request of a shape as it is sent to a server: authority is what
// Host says unless the shape has one, port what "{port}" becomes (0 at a Unix socket,
// which has none), credential the field of the credential, "" for none, and beside the
// further fields that it has. Headers are in the order of their names: equal shapes have
// equal bytes.
func (r RequestShape) Message(authority string, port uint16, credential string, beside ...string) (Message, []Problem) {
	fill := func(text string) string { return text }
	if port != 0 {
		fill = strings.NewReplacer(portPlace, strconv.Itoa(int(port))).Replace
	}
	d := Draft{Method: r.Method, Path: fill(r.Path), Body: fill(r.Body), Authority: authority, Credential: credential, Beside: beside}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		d.Fields = append(d.Fields, Field{name, fill(r.Headers[name])})
	}
	m, problems := NewMessage(d)
	if port == 0 {
		problems = append(r.portless(), problems...)
	}
	return m, problems
}

// portless finds what asks for the port of a server that has none.
func (r RequestShape) portless() []Problem {
	var out []Problem
	find := func(text string, path ...any) {
		if strings.Contains(text, portPlace) {
			out = append(out, Problem{Path: path, Text: "a Unix socket has no port", Remedy: "remove " + portPlace})
		}
	}
	find(r.Path, "path")
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		find(r.Headers[name], "headers", name)
	}
	find(r.Body, "body")
	return out
}

// Message returns what the arm sends to its server at an address. Host is the name that
// the target's URL has, whatever its address. The fields of the credential are the
// caller's to know: a file may name another one than the method.
func (a Arm) Message(at Address, credential string, beside ...string) (Message, []Problem) {
	authority := at.Authority()
	if site := a.site(); site != nil {
		authority = site.Authority()
	}
	return a.Request.Message(authority, at.Port(), credential, beside...)
}

// site is the server that an arm's target names by a URL that can be read, nil if the
// harness starts it.
func (a Arm) site() *Site {
	if a.Target == nil || a.Target.URL == "" {
		return nil
	}
	s, p := ParseSite(a.Target.URL)
	if p != nil {
		return nil
	}
	return &s
}

// SampleAddress is an address that the arm's server may have, for checks before it has
// one.
func (a Arm) SampleAddress() Address {
	if site := a.site(); site != nil && site.Socket != "" {
		return Address{Socket: site.Socket}
	}
	return sampleAddress
}

// Message returns the request that tells whether a server at an address is ready.
func (r Ready) Message(at Address) (Message, []Problem) {
	shape := RequestShape{Path: r.HTTP, Headers: map[string]string{"Connection": "close"}}
	return shape.Message(at.Authority(), at.Port(), "")
}
