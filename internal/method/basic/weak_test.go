package basic

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"authbench/bench"
	"authbench/internal/conform"
	"authbench/internal/method"
)

// weak lets in what becomes valid by a change to its user-id and password.
type weak struct {
	method.Verifier
	mu    sync.Mutex        // guards users
	users map[string]string // subjects by user-ids and passwords as they are remembered
	keep  func(plain string) string
}

func (w *weak) Verify(r bench.Request) bench.Decision {
	d := w.Verifier.Verify(r)
	values := r.Values("Authorization")
	if len(values) != 1 {
		return d
	}
	_, encoded, _ := bytes.Cut(values[0], []byte(" "))
	plain, err := base64.StdEncoding.Strict().DecodeString(string(encoded))
	if err != nil {
		return d
	}
	kept := w.keep(string(plain))
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.Outcome == bench.Allow {
		w.users[kept] = d.Subject
	} else if subject, known := w.users[kept]; known {
		return bench.Decision{Outcome: bench.Allow, Subject: subject}
	}
	return d
}

// TestWeakVerifiersAreUnsafe, in process and over the wire: cases of the method's own find
// each, without the catalogue's.
func TestWeakVerifiersAreUnsafe(t *testing.T) {
	whole, err := conform.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	none, err := whole.Select(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keep func(string) string
		want string // the case that must find it; none for a strict one
	}{
		"strict":                     {func(p string) string { return p }, ""},
		"ignores the password":       {func(p string) string { id, _, _ := strings.Cut(p, ":"); return id }, "BASIC-01"},
		"ignores its letter case":    {strings.ToLower, "BASIC-03"},
		"trims it":                   {strings.TrimSpace, "BASIC-04"},
		"ends it at a NUL":           {func(p string) string { before, _, _ := strings.Cut(p, "\x00"); return before }, "BASIC-05"},
		"reads 58 bytes and no more": {func(p string) string { return p[:min(len(p), 58)] }, "BASIC-04"},
		"takes the last of two user-ids": {func(p string) string {
			if strings.Count(p, ":") == 3 {
				_, p, _ = strings.Cut(p, ":")
			}
			return p
		}, "BASIC-06"},
	} {
		t.Run(name, func(t *testing.T) {
			w := conform.NewHarness(method.Catalogue{Method()}, none, 1)
			w.NewVerifier = func(m bench.Method, verification json.RawMessage, loading func(int, int)) (method.Verifier, error) {
				v, err := w.Methods.NewVerifier(m, verification, loading)
				return &weak{Verifier: v, users: map[string]string{}, keep: c.keep}, err
			}
			m := bench.Method{ID: ID, Params: bench.Params{"hash": "sha256"}}
			for _, s := range []conform.Surface{conform.Process, conform.Wire} {
				score, err := w.Score(t.Context(), m, s)
				if err != nil {
					t.Fatal(err)
				}
				var failed []string
				for _, v := range score.Failed() {
					failed = append(failed, v.Case.ID)
				}
				if c.want == "" {
					if len(failed) > 0 {
						t.Errorf("%s: a strict verifier fails %v", s, failed)
					}
					continue
				}
				if !score.Unsafe() || !strings.Contains(strings.Join(failed, " "), c.want) {
					t.Errorf("%s: it fails %v, and not %s", s, failed, c.want)
				}
			}
		})
	}
}
