// Package dpop is method dpop (RFC 9449): an access token that is bound to a key of its
// holder, who proves with each request that he has it. What flows in: parameters, a run's
// secret, requests. What flows out: tokens and proofs of every class, and decisions.
package dpop

import (
	"cmp"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/dpop/attack"
)

// ID is the method's name.
const ID = "dpop"

const (
	// scheme stands before the token, proofField is the field of the proof, and proofType
	// its typ (RFC 9449 §4.1, §4.2, §7.1).
	scheme     = "DPoP"
	proofField = "DPoP"
	proofType  = "dpop+jwt"
	// usualAlgorithm signs tokens and proofs if no parameter says otherwise.
	usualAlgorithm = "ES256"
	// replaysAllowed is the value of parameter replays without a memory.
	replaysAllowed = "allowed"
	// usualWindow is how old a proof may be if parameter window does not say.
	usualWindow = 30 * time.Second
	longest     = 10 * time.Minute
)

// Method returns the method of a token that is bound to its holder's key.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Title: "DPoP", Summary: "JWT bound to a key of its holder, who signs each request", Reference: "RFC 9449",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: []string{usualAlgorithm, "EdDSA", "RS256"}, Default: usualAlgorithm, Doc: "signature algorithm of the token"},
				{Name: "proof", Values: []string{usualAlgorithm, "EdDSA"}, Default: usualAlgorithm, Doc: "signature algorithm of the proofs"},
				{Name: "engine", Values: jose.OwnEngineNames(), Default: jose.DefaultEngine, Doc: "what verifies the token: golang-jwt; or lean, our own. Proofs are verified by our own code"},
				{Name: "replays", Values: []string{"memory", replaysAllowed}, Default: "memory", Doc: "memory: each server remembers the proofs that it let in, and lets each in once; allowed: a proof that somebody copied is let in again until it is too old"},
				{Name: "window", Kind: bench.DurationParam, Min: int(time.Second / time.Millisecond), Max: int(longest / time.Millisecond), Doc: fmt.Sprintf("how old a proof may be (%v if left out)", usualWindow)},
			},
			Verifying: []string{"engine", "replays", "window"},
			Classes:   []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized, bench.Nested},
		},
		Issuer:   newIssuer,
		Verifier: newVerifier,
		Facts: func(bench.Params) bench.Facts {
			return bench.Facts{Asks: bench.AskedNobody, Revocation: bench.RevokedByExpiry, Minter: bench.MintedByIssuer, Bound: true}
		},
		Family: attack.Family,
	}
}

// carrier is where the token stands.
var carrier = credential.Carrier{Field: credential.Bearer.Field, Scheme: scheme}

// textOr is a parameter's text, or another if it is left out.
func textOr(p bench.Params, name, usual string) string { return cmp.Or(p.Text(name), usual) }
