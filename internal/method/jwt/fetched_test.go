package jwt

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	issuing "authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestFetchedFromTheIssuer: keys of every algorithm that has public ones come over
// HTTP, and a key set that a token names is not looked at.
func TestFetchedFromTheIssuer(t *testing.T) {
	var lured atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { lured.Add(1) }))
	defer trap.Close()
	for _, alg := range jose.Algorithms() {
		if alg.Key == jose.KeyOct {
			continue
		}
		for _, engine := range []string{"golang-jwt", "lean"} {
			m, err := bench.ParseMethod("jwt", []string{"alg=" + alg.Name, "keys=jwks", "engine=" + engine}, methods)
			if err != nil {
				t.Fatal(err)
			}
			tokens, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 2, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			set, err := method.PublishedKeys(tokens)
			if err != nil {
				t.Fatal(err)
			}
			host, keys := published(t, set)
			material, err := tokens.Verification(method.Places{KeySet: keys.KeySetURL()})
			if err != nil || strings.Contains(string(material), `"kty"`) {
				t.Fatalf("%s: %s, %v", alg.Name, material, err)
			}
			verifier, err := methods.NewVerifier(m, material, nil)
			if err != nil {
				t.Fatal(err)
			}
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg.Name + `","kid":"` + jose.ValidKey + `","jku":"` + trap.URL + `"}`))
			_, rest, _ := strings.Cut(methodtest.Mint(t, tokens, bench.Unknown, 0), ".")
			for value, want := range map[string]bench.Reason{
				methodtest.Mint(t, tokens, bench.Valid, 1):   bench.ReasonNone,
				methodtest.Mint(t, tokens, bench.Unknown, 1): bench.ReasonUnknownKey,
				"Bearer " + header + "." + rest:              bench.ReasonBadSignature,
			} {
				if d := verifier.Verify(credentialtest.Request{"Authorization": {value}}); d.Reason != want {
					t.Errorf("%s %s: %v, want %v", alg.Name, engine, d.Reason, want)
				}
			}
			if c, err := keys.Counters(); err != nil || c.Fetches == 0 {
				t.Errorf("%s %s: %+v, %v", alg.Name, engine, c, err)
			}
			if err := host.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if n := lured.Load(); n != 0 {
		t.Errorf("%d fetches from where a token said", n)
	}
}

// published is an issuer that publishes a key set.
func published(t *testing.T, set []byte) (*issuing.Host, *issuing.Realm) {
	t.Helper()
	host, err := issuing.Local()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := host.Open(issuing.Spec{KeySet: set})
	if err != nil {
		t.Fatal(err)
	}
	return host, keys
}

// TestNoIssuer: a server whose issuer is not there says that it cannot decide.
func TestNoIssuer(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "keys": "jwks"}}
	issuer, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	material, err := issuer.Verification(method.Places{KeySet: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := methods.NewVerifier(m, material, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, issuer, bench.Valid, 0)}}); d.Status() != http.StatusServiceUnavailable {
		t.Errorf("%+v", d)
	}
}

// TestMaterialWithoutTheKeySet, or without whom tokens are from and for, is refused.
func TestMaterialWithoutTheKeySet(t *testing.T) {
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "EdDSA", "keys": "jwks"}}
	for _, material := range []string{
		`{"kind":"verification","version":1,"issuer":"i","audience":"a"}`,
		`{"kind":"verification","version":1,"issuer":"i","key_set":"http://127.0.0.1:9/"}`,
	} {
		if _, err := methods.NewVerifier(m, json.RawMessage(material), nil); err == nil {
			t.Errorf("%s is accepted", material)
		}
	}
}
