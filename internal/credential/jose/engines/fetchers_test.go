package engines

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	"authbench/internal/measure/issuer"
	"authbench/internal/method"
	"authbench/internal/method/all"
	"authbench/internal/method/methodtest"
)

// fetching is an issuer with two keys in its set, and a verifier that fetches it.
type fetching struct {
	first, second method.Issuer
	realm         *issuer.Realm
	verifier      method.Verifier
}

func newFetching(t *testing.T, fetcher string) *fetching {
	t.Helper()
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks", "fetcher": fetcher}}
	var f fetching
	var err error
	if f.first, err = all.Catalogue().NewIssuer(m, [32]byte{1}, 10, time.Now()); err != nil {
		t.Fatal(err)
	}
	if f.second, err = all.Catalogue().NewWithKey(m, "key-of-7", [32]byte{1}, 10, time.Now()); err != nil {
		t.Fatal(err)
	}
	host, err := issuer.Local()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = host.Close() })
	set, err := method.PublishedKeys(f.first, f.second)
	if err != nil {
		t.Fatal(err)
	}
	if f.realm, err = host.Open(issuer.Spec{KeySet: set}); err != nil {
		t.Fatal(err)
	}
	material, err := f.first.Verification(method.Places{KeySet: f.realm.KeySetURL()})
	if err != nil {
		t.Fatal(err)
	}
	if f.verifier, err = NewVerifier(m, material, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := method.Close(f.verifier); err != nil {
			t.Error(err)
		}
	})
	return &f
}

func (f *fetching) decide(t *testing.T, by method.Issuer, class bench.Class) bench.Decision {
	t.Helper()
	return f.verifier.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, by, class, 7)}})
}

// TestFetchersVerify: what each library lets in, as its README shows it, and why it refuses
// what it does.
func TestFetchersVerify(t *testing.T) {
	for fetcher := range fetchers() {
		f := newFetching(t, fetcher)
		for class, want := range map[bench.Class]bench.Reason{
			bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Forged: bench.ReasonBadSignature, bench.Malformed: bench.ReasonMalformed,
		} {
			d := f.decide(t, f.first, class)
			if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) || class == bench.Valid && (d.Subject != "user-7" || d.Tenant == "") {
				t.Errorf("%s: a %s token: %+v, want %v", fetcher, class, d, want)
			}
		}
	}
}

// TestRemovedKeys: keyfunc goes on with a key that was removed, whatever comes; go-oidc does
// until any token fails.
func TestRemovedKeys(t *testing.T) {
	for fetcher, learns := range map[string]bool{jose.Keyfunc: false, jose.GoOIDC: true} {
		f := newFetching(t, fetcher)
		if d := f.decide(t, f.second, bench.Valid); d.Outcome != bench.Allow {
			t.Fatalf("%s: %+v", fetcher, d)
		}
		left, err := method.PublishedKeys(f.first)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.realm.Publish(left); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if d := f.decide(t, f.second, bench.Valid); d.Outcome != bench.Allow {
				t.Errorf("%s: refused though nothing failed: %+v", fetcher, d)
			}
		}
		f.decide(t, f.first, bench.Forged)
		time.Sleep(50 * time.Millisecond) // go-oidc keeps what it fetched a moment later
		if d := f.decide(t, f.second, bench.Valid); (d.Outcome == bench.Allow) == learns {
			t.Errorf("%s: after a forged token: %+v", fetcher, d)
		}
		if d := f.decide(t, f.first, bench.Valid); d.Outcome != bench.Allow {
			t.Errorf("%s: the other key: %+v", fetcher, d)
		}
	}
}

// TestFetchersElsewhere: the main program says who has them, and neither takes an issuer
// elsewhere.
func TestFetchersElsewhere(t *testing.T) {
	for fetcher := range fetchers() {
		m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks", "fetcher": fetcher}}
		minted, err := all.Catalogue().NewIssuer(m, [32]byte{1}, 10, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		material, err := minted.Verification(method.Places{KeySet: "http://192.0.2.1/keys"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.Catalogue().NewVerifier(m, material, nil); err == nil || !strings.Contains(err.Error(), "make engines") {
			t.Errorf("%s: %v", fetcher, err)
		}
		if _, err := NewVerifier(m, material, nil); err == nil || !strings.Contains(err.Error(), "loopback") {
			t.Errorf("%s: %v", fetcher, err)
		}
	}
}
