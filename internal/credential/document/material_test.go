package document_test

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential/document"
	"authbench/internal/credential/jose"
	"authbench/internal/method/all"
)

func TestVerificationErrorsHavePositions(t *testing.T) {
	cases := []struct{ text, want string }{
		{"", "f:1:1: the JSON value is cut off"},
		{"{\n  \"kind\": s3cret}", "f:2:11: this is not JSON"},
		{"{\n \"kind\":\"verification\",\n \"version\":\"s3cret\"}", `f:3:19: member "version" has the wrong type`},
		{`{"kind":"credentials","version":1}`, `f:1:1: this is not a file of kind "verification"`},
		{`{"kind":"verification","version":9}`, "f:1:1: version 9 of the file"},
		{`{"kind":"verification","version":1,"secrets":1}`, `f:1:48: unknown field "secrets"`},
		{`{"kind":"verification","version":1,"keys":[{"kty":"oct","k":"s3cret="}]}`, "f:1:73: a member cannot be read"},
		{`{"kind":"verification","version":1,"api_keys":[{"expires":"s3cret"}]}`, "f:1:70: a member cannot be read"},
		{`{"kind":"verification","version":1}{}`, "f:1:36: there is more after"},
	}
	for _, c := range cases {
		_, err := document.ReadVerification("f", strings.NewReader(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: %v; want %s", c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the error quotes a key: %v", err)
		}
	}
}

// FuzzReadVerification: whatever is accepted is written and read again as the
// same, and no verifier made of it panics.
func FuzzReadVerification(f *testing.F) {
	for _, alg := range jose.AlgorithmNames() {
		issuer, err := all.Catalogue().NewIssuer(bench.Method{ID: "jwt", Params: bench.Params{"alg": alg}}, [32]byte{1}, 1, time.Now())
		if err != nil {
			f.Fatal(err)
		}
		published, err := issuer.Published()
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(published))
	}
	f.Add([]byte(`{"kind":"verification","version":1,"api_keys":[{"sha256":"00","expires":"2030-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := document.ReadVerification("f", bytes.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f:") {
				t.Fatalf("no position: %v", err)
			}
			return
		}
		for _, alg := range jose.AlgorithmNames() {
			for _, i := range jose.Implementations() {
				if engine, err := i.Tokens(jose.EngineConfig{Algorithm: alg, Issuer: v.Issuer, Audience: v.Audience, Keys: v.Keys, Now: time.Now}); err == nil {
					token := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","kid":"key-1"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte("{}")) + ".AAAA"
					engine.Verify([]byte(token), make([]byte, len(token)))
				}
			}
		}
		again, err := v.Encode()
		if err != nil {
			t.Skip("a time beyond the year 9999")
		}
		if got, err := document.ReadVerification("f", bytes.NewReader(again)); err != nil || !sameVerification(got, v) {
			t.Fatalf("%+v became %+v, %v", v, got, err)
		}
	})
}

// sameVerification compares what is written: an empty list and none are the same.
func sameVerification(a, b document.Verification) bool {
	x, err1 := a.Encode()
	y, err2 := b.Encode()
	return err1 == nil && err2 == nil && reflect.DeepEqual(x, y)
}
