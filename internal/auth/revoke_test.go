package auth

import (
	"testing"
	"time"

	"authbench/bench"
)

// A key is taken back by the index of its credential, and no other is.
func TestRevokedKey(t *testing.T) {
	m, err := bench.ParseMethod("apikey", nil, Catalogue())
	if err != nil || !Revokes(m) {
		t.Fatal(err, Revokes(m))
	}
	issuer, err := NewIssuer(m, [32]byte{1}, 10, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification()
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVerifier(m, verification, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	reason := func(index int) bench.Reason {
		credential, err := issuer.Append(nil, bench.Valid, index)
		if err != nil {
			t.Fatal(err)
		}
		return v.Verify(request{"Authorization": {string(credential)}}).Reason
	}
	if err := v.(interface{ Revoke(index int) error }).Revoke(7); err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]bench.Reason{6: bench.ReasonNone, 7: bench.ReasonRevoked, 8: bench.ReasonNone} {
		if got := reason(index); got != want {
			t.Errorf("credential %d: %v, want %v", index, got, want)
		}
	}
	jwt, err := bench.ParseMethod("jwt", []string{"alg=HS256"}, Catalogue())
	if err != nil || Revokes(jwt) {
		t.Errorf("a method without a store: %v %v", err, Revokes(jwt))
	}
}
