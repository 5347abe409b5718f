package introspection

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/credential"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method"
)

// lenient is a verifier that does something before it asks.
type lenient struct {
	method.Verifier
	before func(token []byte) (other []byte, allow bool)
}

func (l lenient) Verify(r bench.Request) bench.Decision {
	values := r.Values("Authorization")
	if len(values) != 1 {
		return l.Verifier.Verify(r)
	}
	token, behind := bytes.CutPrefix(values[0], []byte("Bearer "))
	if !behind {
		return l.Verifier.Verify(r)
	}
	other, allow := l.before(token)
	if allow {
		return credential.Allow("user-1", "tenant-1")
	}
	return l.Verifier.Verify(credentialtest.Request{"Authorization": {"Bearer " + string(other)}})
}

// TestLenientVerifiersAreFound by the method's own cases; as it is, it passes them all, in
// process and over the wire.
func TestLenientVerifiersAreFound(t *testing.T) {
	for name, c := range map[string]struct {
		before func(token []byte) ([]byte, bool)
		finds  string
		unsafe bool
	}{
		"as it is": {func(token []byte) ([]byte, bool) { return token, false }, "", false},
		"takes the last token of the form": {func(token []byte) ([]byte, bool) {
			return token[bytes.LastIndexByte(token, '=')+1:], false
		}, "INTROSPECTION-02", false},
		"believes what is active in the token": {func(token []byte) ([]byte, bool) {
			text, err := base64.RawURLEncoding.DecodeString(string(token))
			var said struct{ Active bool }
			return token, err == nil && json.Unmarshal(text, &said) == nil && said.Active
		}, "INTROSPECTION-01", true},
	} {
		t.Run(name, func(t *testing.T) {
			weak := Method()
			weak.Verifier = func(p bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
				v, err := newVerifier(p, verification, nil)
				return lenient{v, c.before}, err
			}
			whole, err := conform.Builtin()
			if err != nil {
				t.Fatal(err)
			}
			catalogue, err := whole.Select([]string{"HTTP-01"}) // one of its own, beside the method's
			if err != nil {
				t.Fatal(err)
			}
			score, err := conform.NewHarness(method.Catalogue{weak}, catalogue, 1).Score(t.Context(), bench.Method{ID: ID}, conform.Process, conform.Wire)
			if err != nil {
				t.Fatal(err)
			}
			found := ""
			for _, v := range score.Failed() {
				found += v.Case.ID
			}
			if found != c.finds || score.Unsafe() != c.unsafe {
				t.Errorf("failed %q, unsafe %v; want %q, %v", found, score.Unsafe(), c.finds, c.unsafe)
			}
		})
	}
}
