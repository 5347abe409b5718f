// Package exchange is method exchange: a client exchanges its API key at the issuer for a JWT
// of a short life (RFC 6749 §4.4), refreshes that ahead of its end, and sends it to servers,
// which verify it by themselves. What flows in: parameters, a run's secret, requests. What
// flows out: keys and tokens, and decisions.
//
// The server is method jwt's. It is a method of its own, because what a client holds, how that
// is taken back and whose CPU time it costs are others.
package exchange

import (
	"encoding/json"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/opaque"
	"authbench/internal/method"
	"authbench/internal/method/exchange/attack"
	"authbench/internal/method/jwt"
)

// ID is the method's name.
const ID = "exchange"

const (
	// shortest is the least lifetime: tokens count whole seconds, so that a shorter one would
	// be wrong by more than a fifth.
	shortest = 5 * time.Second
	// usual is what lifetime is if it is left out.
	usual = 5 * time.Minute
)

// Method returns the method of an API key that is exchanged for JWTs.
func Method() method.Method {
	return method.Method{
		MethodSpec: bench.MethodSpec{
			ID: ID, Title: "exchange", Summary: "API key, exchanged at the issuer for a JWT of a short life", Reference: "RFC 6749 §4.4",
			Params: []bench.ParamSpec{
				{Name: "alg", Values: jose.AlgorithmNames(), Required: true, Doc: "signature algorithm of the tokens"},
				{Name: "bits", Kind: bench.IntParam, Values: []string{"2048", "3072", "4096"}, Doc: "size of the RSA key (RS… and PS… only; 2048 if left out)"},
				{Name: "engine", Values: jose.OwnEngineNames(), Default: jose.DefaultEngine, Doc: "what verifies: golang-jwt, or lean, our own"},
				{Name: "policy", Values: jose.PolicyNames(), Default: jose.DefaultPolicy, Doc: "hardened: strict about everything; stock: the library as its README shows it"},
				{Name: "lifetime", Kind: bench.DurationParam, Min: 1, Max: int(credential.Lifetime / time.Millisecond), Doc: "of a token, in whole seconds, at least 5s (5m if left out)"},
				{Name: "refresh", Doc: "when a client fetches its next token: after a share of the lifetime, such as 80%, or so long before its end, such as 10s (80% if left out)"},
				{Name: "jitter", Kind: bench.IntParam, Max: 50, Doc: "by how much earlier than that each may do so, at random, in percent of the time (0 if left out)"},
			},
			Verifying: []string{"engine", "policy", "refresh", "jitter"},
			Classes:   []bench.Class{bench.Valid, bench.Expired, bench.Forged, bench.Unknown, bench.Malformed, bench.Oversized, bench.Nested},
			Check:     check,
		},
		Issuer: newIssuer,
		Verifier: func(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
			newEngine, err := jwt.EngineOf(p)
			if err != nil {
				return nil, err
			}
			return jwt.NewVerifierAround(newEngine, p, verification, time.Now)
		},
		Needs: func(p bench.Params) method.Needs {
			renewal := renewalOf(p)
			return method.Needs{Exchange: &renewal}
		},
		Facts:  facts,
		Family: attack.Family,
	}
}

// facts: the key is taken back at the issuer, and the token, whose end is rounded up to a whole
// second, lives on.
func facts(p bench.Params) bench.Facts {
	out := jwt.Method().Facts(p)
	out.Revocation, out.RevocationLag = bench.RevokedByExchange, (lifetimeOf(p) + time.Second).Nanoseconds()
	out.Renewal = renewalOf(p)
	return out
}

// renewalOf is how clients keep a token, by parameters that were checked before.
func renewalOf(p bench.Params) bench.Renewal {
	refresh, _ := refreshOf(p)
	return bench.Renewal{Lifetime: lifetimeOf(p).Nanoseconds(), After: refresh.Nanoseconds(), Jitter: float64(p.Int("jitter")) / 100}
}

func check(p bench.Params) *bench.Problem {
	lifetime := lifetimeOf(p)
	switch {
	case lifetime < shortest:
		return &bench.Problem{Path: []any{"lifetime"}, Text: fmt.Sprintf("lifetime is %v: tokens count whole seconds, and would be wrong by more than a fifth", lifetime), Remedy: "write 5s or more"}
	case lifetime%time.Second != 0:
		return &bench.Problem{Path: []any{"lifetime"}, Text: fmt.Sprintf("lifetime is %v: tokens count whole seconds", lifetime), Remedy: "write whole seconds, such as " + lifetime.Round(time.Second).String()}
	}
	if _, problem := refreshOf(p); problem != nil {
		return problem
	}
	return jwt.Check(p)
}

// issuer mints JWTs, and the API keys that clients get them for.
type issuer struct {
	method.Issuer
	keys *opaque.Issuer
}

var _ method.Exchanger = issuer{}

func newIssuer(i method.Issue) (method.Issuer, error) {
	if i.Params.Duration("lifetime") == 0 {
		i.Params = withLifetime(i.Params)
	}
	tokens, err := jwt.NewIssuer(i)
	if err != nil {
		return nil, err
	}
	keys, err := opaque.NewIssuer(ID, credential.Bearer, opaque.Config{Secret: i.Secret, Count: i.Count, Now: i.Now, Form: opaque.Keys{}})
	if err != nil {
		return nil, err
	}
	return issuer{tokens, keys}, nil
}

// Exchange implements method.Exchanger.
func (i issuer) Exchange() (key, secrets json.RawMessage, err error) {
	text, err := i.SigningKeys()
	if err != nil {
		return nil, nil, err
	}
	var file document.SigningKeys
	if err = json.Unmarshal(text, &file); err != nil {
		return nil, nil, err
	}
	if key, err = json.Marshal(file.Keys[0]); err != nil {
		return nil, nil, err
	}
	secrets, err = i.keys.Verification(nil)
	return key, secrets, err
}

// Client implements method.Exchanger: its id is the subject of its key.
func (i issuer) Client(index int) (id, secret string) {
	value := i.keys.Derive(nil, bench.Valid, index)
	return fmt.Sprintf("user-%d", index), string(value[len(credential.Bearer.AppendPrefix(nil)):])
}
