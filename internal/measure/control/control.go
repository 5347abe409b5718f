// Package control is what the harness and a built-in target say to each other.
//
// They talk over one socketpair, JSON values one per line:
//
//  1. The harness sends a [Spec].
//  2. The target listens, sends [Ready], and serves. Where it has much to load
//     first, it says now and then how far it is.
//  3. At any time the harness may send a [query]; the target answers with
//     [bench.Counters], or, when it was told to take a credential back, with
//     [Revoked]. A server of another kind, such as an issuer, has orders of its own.
//  4. End of file from the harness, its death included, orders the target to
//     end.
//
// [Dial] is the harness's end, [Serve] the target's.
package control

import (
	"encoding/json"
	"net/netip"

	"authbench/bench"
)

// Version is the version of the launch spec. A target refuses others.
const Version = 1

// Spec says what a target is to be.
type Spec struct {
	Version int          `json:"version"`
	Method  bench.Method `json:"method"`
	// Verification is what the method's verifier needs (keys, records), in the
	// form that the method defines. It is secret: it never leaves the
	// socketpair.
	Verification json.RawMessage `json:"verification,omitempty"`
	// Listen is the address to bind; port 0 lets the kernel choose.
	Listen netip.AddrPort `json:"listen"`
	// Procs is GOMAXPROCS, 0 for the runtime's choice.
	Procs int `json:"procs,omitempty"`
}

// Ready is the target's first message, but for those about its loading: where it
// listens, or why it cannot.
type Ready struct {
	Addr    netip.AddrPort `json:"addr,omitzero"`
	PID     int            `json:"pid,omitempty"`
	Error   string         `json:"error,omitempty"`
	Loading *Loading       `json:"loading,omitempty"`
}

// Loading is how many records a target has loaded, before it listens.
type Loading struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// query asks a running target for one thing.
type query struct {
	Counters bool `json:"counters,omitempty"`
	// Revoke is the index of a valid credential that is to be taken back.
	Revoke *int `json:"revoke,omitempty"`
	// Deny is the id of a credential that is to be put on the denylist.
	Deny *string `json:"deny,omitempty"`
	// Order is for a server that takes orders of its own ([Ordered]), which answers it.
	Order json.RawMessage `json:"order,omitempty"`
}

// Revoked says that a credential was taken back, or why not.
type Revoked struct {
	Error string `json:"error,omitempty"`
}
