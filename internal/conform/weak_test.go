package conform

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
	"authbench/internal/method/all"
)

// A weakness is one more way in, beside a strict verifier's.
type weakness struct {
	name string
	// class is the class of the catalogue that must catch it.
	class string
	// alg is the algorithm of the method that has it; "" for API keys.
	alg string
	// lets reports whether the weakness lets a request in.
	lets func(w *weak, r bench.Request) bool
}

// weak is a strict verifier with one weakness.
type weak struct {
	method.Verifier
	weakness
	victim *key
	jws    jose.JWS
	mu     sync.Mutex
	seen   map[string]bool
	hoard  [][]byte
}

func (w *weak) Verify(r bench.Request) bench.Decision {
	if d := w.Verifier.Verify(r); d.Outcome == bench.Allow {
		w.remember(credentialOf(r))
		return d
	}
	if w.lets(w, r) {
		return bench.Decision{Outcome: bench.Allow, Subject: "user-1", Tenant: "tenant-a"}
	}
	return w.Verifier.Verify(r)
}

func (w *weak) remember(credential string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[credential] = true
}

// remembers reports whether a credential that was let in has such a property.
func (w *weak) remembers(like func(string) bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for credential := range w.seen {
		if like(credential) {
			return true
		}
	}
	return false
}

func credentialOf(r bench.Request) string {
	values := r.Values("Authorization")
	if len(values) == 0 {
		return ""
	}
	return strings.TrimPrefix(string(values[0]), "Bearer ")
}

// opened is a token that somebody reads without care.
type opened struct {
	header, claims map[string]any
	input          string
	signature      []byte
}

func open(r bench.Request) opened {
	parts := strings.Split(credentialOf(r)+"..", ".")
	var o opened
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	_ = json.Unmarshal(header, &o.header)
	_ = json.Unmarshal(claims, &o.claims)
	o.input = parts[0] + "." + parts[1]
	o.signature, _ = base64.RawURLEncoding.DecodeString(parts[2])
	return o
}

func (o opened) alg() string { alg, _ := o.header["alg"].(string); return alg }

// signed reports whether a key made the token's signature.
func (o opened) signed(k *key, alg string) bool {
	want, err := k.sign(alg, []byte(o.input), nil)
	return err == nil && bytes.Equal(want, o.signature)
}

// fetched asks where the token points for keys, as no verifier may.
func fetched(o opened) bool {
	url, _ := o.header["jku"].(string)
	response, err := http.Get(url) //nolint:gosec,noctx // this is the weakness
	if err != nil {
		return false
	}
	defer http.DefaultClient.CloseIdleConnections()
	return response.Body.Close() == nil && response.StatusCode == http.StatusOK
}

// hoarded is what one failure leaves in a cache without a bound: so much that a hundredth of
// the flood, which the examiner looks at first, goes beyond the limit.
const hoarded = 64 << 10

var weaknesses = []weakness{
	{"alg none", "alg-none", "RS256", func(_ *weak, r bench.Request) bool {
		return strings.HasPrefix(strings.TrimSpace(open(r).alg()), "none")
	}},
	{"public key as HMAC secret", "key-confusion", "RS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		secret, err := w.victim.encodedPublic("spki-pem")
		return err == nil && o.signed(&key{private: secret}, "HS256")
	}},
	{"any algorithm of the key", "alg-substitution", "RS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		return o.signed(w.victim, "RS512") || o.signed(w.victim, "RS256")
	}},
	{"a part of the signature", "signature", "HS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		want, err := w.victim.sign("HS256", []byte(o.input), nil)
		return err == nil && len(o.signature) > 0 && bytes.HasPrefix(want, o.signature)
	}},
	{"no signature", "tamper", "HS256", func(_ *weak, r bench.Request) bool { return open(r).claims["iss"] != nil }},
	{"key from the header", "key-injection", "EdDSA", func(_ *weak, r bench.Request) bool { return open(r).header["jwk"] != nil }},
	{"keys from the network", "key-injection", "EdDSA", func(_ *weak, r bench.Request) bool { return fetched(open(r)) }},
	{"crit", "crit", "HS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		return o.header["crit"] != nil && o.signed(w.victim, "HS256")
	}},
	{"lax base64", "encoding", "HS256", func(w *weak, r bench.Request) bool {
		text := strings.NewReplacer("=", "", "\n", "", "\r", "", "+", "-", "/", "_").Replace(credentialOf(r))
		_, reason := w.jws.Payload([]byte(text))
		return reason == bench.ReasonNone && text != credentialOf(r)
	}},
	{"exp", "claims-time", "HS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		exp, _ := o.claims["exp"].(float64)
		return exp < 1.7e9 && o.signed(w.victim, "HS256") && o.claims["aud"] == "https://api.test"
	}},
	{"aud", "claims-context", "HS256", func(w *weak, r bench.Request) bool {
		o := open(r)
		aud, _ := o.claims["aud"].(string)
		return strings.HasPrefix(aud, "https://api.test") && o.signed(w.victim, "HS256")
	}},
	{"panics on long tokens", "dos", "HS256", func(_ *weak, r bench.Request) bool {
		if len(credentialOf(r)) > 16<<10 {
			panic("too long")
		}
		return false
	}},
	{"cache by header and payload", "cache-revocation", "HS256", func(w *weak, r bench.Request) bool {
		input := open(r).input
		return w.remembers(func(c string) bool { return strings.HasPrefix(c, input+".") })
	}},
	{"cache of failures without a bound", "cache-revocation", "HS256", func(w *weak, _ bench.Request) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.hoard = append(w.hoard, make([]byte, hoarded))
		return false
	}},
	{"slow cache of failures without a bound", "cache-revocation", "HS256", func(w *weak, _ bench.Request) bool {
		time.Sleep(2 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.hoard = append(w.hoard, make([]byte, 4096))
		return false
	}},
	{"key id alone", "apikey", "", func(w *weak, r bench.Request) bool {
		public, _ := publicPart(credentialOf(r))
		return w.remembers(func(c string) bool { return strings.HasPrefix(c, public) }) && len(credentialOf(r)) > 0
	}},
	{"first of two headers", "http", "HS256", func(w *weak, r bench.Request) bool {
		values := r.Values("Authorization")
		return len(values) > 1 && w.Verifier.Verify(requestView{Request{Fields: []bench.Field{{Name: "Authorization", Value: string(values[0])}}}}).Outcome == bench.Allow
	}},
	{"methods without a check", "oracle", "HS256", func(_ *weak, r bench.Request) bool { return string(r.Method()) == "PROPFIND" }},
}

// weakened examines a verifier with a weakness, in process and over the wire.
func weakened(t *testing.T, harness *Harness, w weakness) *Score {
	t.Helper()
	m := bench.Method{ID: "apikey", Params: bench.Params{"header": "authorization"}}
	if w.alg != "" {
		m = jwtMethod(w.alg)
	}
	f, err := harness.fixture(m)
	if err != nil {
		t.Fatal(err)
	}
	strict, _, err := harness.verifier(t.Context(), f) // it fetches nothing: there is no issuer to close
	if err != nil {
		t.Fatal(err)
	}
	v := &weak{Verifier: strict, weakness: w, victim: f.keys[roleVictim], seen: map[string]bool{}}
	if v.victim != nil {
		jwk, err := v.victim.verification(w.alg)
		if err != nil {
			t.Fatal(err)
		}
		if v.jws, err = jose.NewJWS("golang-jwt", "stock", jwk); err != nil {
			t.Fatal(err)
		}
	}
	served, stop, err := serve(v, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	e := &examiner{Catalogue: harness.catalogue, Fixture: f, Subjects: []Subject{process{verifier: v}, served}}
	if w.class == "weak-key" {
		e.Build = func(*key) (Subject, error) { return process{verifier: v}, nil }
	}
	score, err := e.Examine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// TestEveryClassCatchesItsWeakness: a verifier with one weakness fails cases of the
// class that is about it. A catalogue whose cases could not fail would show here.
func TestEveryClassCatchesItsWeakness(t *testing.T) {
	whole := builtin(t)
	every := append(slices.Clone(weaknesses),
		weakness{"any key", "weak-key", "HS256", func(_ *weak, r bench.Request) bool { return open(r).claims["iss"] != nil }})
	caught := map[string]bool{}
	for _, w := range every {
		t.Run(w.name, func(t *testing.T) {
			score := weakened(t, NewHarness(all.Catalogue(), ofClass(whole, w.class), 3), w)
			if count := score.Count(func(c *Case) bool { return c.Class == w.class }); count.Failed == 0 {
				t.Errorf("class %s catches nothing: %+v", w.class, count)
			}
			caught[w.class] = true
		})
	}
	for _, c := range whole.Cases {
		if !caught[c.Class] {
			t.Errorf("no weakness is for class %s", c.Class)
		}
	}
}

func ofClass(c *Catalogue, class string) *Catalogue {
	out := *c
	out.Cases = nil
	for _, one := range c.Cases {
		if one.Class == class {
			out.Cases = append(out.Cases, one)
		}
	}
	return &out
}

// TestStrictVerifiersPass: without a weakness nothing fails, whatever the engine.
func TestStrictVerifiersPass(t *testing.T) {
	for _, m := range scoredMethods() {
		if !MustPass(m) {
			continue
		}
		t.Run(Name(m), func(t *testing.T) {
			score, least := scoreOf(t, m), 25
			if all.Catalogue().Family(m).Slow {
				least = 10
			}
			for _, v := range score.Failed() {
				t.Errorf("%s %s: %+v", v.Case.ID, v.Case.Title, v.Failures)
			}
			if c := score.Count(All); c.Passed < least || c.Skipped > 5 {
				t.Errorf("counts %+v", c)
			}
		})
	}
}

// TestStockFailsTheGate: the library's defaults let in what the plan says that they
// do.
func TestStockFailsTheGate(t *testing.T) {
	m := jwtMethod("HS256")
	m.Params["policy"] = "stock"
	score := scoreOf(t, m)
	var ids []string
	for _, v := range score.Failed() {
		if v.Case.Impact.gating() {
			ids = append(ids, v.Case.ID)
		}
	}
	if want := "[TIME-05 CTX-01 CTX-03 CTX-10]"; fmt.Sprint(ids) != want || score.gate() || MustPass(m) {
		t.Errorf("failed %v; want %s", ids, want)
	}
}

// fake is a subject that answers as a test wants, once it has stood the control.
type fake struct {
	surface    Surface
	answer     func(Request) (Answer, error)
	used       func() bench.Counters
	controlled *atomic.Int64
}

func (f fake) Surface() Surface          { return f.surface }
func (fake) Host() string                { return "" }
func (f fake) usage(bool) bench.Counters { return f.used() }

func (f fake) Ask(_ context.Context, r Request) (Answer, error) {
	switch f.controlled.Add(1) {
	case 1:
		return Answer{Status: 200}, nil
	case 2, 3:
		return Answer{Status: 401, Challenged: true}, nil
	}
	return f.answer(r)
}

// TestDemandsThatARecipeCannotBeHeldTo are listed: none passes unseen.
func TestDemandsThatARecipeCannotBeHeldTo(t *testing.T) {
	catalogue, err := Parse("t.json", []byte(oneCase(`{"base":"jwt","sig":[{"op":"truncate","n":1}]}`, `{"outcome":"reject","status":[401],"also":["identity_matches","no_5xx","heap_growth_max_bytes:1"]}`)))
	if err != nil {
		t.Fatal(err)
	}
	score, err := NewHarness(all.Catalogue(), catalogue, 1).Score(t.Context(), jwtMethod("HS256"), Process)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(score.Verdicts[0].Unjudged); got != "[identity_matches heap_growth_max_bytes]" {
		t.Errorf("unjudged: %s", got)
	}
}

// TestLimits: each extra demand catches what it is about, and nothing else.
func TestLimits(t *testing.T) {
	refusal := Answer{Status: 401, Challenged: true, Reason: bench.ReasonBadSignature, Seen: "401"}
	var cpu, alloc, heap int64
	var asked int
	for name, c := range map[string]struct {
		recipe, also string
		answer       func(Request) Answer
		fault        Fault
	}{
		"nothing wrong": {`{"base":"jwt"}`, `"no_5xx","no_echo","www_authenticate","error_is_signature","time_max_ms:10","alloc_max_bytes:1000"`, func(Request) Answer { return refusal }, ""},
		"let in":        {`{"base":"jwt"}`, ``, func(Request) Answer { return Answer{Status: 200} }, falseAccept},
		"server error":  {`{"base":"jwt"}`, ``, func(Request) Answer { return Answer{Status: 503} }, serverError},
		"panic":         {`{"base":"jwt"}`, ``, func(Request) Answer { return Answer{Status: 500, Panicked: true} }, serverError},
		"hangs":         {`{"base":"jwt"}`, ``, func(Request) Answer { a := refusal; a.Took = 2 * patience; return a }, serverError},
		"no challenge":  {`{"base":"jwt"}`, ``, func(Request) Answer { return Answer{Status: 401} }, noChallenge},
		"wrong status":  {`{"base":"jwt"}`, ``, func(Request) Answer { return Answer{Status: 404} }, wrongStatus},
		"other reason":  {`{"base":"jwt"}`, `"error_is_signature"`, func(Request) Answer { a := refusal; a.Reason = bench.ReasonExpired; return a }, wrongReason},
		"too slow":      {`{"base":"jwt"}`, `"time_max_ms:10"`, func(Request) Answer { cpu += 20e6; return refusal }, overLimit},
		"slow once":     {`{"base":"jwt"}`, `"time_max_ms:10"`, func(Request) Answer { asked++; cpu += 20e6 * int64(asked%2); return refusal }, ""},
		"too much":      {`{"base":"jwt"}`, `"alloc_max_bytes:1000"`, func(Request) Answer { alloc += 2000; return refusal }, overLimit},
		"echo of the credential": {`{"base":"valid"}`, `"no_echo"`, func(r Request) Answer {
			a := refusal
			a.Seen += r.Fields[0].Value
			return a
		}, echo},
		"echo of the right signature": {`{"base":"valid","text_on_credential":[{"op":"mutate_tail","n":4}]}`, `"no_echo"`, func(r Request) Answer {
			a := refusal
			parts := strings.Split(strings.TrimPrefix(r.Fields[0].Value, "Bearer "), ".")
			right, err := fixture(t, jwtMethod("HS256")).keys[roleVictim].sign("HS256", []byte(parts[0]+"."+parts[1]), nil)
			if err != nil {
				t.Error(err)
			}
			a.Seen += "expected " + base64.StdEncoding.EncodeToString(right)
			return a
		}, echo},
		"echo of a token": {`{"base":"jwt"}`, `"no_echo"`, func(r Request) Answer {
			a := refusal
			a.Seen += r.Fields[0].Value
			return a
		}, echo},
		"different refusals": {`{"base":"compare","recipes":[{"base":"jwt"},{"base":"jwt","text":[{"op":"set","value":"a.b.c"}]}]}`, `"uniform_response"`, func(r Request) Answer {
			a := refusal
			a.Seen = fmt.Sprint(len(r.Fields[0].Value) > 20)
			return a
		}, notUniform},
		"memory": {`{"base":"sequence","steps":[{"flood":1000,"mutate":[{"op":"mutate_tail","n":8}],"expect":"reject"}]}`, `"heap_growth_max_bytes:50000"`, func(Request) Answer {
			heap += 100
			return refusal
		}, overLimit},
		"flood let in": {`{"base":"sequence","steps":[{"flood":100,"mutate":[{"op":"mutate_tail","n":8}],"expect":"reject"}]}`, `"heap_growth_max_bytes:50000"`, func(Request) Answer {
			return Answer{Status: 200}
		}, falseAccept},
		"warm cache": {`{"base":"sequence","steps":[{"credential":"valid","expect":"accept","repeat":3}]}`, ``, func(Request) Answer { return refusal }, falseReject},
	} {
		t.Run(name, func(t *testing.T) {
			catalogue, err := Parse("t.json", []byte(oneCase(c.recipe, `{"outcome":"reject","status":[401],"also":[`+c.also+`]}`)))
			if err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			s := fake{Process, func(r Request) (Answer, error) {
				mu.Lock()
				defer mu.Unlock()
				return c.answer(r), nil
			}, func() bench.Counters { return bench.Counters{CPU: cpu, AllocBytes: alloc, HeapBytes: heap} }, new(atomic.Int64)}
			f, err := NewHarness(all.Catalogue(), catalogue, 7).fixture(jwtMethod("HS256"))
			if err != nil {
				t.Fatal(err)
			}
			score, err := (&examiner{Catalogue: catalogue, Fixture: f, Subjects: []Subject{s}}).Examine(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			v := score.Verdicts[0]
			if c.fault == "" != (v.Status == Passed) || c.fault != "" && !v.has(c.fault) {
				t.Errorf("%s %+v; want %q", v.Status, v.Failures, c.fault)
			}
		})
	}
}
