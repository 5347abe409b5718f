package dpop

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// request is a GET of /orders.
type request map[string][]string

func (request) Method() []byte { return []byte("GET") }
func (request) Target() []byte { return []byte("/orders?page=2") }
func (r request) Values(field string) (out [][]byte) {
	for _, v := range r[field] {
		out = append(out, []byte(v))
	}
	return out
}
func (request) Room(n int) []byte { return make([]byte, n) }

// pair is an issuer and its verifier, both with a clock.
func pair(t *testing.T, p bench.Params, now func() time.Time) (*issuer, *verifier) {
	t.Helper()
	i, err := newIssuerAt(method.Issue{Params: p, Secret: [32]byte{1}, Count: 200, Now: now()}, now)
	if err != nil {
		t.Fatal(err)
	}
	material, err := i.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := newVerifierAt(p, material, now)
	if err != nil {
		t.Fatal(err)
	}
	return i, v
}

// sent is a request of a holder with a proof of its own.
func sent(i *issuer, use method.Use) request {
	use.Method, use.Target, use.Host = "GET", "/orders?page=2", "api.test:8080"
	out := request{"Host": {use.Host}}
	for _, f := range i.Prove(use) {
		out[f.Name] = append(out[f.Name], f.Value)
	}
	return out
}

// TestClasses: a verifier lets in what is valid, as whom it says, and names what is wrong with
// the rest, whatever signs tokens and proofs.
func TestClasses(t *testing.T) {
	for _, p := range []bench.Params{nil, {"alg": "EdDSA", "proof": "EdDSA"}, {"alg": "RS256"}, {"engine": "lean", "replays": "allowed"}} {
		i, v := pair(t, p, time.Now)
		for class, want := range map[bench.Class]bench.Decision{
			bench.Valid:     {Outcome: bench.Allow, Subject: "user-107", Tenant: "tenant-7"},
			bench.Expired:   {Outcome: bench.Deny, Reason: bench.ReasonExpired},
			bench.Forged:    {Outcome: bench.Deny, Reason: bench.ReasonBadSignature},
			bench.Unknown:   {Outcome: bench.Deny, Reason: bench.ReasonUnknownKey},
			bench.Malformed: {Outcome: bench.Deny, Reason: bench.ReasonMalformed},
			bench.Oversized: {Outcome: bench.Deny, Reason: bench.ReasonTooLarge},
			bench.Nested:    {Outcome: bench.Deny, Reason: bench.ReasonBadSignature},
		} {
			use := method.Use{Class: class, Index: 107, Serial: 1}
			got := v.Verify(sent(i, use))
			if class == bench.Nested && got.Reason == bench.ReasonMalformed { // golang-jwt reads before it verifies
				continue
			}
			if got != want {
				t.Errorf("%v, %s: %+v, want %+v", p, class, got, want)
			}
		}
		if _, err := i.Append(nil, bench.Revoked, 0); err == nil {
			t.Error("there is a revoked token")
		}
	}
}

// TestOnce: a proof is let in once, as long as it is young enough, and another one of the same
// holder at any time.
func TestOnce(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	for replays, again := range map[string]bench.Reason{"memory": bench.ReasonReplayed, "allowed": bench.ReasonNone} {
		i, v := pair(t, bench.Params{"replays": replays, "window": "10s"}, clock)
		use := method.Use{Class: bench.Valid, Index: 1}
		one, use2 := sent(i, use), use
		use2.Serial = 1
		unused := sent(i, use2)
		for _, step := range []struct {
			name  string
			after time.Duration
			r     request
			want  bench.Reason
		}{
			{"a proof", 0, one, bench.ReasonNone}, {"the same", 0, one, again}, {"the same, later", 9 * time.Second, one, again},
			{"the same, too late", 11 * time.Second, one, bench.ReasonBadProof}, {"another, too late", 0, unused, bench.ReasonBadProof},
		} {
			now = now.Add(step.after)
			if got := v.Verify(step.r); got.Reason != step.want {
				t.Errorf("replays %s: %s: %v, want %v", replays, step.name, got.Reason, step.want)
			}
		}
		if got := v.Verify(sent(i, use2)); got.Outcome != bench.Allow { // made anew
			t.Errorf("a new proof: %+v", got)
		}
	}
}

// TestClockSetBack: a proof that was let in, and forgotten as too old, is not let in when the
// server's clock is set back.
func TestClockSetBack(t *testing.T) {
	now := time.Now()
	i, v := pair(t, bench.Params{"window": "10s"}, func() time.Time { return now })
	use := method.Use{Class: bench.Valid, Index: 1}
	one := sent(i, use)
	if got := v.Verify(one); got.Outcome != bench.Allow {
		t.Fatalf("a proof: %+v", got)
	}
	start := now
	for range 8 { // traffic, so that memory moves on
		now = now.Add(5 * time.Second)
		use.Serial++
		if got := v.Verify(sent(i, use)); got.Outcome != bench.Allow {
			t.Errorf("after %v: %+v", now.Sub(start), got)
		}
	}
	now = start
	if got := v.Verify(one); got.Outcome != bench.Deny {
		t.Errorf("once more, with the clock set back: %+v", got)
	}
}

// TestReplaysForget: what is remembered is forgotten once it could not be let in again, and not
// before; a memory that is full lets nobody in.
func TestReplaysForget(t *testing.T) {
	const span = 10 * time.Second
	r, began := newReplays(span), time.Now()
	id := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)} }
	for n := range 1000 { // in the course of five spans
		now := began.Add(time.Duration(n) * span / 200)
		if got := r.add(id(n), [43]byte{}, now); got != first {
			t.Fatalf("%d: %v", n, got)
		}
		for old := max(0, n-200); old < n; old += 20 {
			if got := r.add(id(old), [43]byte{}, now); got != before {
				t.Fatalf("%d after %d: %v", old, n, got)
			}
		}
	}
	if got := r.add(id(999), [43]byte{1}, began.Add(5*span)); got != first {
		t.Errorf("another holder's with the same id: %v", got)
	}
	held := 0
	for i := range r.parts {
		held += len(r.parts[i].now) + len(r.parts[i].older)
	}
	if held > 600 {
		t.Errorf("%d are remembered, of 200 a span", held)
	}
	r = newReplays(span)
	one := &r.parts[0] // some of what follows falls into it
	one.turn(began, span)
	for n := range mostInShard {
		one.now[proofKey{byte(n), byte(n >> 8), byte(n >> 16), 1}] = struct{}{}
	}
	results := map[verdict]bool{}
	for n := range 200 {
		results[r.add(id(n), [43]byte{}, began)] = true
	}
	if !results[full] || !results[first] || results[before] {
		t.Errorf("with one full shard: %v", results)
	}
}

// TestMaterialIsRefused: keys of other algorithms, and material that lacks something.
func TestMaterialIsRefused(t *testing.T) {
	good := `{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"EdDSA","use":"sig","x":"Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI"}`
	for name, c := range map[string]struct{ text, want string }{
		"good":            {`"issuer":"i","audience":"a","keys":[` + good + `]`, ""},
		"no key":          {`"issuer":"i","audience":"a","keys":[]`, "no key"},
		"no issuer":       {`"audience":"a","keys":[` + good + `]`, "no issuer"},
		"another's key":   {`"issuer":"i","audience":"a","keys":[` + strings.Replace(good, "EdDSA", "ES256", 1) + `]`, "ES256"},
		"a key too short": {`"issuer":"i","audience":"a","keys":[` + strings.Replace(good, "Hrnbu7wE", "", 1) + `]`, "key"},
	} {
		_, err := newVerifierAt(bench.Params{"alg": "EdDSA"}, json.RawMessage(`{"kind":"verification","version":1,"method":"dpop",`+c.text+`}`), time.Now)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestSameURI: only ways to write the same URI are the same.
func TestSameURI(t *testing.T) {
	for _, c := range []struct {
		uri, host, target string
		want              bool
	}{
		{"http://api.test/orders", "api.test", "/orders", true},
		{"http://api.test/orders", "api.test", "/orders?page=2", true},
		{"http://api.test/orders?page=3#x", "api.test", "/orders?page=2", true},
		{"HTTP://API.test/orders", "api.TEST", "/orders", true},
		{"http://api.test:80/orders", "api.test", "/orders", true},
		{"http://api.test/orders", "api.test:80", "/orders", true},
		{"http://api.test", "api.test", "/", true},
		{"http://api.test/orders", "other.test", "http://api.test/orders", true},
		{"http://api.test", "other.test", "http://api.test", true},
		{"http://[::1]:8080/a", "[::1]:8080", "/a", true},
		{"https://api.test/orders", "api.test", "/orders", false},
		{"http://api.test:81/orders", "api.test", "/orders", false},
		{"http://api.test/Orders", "api.test", "/orders", false},
		{"http://api.test/orders/", "api.test", "/orders", false},
		{"http://api.test/%6frders", "api.test", "/orders", false},
		{"http://u@api.test/orders", "api.test", "/orders", false},
		{"http://other.test/orders", "other.test", "http://api.test/orders", false},
		{"http://api.test/orders", "api.test", "orders", false},
		{"http://api.test/orders", "api.test", "*", false},
		{"/orders", "api.test", "/orders", false},
		{"http:/api.test/orders", "api.test", "/orders", false},
		{"", "", "", false},
		{"http://u@api.test/orders", "u@api.test", "/orders", false},
		{"http://api.test::80/orders", "api.test", "/orders", false},
		{"http://api.te\u017ft/orders", "api.test", "/orders", false},
		{"http://\u212aeys.test/orders", "keys.test", "/orders", false},
		{"http://api.test/orders", "api.te\xffst", "/orders", false},
	} {
		if got := sameURI([]byte(c.uri), []byte(c.host), []byte(c.target)); got != c.want {
			t.Errorf("%q of %q %q: %v", c.uri, c.host, c.target, got)
		}
	}
}

// TestTokensStay: what Append gives is the same each time, though its signature is random, and
// at the same time on several threads.
func TestTokensStay(t *testing.T) {
	i, _ := pair(t, nil, time.Now)
	values := make(chan string, 8)
	for range cap(values) {
		go func() { values <- methodtest.Mint(t, i, bench.Valid, 5) }()
	}
	want := methodtest.Mint(t, i, bench.Valid, 5)
	for range cap(values) {
		if got := <-values; got != want {
			t.Error("two tokens of one holder")
		}
	}
}
