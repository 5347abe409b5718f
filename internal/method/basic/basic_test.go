package basic

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// request has values of Authorization.
type request struct{ values []string }

func (request) Method() []byte    { return nil }
func (request) Target() []byte    { return nil }
func (request) Room(n int) []byte { return make([]byte, n) }

func (r request) Values(field string) (out [][]byte) {
	if field == "Authorization" {
		for _, v := range r.values {
			out = append(out, []byte(v))
		}
	}
	return out
}

// newPair is an issuer of three users and a verifier, with a quick hash.
func newPair(t *testing.T) (method.Issuer, method.Verifier) {
	t.Helper()
	return methodtest.NewPair(t, method.Catalogue{Method()}, bench.Method{ID: ID, Params: bench.Params{"hash": "sha256"}}, 40, time.Now())
}

func TestClasses(t *testing.T) {
	issuer, verifier := newPair(t)
	for class, want := range map[bench.Class]bench.Reason{
		bench.Valid: bench.ReasonNone, bench.Expired: bench.ReasonExpired, bench.Revoked: bench.ReasonRevoked,
		bench.Forged: bench.ReasonBadSignature, bench.Unknown: bench.ReasonUnknown, bench.Malformed: bench.ReasonMalformed,
		bench.Oversized: bench.ReasonTooLarge,
	} {
		value := methodtest.Mint(t, issuer, class, 1)
		d := verifier.Verify(request{[]string{value}})
		if d.Reason != want || (d.Outcome == bench.Allow) != (class == bench.Valid) {
			t.Errorf("%s: %+v", class, d)
		}
		if class == bench.Valid && d.Subject != "user-1" {
			t.Errorf("it is let in as %q", d.Subject)
		}
	}
}

// TestSyntax: what RFC 7617 §2 has for a credential, and nothing else.
func TestSyntax(t *testing.T) {
	issuer, verifier := newPair(t)
	valid := methodtest.Mint(t, issuer, bench.Valid, 0)
	encoded := strings.TrimPrefix(valid, "Basic ")
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	text := string(decoded)
	of := func(plain string) []string {
		return []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(plain))}
	}
	for name, c := range map[string]struct {
		values []string
		want   bench.Reason
	}{
		"valid":                {[]string{valid}, bench.ReasonNone},
		"scheme in lower case": {[]string{"basic " + encoded}, bench.ReasonNone},
		"scheme in upper case": {[]string{"BASIC " + encoded}, bench.ReasonNone},
		"no field":             {nil, bench.ReasonMissing},
		"another scheme":       {[]string{"Bearer " + encoded}, bench.ReasonMissing},
		"no credential":        {[]string{"Basic "}, bench.ReasonMissing},
		"two fields":           {[]string{valid, valid}, bench.ReasonDuplicate},
		"two blanks":           {[]string{"Basic  " + encoded}, bench.ReasonMalformed},
		"blank behind":         {[]string{valid + " "}, bench.ReasonMalformed},
		"line feed inside":     {[]string{"Basic " + encoded[:4] + "\n" + encoded[4:]}, bench.ReasonMalformed},
		"line feed behind":     {[]string{valid + "\r\n"}, bench.ReasonMalformed},
		"no padding":           {[]string{strings.TrimRight(valid, "=")}, bench.ReasonMalformed},
		"no colon":             {of(strings.ReplaceAll(text, ":", "")), bench.ReasonMalformed},
		"nothing":              {of(":"), bench.ReasonUnknown},
		"NUL":                  {of(text + "\x00"), bench.ReasonMalformed},
		"C1 control":           {of(text + "\u0080"), bench.ReasonMalformed},
		"not UTF-8":            {of(text + "\xff"), bench.ReasonMalformed},
		"UTF-8":                {of("Aladdin:öppne dig"), bench.ReasonUnknown},
		"colons in a password": {of(text + "::"), bench.ReasonBadSignature},
		"no password":          {of(text[:12]), bench.ReasonBadSignature},
	} {
		if d := verifier.Verify(request{c.values}); d.Reason != c.want {
			t.Errorf("%s: %+v, want %v", name, d, c.want)
		}
	}
}

func TestChallenge(t *testing.T) {
	_, verifier := newPair(t)
	if c, ok := verifier.(method.Challenger); !ok || verifier.Scheme() != "Basic" || c.Challenge() != `charset="UTF-8"` {
		t.Errorf("scheme %q", verifier.Scheme())
	}
}
