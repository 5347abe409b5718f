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
	"authbench/internal/credential/store"
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

// Method returns the method of an opaque token, which the issuer is asked about.
func Method() method.Method {
	own := []bench.ParamSpec{
		{Name: "pool", Kind: bench.IntParam, Min: 1, Max: largestPool, Doc: "connections to the issuer, at most (32 if left out)"},
		{Name: "answer", Values: []string{plainAnswer, signedAnswer}, Doc: "jwt: the issuer signs what it says (json, unsigned, if left out)"},
		{Name: "concurrent", Values: []string{askEach, askOnce}, Doc: "once: requests with one token at the same time ask once (each of them asks if left out; with a cache they never do)"},
		{Name: "latency", Kind: bench.DurationParam, Max: longestLatency, Doc: "added to each round trip to the issuer: how far away it is (nothing if left out)"},
	}
	own = append(own, credential.CacheParams("answers of the issuer, refusals included,")...)
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Summary: "opaque token, which the issuer is asked about", Reference: "RFC 7662",
			Params: own, Verifying: credential.ParamNames(own), Classes: opaque.Classes(), Check: check,
		},
		Issuer:   newIssuer,
		Verifier: newVerifier,
		Needs:    func(bench.Params) method.Needs { return method.Needs{Tokens: true} },
		Facts: func(p bench.Params) bench.Facts {
			return bench.Facts{
				Asks: bench.AskedIssuer, Revocation: bench.RevokedByIssuer, Minter: bench.MintedByIssuer,
				RevocationLag: lag(p).Nanoseconds(),
			}
		},
		Family: attack.Family,
	}
}

// The values of parameter answer: how the issuer answers (RFC 7662 §2.2, RFC 9701 §5).
const (
	plainAnswer  = "json"
	signedAnswer = "jwt"
)

// The values of parameter concurrent: what requests with one token do at the same time.
const (
	askEach = "each"
	askOnce = "once"
)

// check judges the parameters together.
func check(p bench.Params) *bench.Problem {
	if p.Int("cache_size") > 0 && p.Text("concurrent") == askEach {
		return &bench.Problem{Path: []any{"concurrent"}, Text: "with a cache, requests with one token at the same time ask once", Remedy: "remove concurrent, or the cache"}
	}
	return credential.CheckCache(p)
}

// lag is for how long a token that was taken back may work: an answer may be as old as the
// cache keeps it, and one that requests share as a question may take.
func lag(p bench.Params) time.Duration {
	if p.Text("concurrent") == askOnce && p.Int("cache_size") == 0 {
		return store.LookupTime
	}
	return p.Duration("cache_ttl")
}

// issuer mints tokens that look like API keys: a public id, a secret, a checksum. What
// they stand for, the issuer's process knows. Its published file has their digests, for
// whoever plays the issuer.
type issuer struct {
	*opaque.Issuer
	answers *jose.Signer
}

var (
	_ method.Deriver     = issuer{}
	_ method.TokenIssuer = issuer{}
)

func newIssuer(i method.Issue) (method.Issuer, error) {
	tokens, err := opaque.NewIssuer(ID, credential.Bearer, opaque.Config{Secret: i.Secret, Count: i.Count, Now: i.Now, Form: opaque.Keys{}})
	if err != nil {
		return nil, err
	}
	alg, err := jose.MustAlgorithm(answerAlgorithm)
	if err != nil {
		return nil, err
	}
	answers, err := jose.NewSigner(i.Secret, alg, "answers", 0)
	if err != nil {
		return nil, err
	}
	return issuer{tokens, answers}, nil
}

// answerAlgorithm signs what the issuer says. RFC 9701 §6 leaves it to the two of them, and has
// RS256 where they say nothing, whose signatures cost the issuer much more.
const answerAlgorithm = "ES256"

// Tokens implements method.TokenIssuer.
func (i issuer) Tokens() (json.RawMessage, error) { return i.Issuer.Verification(nil) }

// AnswerKey implements method.TokenIssuer.
func (i issuer) AnswerKey() (json.RawMessage, error) { return json.Marshal(i.answers.Private) }

// material is what a verifier is made from: where it asks, as whom, and what it demands.
type material struct {
	credential.Endpoint
	Issuer   string `json:"issuer"`
	Audience string `json:"audience"`
	// AnswerKey verifies signed answers.
	AnswerKey jose.JWK `json:"answer_key"`
}

var errNowhere = errors.New("the verification material names no issuer to ask: only a run has one")

// Verification implements method.Issuer. It holds no token, and nothing to make one with.
func (i issuer) Verification(at method.Places) (json.RawMessage, error) {
	if at.Introspection == nil {
		return nil, errNowhere
	}
	return json.Marshal(material{*at.Introspection, jose.IssuerName, jose.AudienceName, i.answers.Public})
}

func newVerifier(p bench.Params, verification json.RawMessage, _ func(done, total int)) (method.Verifier, error) {
	return newVerifierAt(p, verification, time.Now)
}
