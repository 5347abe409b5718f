package paseto

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aidanwoods.dev/go-paseto"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestClasses: a verifier lets in what is valid, as whom it says, and names what is wrong
// with the rest.
func TestClasses(t *testing.T) {
	issuer, verifier := methodtest.NewPair(t, method.Catalogue{Method()}, bench.Method{ID: ID}, 200, time.Now())
	for class, want := range map[bench.Class]bench.Decision{
		bench.Valid:     {Outcome: bench.Allow, Subject: "user-107", Tenant: "tenant-7"},
		bench.Expired:   {Outcome: bench.Deny, Reason: bench.ReasonExpired},
		bench.Forged:    {Outcome: bench.Deny, Reason: bench.ReasonBadSignature},
		bench.Unknown:   {Outcome: bench.Deny, Reason: bench.ReasonUnknownKey},
		bench.Malformed: {Outcome: bench.Deny, Reason: bench.ReasonMalformed},
		bench.Oversized: {Outcome: bench.Deny, Reason: bench.ReasonTooLarge},
		bench.Nested:    {Outcome: bench.Deny, Reason: bench.ReasonBadSignature},
	} {
		value := methodtest.Mint(t, issuer, class, 107)
		if got := verifier.Verify(credentialtest.Request{"Authorization": {value}}); got != want {
			t.Errorf("%s: %+v, want %+v", class, got, want)
		}
	}
}

// TestMaterialIsRefused: keys of other kinds, for another protocol, weak ones, and keys that
// cannot be told apart.
func TestMaterialIsRefused(t *testing.T) {
	good := `{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"v4.public","use":"sig","x":"Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI"}`
	for name, c := range map[string]struct{ keys, want string }{
		"good":             {good, ""},
		"none":             {"", "no key"},
		"of a JWT":         {strings.Replace(good, "v4.public", "EdDSA", 1), "not for v4.public"},
		"without protocol": {strings.Replace(good, `"alg":"v4.public",`, "", 1), "not for v4.public"},
		"without id":       {strings.Replace(good, `"a"`, `""`, 1), "key id"},
		"twice":            {good + "," + good, "key id"},
		"short":            {strings.Replace(good, "Hrnbu7wE", "", 1), "key"},
		"of small order":   {strings.Replace(good, "Hrnbu7wEfAP9cGBOAHHwmH4Wsot1ciXBHwBBXQ4gsaI", strings.Repeat("A", 43), 1), "small order"},
		"of another curve": {strings.Replace(good, "Ed25519", "X25519", 1), "key"},
	} {
		material := `{"kind":"verification","version":1,"method":"paseto","issuer":"i","audience":"a","keys":[` + c.keys + `]}`
		_, err := newVerifierAt(json.RawMessage(material), time.Now)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Of the vectors: the public key in hexadecimal, the key id of 4-S-2's footer, and the tokens.
const (
	vectorKey   = "1eb9dbbbbc047c03fd70604e0071f0987e16b28b757225c11f00415d0e20b1a2"
	vectorKeyID = "zVhMiPBP9fRf2snEcT7gFTioeA9COcNy9DfgL1W60haN"
	vector1     = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA"
	vector2     = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJEBMl0F2caAdgnpKlt4p7xBnx1HcO-SPo8FPp214HDw.eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeTlEZmdMMVc2MGhhTiJ9"
)

// TestVectors: the tokens 4-S-1 and 4-S-2 of the PASETO standard's test vectors
// (as the module aidanwoods.dev/go-paseto has them, licence MIT) have good signatures; the verifier
// refuses them for what it demands beyond that, and no earlier.
func TestVectors(t *testing.T) {
	key, err := hex.DecodeString(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := paseto.NewV4AsymmetricPublicKeyFromBytes(key)
	if err != nil {
		t.Fatal(err)
	}
	v := &verifier{
		keys: map[string]paseto.V4AsymmetricPublicKey{vectorKeyID: public}, parser: paseto.MakeParser(nil),
		issuer: "i", audience: "a", now: func() time.Time { return time.Date(2021, 12, 31, 0, 0, 0, 0, time.UTC) },
	}
	for token, want := range map[string]bench.Reason{
		vector1: bench.ReasonMalformed, // it has no footer
		vector2: bench.ReasonMalformed, // it has no issuer
		strings.Replace(vector2, "eyJkYXRh", "eyJkYXRi", 1): bench.ReasonBadSignature,
	} {
		if _, reason := v.identify([]byte(token), make([]byte, len(token))); reason != want {
			t.Errorf("%.30s…: %v, want %v", token, reason, want)
		}
	}
	v.now = time.Now // they expired with the year 2021
	if _, reason := v.identify([]byte(vector2), make([]byte, len(vector2))); reason != bench.ReasonExpired {
		t.Errorf("an expired one: %v", reason)
	}
}
