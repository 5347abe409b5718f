package jose

import (
	"encoding/base64"
	"strings"
	"testing"

	"authbench/bench"
)

// The example of RFC 9449 §4.1, figure 2, and the thumbprint of its key in §6.1, figure 11.
const (
	exampleProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19" +
		".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ" +
		".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
	exampleKey = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
)

func TestHeldKeys(t *testing.T) {
	const typ = "dpop+jwt"
	own := func(alg string) (string, string) {
		s, err := NewSigner([32]byte{1}, mustAlgorithm(t, alg), "a", 0)
		if err != nil {
			t.Fatal(err)
		}
		header, err := s.HeldHeader(typ)
		if err != nil {
			t.Fatal(err)
		}
		text := []byte(header + base64.RawURLEncoding.EncodeToString([]byte(`{"a":1}`)))
		if text, err = s.Append(text, string(text), false); err != nil {
			t.Fatal(err)
		}
		print := s.Public.Thumbprint()
		return string(text), string(print[:])
	}
	es384, key384 := own("ES384")
	ed25519, keyEd := own("EdDSA")
	for _, c := range []struct {
		name, alg, jwt string
		key            string
		want           bench.Reason
	}{
		{"the RFC's example", "ES256", exampleProof, exampleKey, bench.ReasonNone},
		{"of P-384", "ES384", es384, key384, bench.ReasonNone},
		{"of Ed25519", "EdDSA", ed25519, keyEd, bench.ReasonNone},
		{"another algorithm", "ES256", ed25519, "", bench.ReasonWrongAlgorithm},
		{"spoilt", "ES256", strings.Replace(exampleProof, ".2-Gx", ".2-Gy", 1), "", bench.ReasonBadSignature},
		{"no JWT", "ES256", "x", "", bench.ReasonMalformed},
	} {
		h, err := NewHeld(typ, c.alg)
		if err != nil {
			t.Fatal(err)
		}
		_, key, reason := h.Verify([]byte(c.jwt), make([]byte, len(c.jwt)))
		if reason != c.want || reason == bench.ReasonNone && string(key[:]) != c.key {
			t.Errorf("%s: %v, key %s, want %v, %s", c.name, reason, key, c.want, c.key)
		}
	}
	for _, alg := range []string{"HS256", "RS256", "ML-DSA-44", "x"} {
		if _, err := NewHeld(typ, alg); err == nil {
			t.Errorf("%s is taken", alg)
		}
	}
}

func mustAlgorithm(t *testing.T, name string) Algorithm {
	t.Helper()
	alg, err := MustAlgorithm(name)
	if err != nil {
		t.Fatal(err)
	}
	return alg
}
