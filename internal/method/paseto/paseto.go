// Package paseto is method paseto: a token of PASETO's version 4 for public purposes, signed
// with Ed25519, that the server verifies by itself. What flows in: a run's secret, requests.
// What flows out: tokens of every class, and decisions.
package paseto

import (
	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/paseto/attack"
)

// ID is the method's name.
const ID = "paseto"

const (
	// protocol is the only version and purpose that is issued and let in. There is nothing to
	// negotiate: another one is another method.
	protocol = "v4.public"
	// header is what each token begins with.
	header = protocol + "."
)

// Method returns the method of a token of PASETO v4.public.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Summary: "PASETO v4.public, verified with a local key", Reference: "PASETO v4",
			Classes: []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized, bench.Nested},
		},
		Issuer:   newIssuer,
		Verifier: newVerifier,
		Facts: func(bench.Params) bench.Facts {
			return bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByIssuer}
		},
		Family: attack.Family,
	}
}
