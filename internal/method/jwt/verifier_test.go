package jwt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	"authbench/internal/credential/store"
	"authbench/internal/method/methodtest"
)

// TestRevokedTokens: with a denylist the issuer mints revoked tokens, and every
// engine's verifier refuses them and no others.
func TestRevokedTokens(t *testing.T) {
	for _, alg := range []string{"HS256", "EdDSA"} {
		for _, i := range jose.Implementations() {
			for _, size := range []int{0, 100} {
				m := bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": i.Engine, "policy": i.Policy, "revocation": "denylist"}}
				if size > 0 {
					m.Params["cache_size"], m.Params["cache_ttl"] = size, "1m"
				}
				issuer, verifier := methodtest.NewPair(t, methods, m, 30, time.Now())
				for index := range 60 {
					class, want := bench.Valid, bench.ReasonNone
					if index%2 == 1 {
						class, want = bench.Revoked, bench.ReasonRevoked
					}
					value := methodtest.Mint(t, issuer, class, index/2)
					for range 2 { // the second from the cache
						if d := verifier.Verify(credentialtest.Request{"Authorization": {value}}); d.Reason != want {
							t.Fatalf("%s %s %s: %s token: %v", alg, i.Engine, i.Policy, class, d.Reason)
						}
					}
				}
				for _, index := range []int{-1, 30} {
					if _, err := issuer.Append(nil, bench.Revoked, index); err == nil {
						t.Errorf("revoked token %d exists", index)
					}
				}
			}
		}
	}
}

// TestRevocationTakesEffectAtOnce, also for a token that the cache knows.
func TestRevocationTakesEffectAtOnce(t *testing.T) {
	v, engine := cachedVerifier(t, 10, time.Hour)
	engine.who["t"] = jose.Identity{Subject: "user-1", ID: "id-1"}
	var err error
	if v.denied, err = store.NewDenylist(nil); err != nil {
		t.Fatal(err)
	}
	r := credentialtest.Request{"Authorization": {"Bearer t"}}
	if d := v.Verify(r); d.Outcome != bench.Allow {
		t.Fatalf("before: %+v", d)
	}
	if err := v.Deny("id-1"); err != nil {
		t.Fatal(err)
	}
	if d := v.Verify(r); d.Reason != bench.ReasonRevoked || engine.calls != 1 {
		t.Errorf("after: %+v, %d verifications", d, engine.calls)
	}
	engine.who["anonymous"] = jose.Identity{Subject: "user-1"}
	if d := v.Verify(credentialtest.Request{"Authorization": {"Bearer anonymous"}}); d.Reason != bench.ReasonMalformed {
		t.Errorf("a token that cannot be revoked: %+v", d)
	}
}

// counting is an engine that knows some tokens, and counts how often it is asked.
type counting struct {
	who   map[string]jose.Identity
	calls int
}

func (c *counting) Verify(token, room []byte) (jose.Identity, bench.Reason) {
	c.calls++
	who, known := c.who[string(token)]
	if !known {
		return who, bench.ReasonBadSignature
	}
	who.Subject = credential.Borrow(append(room[:0], who.Subject...))
	return who, bench.ReasonNone
}

func cachedVerifier(t *testing.T, size int, ttl time.Duration) (*verifier, *counting) {
	t.Helper()
	cache, err := store.NewCache[tokenKey, jose.Identity](size)
	if err != nil {
		t.Fatal(err)
	}
	engine := &counting{who: map[string]jose.Identity{}}
	return &verifier{engine: engine, now: time.Now, cache: cache, ttl: ttl}, engine
}

// TestCachedTokens: an entry lives for the ttl or until the token expires,
// whichever ends first.
func TestCachedTokens(t *testing.T) {
	start := time.Unix(1_700_000_000, 500)
	for _, c := range []struct {
		expires int64
		after   time.Duration
		hit     bool
	}{
		{0, 0, true},
		{0, time.Minute - 1, true},
		{0, time.Minute, false},
		{start.Unix() + 3600, time.Minute - 1, true},
		{start.Unix() + 3600, time.Minute, false},
		{start.Unix() + 10, 10*time.Second - 501, true},
		{start.Unix() + 10, 10*time.Second - 500, false},
		{start.Unix(), 0, false},
	} {
		v, engine := cachedVerifier(t, 10, time.Minute)
		now := start
		v.now = func() time.Time { return now }
		engine.who["long-enough"] = jose.Identity{Subject: "user-1", Tenant: "tenant-1", Expires: c.expires}
		r := credentialtest.Request{"Authorization": {"Bearer long-enough"}}
		v.Verify(r)
		now = start.Add(c.after)
		d := v.Verify(r)
		if d.Outcome != bench.Allow || d.Subject != "user-1" || d.Tenant != "tenant-1" || (engine.calls == 1) != c.hit {
			t.Errorf("expires %d, after %v: %+v, %d verifications", c.expires, c.after, d, engine.calls)
		}
	}
}

// TestOnlyGoodTokensAreCached, and none is found by another's bytes.
func TestOnlyGoodTokensAreCached(t *testing.T) {
	v, engine := cachedVerifier(t, 10, time.Minute)
	engine.who["good"] = jose.Identity{Subject: "u"}
	v.Verify(credentialtest.Request{"Authorization": {"Bearer good"}})
	for i, token := range []string{"bad", "good.", "Good", "goo"} {
		for range 3 {
			if d := v.Verify(credentialtest.Request{"Authorization": {"Bearer " + token}}); d.Reason != bench.ReasonBadSignature {
				t.Errorf("%s: %+v", token, d)
			}
		}
		if want := 1 + 3*(i+1); engine.calls != want {
			t.Errorf("%s: %d verifications, want %d", token, engine.calls, want)
		}
	}
	engine.who["bad"] = jose.Identity{Subject: "u"} // a failure is not remembered either
	if d := v.Verify(credentialtest.Request{"Authorization": {"Bearer bad"}}); d.Outcome != bench.Allow {
		t.Errorf("a token that became good: %+v", d)
	}
}

func TestCacheHitsAllocateNothing(t *testing.T) {
	issuer, verifier := methodtest.NewPair(t, methods, bench.Method{ID: "jwt", Params: bench.Params{"alg": "RS256", "cache_size": 10, "cache_ttl": "1h"}}, 1, time.Now())
	r := &credentialtest.Fixed{Sent: [][]byte{[]byte(methodtest.Mint(t, issuer, bench.Valid, 0))}}
	if n := testing.AllocsPerRun(100, func() {
		if d := verifier.Verify(r); d.Subject != "user-0" {
			t.Fatalf("%+v", d)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestExtraClaims: with as many as there may be, a token of each algorithm keeps
// within what verifiers take, and every engine reads it.
func TestExtraClaims(t *testing.T) {
	for _, alg := range jose.AlgorithmNames() {
		for _, count := range []int{0, 1, 21, MostClaims} {
			m := bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "claims": count}}
			issuer, verifier := methodtest.NewPair(t, methods, m, 3, time.Now())
			value := methodtest.Mint(t, issuer, bench.Valid, 2)
			if len(value) > credential.MaxBytes {
				t.Fatalf("%s with %d claims: %d bytes", alg, count, len(value))
			}
			if d := verifier.Verify(credentialtest.Request{"Authorization": {value}}); d.Subject != "user-2" {
				t.Errorf("%s with %d claims: %+v", alg, count, d)
			}
			var members map[string]any
			payload := strings.Split(value, ".")[1]
			room := make([]byte, len(payload))
			n, _ := jose.DecodeSegment(room, []byte(payload))
			if err := json.Unmarshal(room[:n], &members); err != nil || len(members) != 8+count {
				t.Errorf("%s: %d members, %v; want %d", alg, len(members), err, 8+count)
			}
		}
	}
	for _, i := range jose.Implementations() {
		m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256", "claims": MostClaims, "engine": i.Engine, "policy": i.Policy}}
		issuer, verifier := methodtest.NewPair(t, methods, m, 1, time.Now())
		if d := verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, bench.Valid, 0)}}); d.Outcome != bench.Allow {
			t.Errorf("%s %s: %+v", i.Engine, i.Policy, d)
		}
	}
}

func TestParametersOfJWTs(t *testing.T) {
	for params, want := range map[string]string{
		"alg=RS256 bits=512":                              `unknown bits "512"; choose from 2048, 3072, 4096`,
		"alg=EdDSA bits=2048":                             "EdDSA has none; remove it, or choose an algorithm with RSA",
		"alg=none":                                        `unknown alg "none"; choose from HS256`,
		"alg=HS256 claims=1000000":                        "claims is 1000000, out of range; write a whole number from 0 to 200",
		"alg=HS256 engine=lean policy=stock":              `there is no engine "lean" with policy "stock"; remove it, or choose engine golang-jwt`,
		"alg=HS256 cache_size=10":                         "a cache has both cache_size and cache_ttl; write both",
		"alg=HS256 cache_ttl=10s":                         "a cache has both cache_size and cache_ttl; write both",
		"alg=HS256 cache_size=0 cache_ttl=1s":             "cache_size is 0, out of range",
		"alg=HS256 cache_size=10 cache_ttl=25h":           "cache_ttl is 25h0m0s, out of range; write a number with a unit, from 1ms to 24h0m0s",
		"alg=HS256 cache_size=10 cache_ttl=10":            "cache_ttl is 10, not a duration",
		"alg=HS256 keys=jwks":                             "a key set is public; the key of HS256 is a secret; remove keys, or choose an algorithm with a public key",
		"alg=EdDSA keys=jwks policy=stock":                "policy stock takes one key; a key set has several while keys are replaced; remove keys, or choose policy hardened",
		"alg=EdDSA keys=jwks engine=jwx":                  "",
		"alg=HS256 keys=static policy=stock":              "",
		"alg=HS256 revocation=redis":                      `unknown revocation "redis"; choose from none, denylist, polled, pushed`,
		"alg=HS256 poll=1s":                               "nothing is polled; remove poll, or write revocation: polled",
		"alg=HS256 revocation=pushed poll=1s":             "nothing is polled",
		"alg=HS256 via=redis":                             "nothing is pushed; remove via, or write revocation: pushed",
		"alg=HS256 revocation=polled via=events":          "nothing is pushed",
		"alg=HS256 revocation=pushed via=nats":            "nats",
		"alg=HS256 ttl=5s":                                "there is no status list",
		"alg=HS256 revocation=polled ttl=5s":              "there is no status list",
		"alg=HS256 revocation=status_list ttl=999ms":      "out of range; write a number with a unit, from 1s",
		"alg=HS256 revocation=status_list ttl=1500ms":     "whole seconds, such as 5s",
		"alg=HS256 revocation=status_list poll=1s":        "nothing is polled",
		"alg=HS256 revocation=status_list policy=stock":   "does not read where a token stands",
		"alg=EdDSA revocation=status_list keys=jwks":      "keys that the server was given",
		"alg=EdDSA fetcher=keyfunc":                       "no keys are fetched; remove fetcher, or write keys: jwks",
		"alg=EdDSA keys=jwks fetcher=go-oidc engine=lean": "verifies tokens as well",
		"alg=EdDSA keys=jwks fetcher=other":               "unknown fetcher",
		"alg=HS256 revocation=polled poll=10ms":           "poll is 10ms, out of range; write a number with a unit, from 50ms to 1h0m0s",
		"alg=HS256 revocation=polled poll=61m":            "poll is 1h1m0s, out of range",
		"alg=HS256 revocation=polled poll=1":              "poll is 1, not a duration",
		"alg=EdDSA revocation=polled keys=jwks":           "",
		"alg=EdDSA revocation=pushed engine=go-jose":      "",
		"alg=HS256 revocation=pushed policy=stock":        "",
		"alg=PS512 bits=4096 engine=lean claims=200":      "",
		"alg=HS256 cache_size=10000000 cache_ttl=24h":     "",
		"alg=Ed25519 revocation=denylist policy=stock":    "",
	} {
		_, err := bench.ParseMethod("jwt", strings.Fields(params), methods)
		if got := fmt.Sprint(err); want == "" && err != nil || want != "" && !strings.Contains(got, want) {
			t.Errorf("%s: %v, want %s", params, err, want)
		}
	}
}
