package paseto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"aidanwoods.dev/go-paseto"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/credential/jose"
	"authbench/internal/method"
)

// TestWeakVerifiersAreUnsafe: what each of them skips, the method's own cases find, and the
// verifier as it is passes them all, in process and over the wire.
func TestWeakVerifiersAreUnsafe(t *testing.T) {
	for _, c := range []struct {
		name string
		// weaken stands before the verifier.
		weaken func(*verifier, string) string
		finds  []string // some of the cases that must find it; none: it is as it is
	}{
		{"as it is", func(_ *verifier, token string) string { return token }, nil},
		{"skips the signature", resigned, []string{"PASETO-03", "PASETO-04", "PASETO-05", "PASETO-06"}},
		{"skips the times", func(v *verifier, token string) string { v.now = inside(token); return token }, []string{"PASETO-12"}},
		{"takes any header", func(_ *verifier, token string) string {
			if parts := strings.Split(token, "."); len(parts) == 4 {
				token = header + parts[2] + "." + parts[3]
			}
			return token
		}, []string{"PASETO-01"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			weak := Method()
			weak.Verifier = func(_ bench.Params, verification json.RawMessage, _ func(int, int)) (method.Verifier, error) {
				v, err := newVerifierAt(verification, time.Now)
				return weakVerifier{v, c.weaken}, err
			}
			score := examine(t, weak)
			failed := map[string]bool{}
			for _, v := range score.Failed() {
				failed[v.Case.ID] = v.Gating()
				if len(c.finds) == 0 {
					t.Errorf("%s: %+v", v.Case.ID, v.Failures)
				}
			}
			for _, id := range c.finds {
				if !failed[id] {
					t.Errorf("%s does not find it", id)
				}
			}
			if score.Unsafe() != (len(c.finds) > 0) {
				t.Errorf("unsafe: %v; failed: %v", score.Unsafe(), failed)
			}
		})
	}
}

// examine puts the method's own cases to it.
func examine(t *testing.T, m method.Method) *conform.Score {
	t.Helper()
	methods := method.Catalogue{m}
	whole, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := whole.Select([]string{"HTTP-01"}) // one of its own, beside the method's
	if err != nil {
		t.Fatal(err)
	}
	score, err := conform.NewHarness(methods, catalogue, 1).Score(t.Context(), bench.Method{ID: ID}, conform.Process, conform.Wire)
	if err != nil {
		t.Fatal(err)
	}
	return score
}

// weakVerifier changes what the verifier sees.
type weakVerifier struct {
	*verifier
	weaken func(*verifier, string) string
}

func (w weakVerifier) Verify(r bench.Request) bench.Decision {
	values := r.Values("Authorization")
	if len(values) != 1 {
		return w.verifier.Verify(r)
	}
	v := *w.verifier // what weaken changes is for this request
	token, ok := bytes.CutPrefix(values[0], []byte("Bearer "))
	if !ok {
		return v.Verify(r)
	}
	return v.Verify(credentialtest.Request{"Authorization": {"Bearer " + w.weaken(&v, string(token))}})
}

// content is what a token's payload holds, without the signature.
func content(token string) []byte {
	payload, _, _ := strings.Cut(strings.TrimPrefix(token, header), ".")
	out, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || len(out) < ed25519.SignatureSize {
		return nil
	}
	return out[:len(out)-ed25519.SignatureSize]
}

// resigned makes any token's signature good, with a key that the verifier then has.
func resigned(v *verifier, token string) string {
	key := paseto.NewV4AsymmetricSecretKey()
	v.keys = map[string]paseto.V4AsymmetricPublicKey{jose.ValidKey: key.Public()}
	parsed, err := paseto.NewTokenFromClaimsJSON(content(token), []byte(`{"kid":"`+jose.ValidKey+`"}`))
	if err != nil {
		return token
	}
	return parsed.V4Sign(key, nil)
}

// inside is a clock at which a token has just begun.
func inside(token string) func() time.Time {
	var c struct{ Iat, Nbf time.Time }
	if json.Unmarshal(content(token), &c) != nil {
		return time.Now
	}
	if c.Nbf.After(c.Iat) {
		return func() time.Time { return c.Nbf }
	}
	return func() time.Time { return c.Iat }
}
