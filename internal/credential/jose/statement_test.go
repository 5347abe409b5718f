package jose

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"authbench/bench"
)

// TestPrivateKeysSurviveJSON: what a key that was written and read again signs, the public
// key verifies.
func TestPrivateKeysSurviveJSON(t *testing.T) {
	for _, alg := range Algorithms() {
		made := testSigner(t, alg, ValidKey)
		text, err := json.Marshal(made.Private)
		if err != nil {
			t.Fatal(err)
		}
		var read JWK
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		s, err := SignerOf(read)
		if err != nil {
			t.Fatalf("%s: %v", alg.Name, err)
		}
		verifies, err := NewStatements("note", made.Public)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := s.JWT("note", []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if claims, reason := verifies.Claims(signed); string(claims) != "{}" {
			t.Errorf("%s: %q, %v", alg.Name, claims, reason)
		}
	}
}

// TestBrokenPrivateKeys are refused, and not quoted.
func TestBrokenPrivateKeys(t *testing.T) {
	for _, alg := range Algorithms() {
		if alg.Key == KeyOct { // any text is one
			continue
		}
		broken := testSigner(t, alg, ValidKey).Private
		broken.Private, broken.Seed = []byte("quoted"), []byte("quoted")
		if _, err := SignerOf(broken); err == nil || strings.Contains(err.Error(), "quoted") {
			t.Errorf("%s: %v", alg.Name, err)
		}
	}
	if _, err := SignerOf(JWK{Algorithm: "none"}); err == nil {
		t.Error("a key for no algorithm signs")
	}
}

func TestStatements(t *testing.T) {
	alg, err := MustAlgorithm("ES256")
	if err != nil {
		t.Fatal(err)
	}
	own, other := testSigner(t, alg, ValidKey), testSigner(t, alg, NextKey)
	v, err := NewStatements("note+jwt", own.Public)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(by *Signer, typ string) string {
		signed, err := by.JWT(typ, []byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		return string(signed)
	}
	good := sign(own, "note+jwt")
	renamed := *other
	renamed.kid = own.kid
	for name, c := range map[string]struct {
		jwt  string
		want bench.Reason
	}{
		"good":                 {good, bench.ReasonNone},
		"media type":           {sign(own, "application/NOTE+jwt"), bench.ReasonNone},
		"another type":         {sign(own, "JWT"), bench.ReasonMalformed},
		"empty type":           {sign(own, ""), bench.ReasonMalformed},
		"half a media type":    {sign(own, "application/"), bench.ReasonMalformed},
		"another key":          {sign(other, "note+jwt"), bench.ReasonUnknownKey},
		"another key, renamed": {sign(&renamed, "note+jwt"), bench.ReasonBadSignature},
		"no type":              {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256"}`)) + good[strings.Index(good, "."):], bench.ReasonMalformed},
		"no algorithm":         {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"note+jwt"}`)) + good[strings.Index(good, "."):], bench.ReasonWrongAlgorithm},
		"no signature":         {good[:strings.LastIndex(good, ".")], bench.ReasonMalformed},
		"nothing":              {"", bench.ReasonMalformed},
		"text":                 {`{"a":1}`, bench.ReasonMalformed},
	} {
		for range 2 { // the second time its header may be known
			if claims, reason := v.Claims([]byte(c.jwt)); reason != c.want || (string(claims) == `{"a":1}`) != (c.want == bench.ReasonNone) {
				t.Errorf("%s: %q, %v, want %v", name, claims, reason, c.want)
			}
		}
	}
}
