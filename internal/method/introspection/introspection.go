// Package introspection is method introspection (RFC 7662): an opaque token, about which
// the server asks the issuer. What flows in: parameters, a run's secret, requests. What
// flows out: tokens, questions to the issuer, and decisions.
package introspection

import (
	"encoding/json"
	"errors"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
	"authbench/internal/method/introspection/attack"
)

// ID is the method's name.
const ID = "introspection"

const (
	// usualPool is how many connections a verifier opens to the issuer at most: as many as
	// a closed load has by default, so that no request waits for one.
	usualPool = 32
	// largestPool catches slips of the pen.
	largestPool = 256
	// longestLatency is farther than any two points on the earth, in milliseconds.
	longestLatency = 500
)

// Method: an opaque token, which the issuer is asked about.
func Method() method.Method {
	own := []bench.ParamSpec{
		{Name: "pool", Kind: bench.IntParam, Min: 1, Max: largestPool, Doc: "connections to the issuer, at most (32 if left out)"},
		{Name: "latency", Kind: bench.DurationParam, Max: longestLatency, Doc: "added to each round trip to the issuer: how far away it is (nothing if left out)"},
	}
	own = append(own, credential.CacheParams("answers of the issuer, refusals included,")...)
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Summary: "opaque token, which the issuer is asked about", Reference: "RFC 7662",
			Params: own, Verifying: credential.ParamNames(own), Classes: opaque.Classes(), Check: credential.CheckCache,
		},
		Issuer:   newIssuer,
		Verifier: newVerifier,
		Needs:    func(bench.Params) method.Needs { return method.Needs{Tokens: true} },
		Facts: func(p bench.Params) bench.Facts {
			return bench.Facts{
				Asks: bench.AskedIssuer, Revocation: bench.RevokedByIssuer, Minter: bench.MintedByIssuer,
				RevocationLag: p.Duration("cache_ttl").Nanoseconds(),
			}
		},
		Family: attack.Family,
	}
}

// issuer mints tokens that look like API keys: a public id, a secret, a checksum. What
// they stand for, the issuer's process knows. Its published file has their digests, for
// whoever plays the issuer.
type issuer struct{ *opaque.Issuer }

var (
	_ method.Deriver     = issuer{}
	_ method.TokenIssuer = issuer{}
)

func newIssuer(i method.Issue) (method.Issuer, error) {
	tokens, err := opaque.NewIssuer(ID, credential.Bearer, opaque.Config{Secret: i.Secret, Count: i.Count, Now: i.Now, Form: opaque.Keys{}})
	if err != nil {
		return nil, err
	}
	return issuer{tokens}, nil
}

// Tokens implements method.TokenIssuer.
func (i issuer) Tokens() (json.RawMessage, error) { return i.Issuer.Verification(nil) }

// material is what a verifier is made from: where it asks, as whom, and what it demands.
type material struct {
	credential.Endpoint
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
}

var errNowhere = errors.New("the verification material names no issuer to ask: only a run has one")

// Verification implements method.Issuer. It holds no token, and nothing to make one with.
func (i issuer) Verification(at method.Places) (json.RawMessage, error) {
	if at.Introspection == nil {
		return nil, errNowhere
	}
	return json.Marshal(material{*at.Introspection, jose.IssuerName, jose.AudienceName})
}

func newVerifier(p bench.Params, verification json.RawMessage, _ func(done, total int)) (method.Verifier, error) {
	return newVerifierAt(p, verification, time.Now)
}
