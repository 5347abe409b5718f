package engines

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
	"authbench/internal/credential/jose"
	"authbench/internal/method/all"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// fasthttp keeps the clock of its Date field going for the process's life, and looks
		// for idle workers once more after its server has stopped.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"),
	)
}

// values returns what a parameter of method jwt may be.
func values(t testing.TB, name string) []string {
	t.Helper()
	for _, p := range tokenMethod(t).Params {
		if p.Name == name {
			return p.Values
		}
	}
	t.Fatalf("method jwt has no parameter %s", name)
	return nil
}

func tokenMethod(t testing.TB) bench.MethodSpec {
	t.Helper()
	for _, spec := range all.Catalogue().Methods() {
		if spec.ID == "jwt" {
			return spec
		}
	}
	t.Fatal("there is no method jwt")
	return bench.MethodSpec{}
}

// methods returns every method that is verified here.
func methods(t testing.TB) (out []bench.Method) {
	t.Helper()
	spec := tokenMethod(t)
	for _, alg := range values(t, "alg") {
		for _, i := range implementations() {
			m := bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": i.engine, "policy": i.policy}}
			if len(spec.Problems(m.Params)) == 0 {
				out = append(out, m)
			}
		}
	}
	return out
}

// TestCatalogue: internal/credential/jose knows which engines are here, and which algorithms
// they have.
func TestCatalogue(t *testing.T) {
	spec := tokenMethod(t)
	for _, i := range implementations() {
		for _, alg := range values(t, "alg") {
			m := bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": i.engine, "policy": i.policy}}
			if !jose.IsExternal(m.Params.Text("engine")) {
				t.Fatalf("internal/credential/jose does not know that engine %s is here", i.engine)
			}
			f := newForge(t, alg)
			_, err := NewEngine(i.engine, i.policy, f.config)
			_, errJWS := NewJWS(i.engine, i.policy, f.config.Keys[0])
			if refused := len(spec.Problems(m.Params)) > 0; refused != (err != nil) || refused != (errJWS != nil) {
				t.Errorf("%s %s %s: the catalogue refuses it: %v; the engine: %v, %v", i.engine, i.policy, alg, refused, err, errJWS)
			} else if refused && (!strings.Contains(err.Error(), alg) || !strings.Contains(errJWS.Error(), alg)) {
				t.Errorf("%s %s %s: the reason does not name it: %v, %v", i.engine, i.policy, alg, err, errJWS)
			}
		}
	}
	for _, engine := range values(t, "engine") {
		m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "HS256", "engine": engine}}
		if _, err := find(engine, defaultPolicy); jose.IsExternal(m.Params.Text("engine")) != (err == nil) {
			t.Errorf("engine %s: internal/credential/jose says that it is here: %v; %v", engine, jose.IsExternal(m.Params.Text("engine")), err)
		}
	}
}

func TestTokensOfEachClass(t *testing.T) {
	for _, m := range methods(t) {
		f := newForge(t, m.Params.Text("alg"))
		verifier, err := NewVerifier(m, f.verification, nil)
		if err != nil {
			t.Fatal(err)
		}
		for class, want := range map[bench.Class]bench.Reason{
			bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Forged: bench.ReasonBadSignature,
			bench.Unknown: bench.ReasonUnknownKey, bench.Malformed: bench.ReasonMalformed,
		} {
			if m.Params.Text("policy") == "stock" && class == bench.Unknown {
				want = bench.ReasonBadSignature // it does not look at the key id
			}
			for index := range 3 {
				d := verifier.Verify(bearer(f.mint(t, class, index)))
				if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
					t.Errorf("%v: %s token %d: %v", m.Params, class, index, d.Reason)
				}
				if class == bench.Valid && (d.Subject != fmt.Sprint("user-", index) || d.Tenant != fmt.Sprint("tenant-", index)) {
					t.Errorf("%v: let in as %q of %q", m.Params, d.Subject, d.Tenant)
				}
			}
		}
	}
}

// TestOthersAreVerifiedToo: the program has all that the main one has.
func TestOthersAreVerifiedToo(t *testing.T) {
	f := newForge(t, "EdDSA")
	verifier, err := NewVerifier(bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA"}}, f.verification, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := verifier.Verify(bearer(f.mint(t, bench.Valid, 0))); d.Outcome != bench.Allow {
		t.Errorf("refused: %v", d.Reason)
	}
	if d := verifier.Verify(bearer(f.mint(t, bench.Forged, 0))); d.Reason != bench.ReasonBadSignature {
		t.Errorf("a forged token: %v", d.Reason)
	}
}

func TestVerifiersThatAreRefused(t *testing.T) {
	good := newForge(t, "HS256")
	for name, c := range map[string]struct {
		params       bench.Params
		verification []byte
	}{
		"policy":    {bench.Params{"alg": "HS256", "engine": "jwx", "policy": "lax"}, good.verification},
		"algorithm": {bench.Params{"alg": "ML-DSA-44", "engine": "jwx"}, good.verification},
		"material":  {bench.Params{"alg": "HS256", "engine": "go-jose"}, []byte(`{"kind":"s3cret"}`)},
		"other key": {bench.Params{"alg": "HS384", "engine": "go-jose"}, good.verification},
	} {
		if _, err := NewVerifier(bench.Method{ID: "jwt", Params: c.params}, c.verification, nil); err == nil || errors.Is(err, jose.ErrExternal) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewEngine("golang-jwt", "hardened", good.config); err == nil {
		t.Error("an engine that is not here")
	}
	if _, err := NewJWS("golang-jwt", "hardened", good.config.Keys[0]); err == nil {
		t.Error("an engine's JWS that is not here")
	}
}

// TestKeysThatAreRefused: hardened takes no weak key, stock no choice of keys.
func TestKeysThatAreRefused(t *testing.T) {
	short := jose.JWK{KeyType: "oct", KeyID: "key-1", Algorithm: "HS256", Secret: make([]byte, 31)}
	for _, i := range implementations() {
		f := newForge(t, "HS256")
		twice := f.config
		second := f.config.Keys[0]
		second.KeyID = "key-9"
		twice.Keys = []jose.JWK{f.config.Keys[0], second}
		weak := f.config
		weak.Keys = []jose.JWK{short}
		_, errTwice := i.tokens(twice)
		_, errWeak := i.tokens(weak)
		_, errWeakJWS := i.jws(short)
		if hardened := i.policy == "hardened"; hardened != (errTwice == nil) || hardened && (errWeak == nil || errWeakJWS == nil) {
			t.Errorf("%s %s: two keys: %v; a short key: %v, %v", i.engine, i.policy, errTwice, errWeak, errWeakJWS)
		}
		if i.policy == "hardened" {
			continue
		}
		for name, key := range map[string]jose.JWK{
			"no key": {}, "no modulus": {KeyType: "RSA", Algorithm: "RS256"},
			"off the curve": {KeyType: "EC", Algorithm: "ES256", Curve: "P-256", X: make([]byte, 32), Y: make([]byte, 32)},
		} {
			if _, err := i.jws(key); err == nil {
				t.Errorf("%s %s: %s is taken", i.engine, i.policy, name)
			}
		}
	}
}

// request carries a token.
type request struct{ value []byte }

func bearer(value string) request { return request{[]byte(value)} }

var _ bench.Request = request{}

func (request) Method() []byte    { return []byte("GET") }
func (request) Target() []byte    { return []byte("/") }
func (request) Room(n int) []byte { return make([]byte, n) }

func (r request) Values(field string) [][]byte {
	if field != "Authorization" {
		return nil
	}
	return [][]byte{r.value}
}

// frozen is when forged tokens are verified; a fraction of a second shows what is
// done with fractions.
var frozen = time.Unix(1_700_000_000, 250_000_000)
