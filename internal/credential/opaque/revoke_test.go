package opaque

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method"
)

// A key is taken back by the index of its credential, and no other is.
func TestRevokedKey(t *testing.T) {
	m, err := bench.ParseMethod("apikey", nil, methods)
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := methods.NewIssuer(m, [32]byte{1}, 10, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification(method.Places{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := methods.NewVerifier(m, verification, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	reason := func(index int) bench.Reason {
		credential, err := issuer.Append(nil, bench.Valid, index)
		if err != nil {
			t.Fatal(err)
		}
		return v.Verify(credentialtest.Request{"Authorization": {string(credential)}}).Reason
	}
	if err := v.(interface{ Revoke(index int) error }).Revoke(7); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]bench.Reason{6: bench.ReasonNone, 7: bench.ReasonRevoked, 8: bench.ReasonNone} {
		if got := reason(index); got != want {
			t.Errorf("credential %d: %v, want %v", index, got, want)
		}
	}
}
