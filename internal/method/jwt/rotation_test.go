package jwt

import (
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestSuccessor: what signs after a key was replaced says the same of its bearers,
// and needs the new key.
func TestSuccessor(t *testing.T) {
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks", "rotation": "8s"}}
	now := time.Now()
	old, err := methods.NewIssuer(methods.Minted(m), [32]byte{3}, 2, now)
	if err != nil {
		t.Fatal(err)
	}
	next, err := methods.NewSuccessor(m, [32]byte{3}, 2, now)
	if err != nil {
		t.Fatal(err)
	}
	before, after := methodtest.Mint(t, old, bench.Valid, 1), methodtest.Mint(t, next, bench.Valid, 1)
	if a, b := strings.Split(before, "."), strings.Split(after, "."); a[1] != b[1] || a[0] == b[0] {
		t.Error("other claims, or the same header")
	}
	static := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256"}}
	for name, c := range map[string]struct {
		issuer method.Issuer
		want   map[string]bench.Reason
	}{
		"the old key": {old, map[string]bench.Reason{before: bench.ReasonNone, after: bench.ReasonUnknownKey}},
		"the new key": {next, map[string]bench.Reason{before: bench.ReasonUnknownKey, after: bench.ReasonNone}},
	} {
		verification, err := c.issuer.Verification(method.Places{})
		if err != nil {
			t.Fatal(err)
		}
		v, err := methods.NewVerifier(static, verification, nil)
		if err != nil {
			t.Fatal(err)
		}
		for value, want := range c.want {
			if d := v.Verify(credentialtest.Request{"Authorization": {value}}); d.Reason != want {
				t.Errorf("%s: %v, want %v", name, d.Reason, want)
			}
		}
		if d := v.Verify(credentialtest.Request{"Authorization": {methodtest.Mint(t, c.issuer, bench.Unknown, 0)}}); d.Reason != bench.ReasonUnknownKey {
			t.Errorf("%s: an unknown key: %v", name, d.Reason)
		}
	}
	if _, err := methods.NewSuccessor(static, [32]byte{3}, 2, now); err == nil {
		t.Error("an issuer that keeps its key has a successor")
	}
	_, err = methods.NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "rotation": "8s"}}, [32]byte{3}, 2, now)
	if err == nil || !strings.Contains(err.Error(), "rotation") {
		t.Errorf("rotation without a key set: %v", err)
	}
}
