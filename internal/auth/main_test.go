package auth

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"authbench/bench"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// request holds header fields.
type request map[string][]string

var _ bench.Request = request{}

func (request) Method() []byte { return []byte("GET") }
func (request) Target() []byte { return []byte("/") }

func (request) Room(n int) []byte { return make([]byte, n) }

func (r request) Values(field string) [][]byte {
	var out [][]byte
	for _, v := range r[field] {
		out = append(out, []byte(v))
	}
	return out
}

// mint returns one credential's field value.
func mint(t testing.TB, i Issuer, class bench.Class, index int) string {
	t.Helper()
	value, err := i.Append(nil, class, index)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// newPair makes an issuer and the verifier of its credentials.
func newPair(t testing.TB, m bench.Method, count int, now time.Time) (Issuer, Verifier) {
	t.Helper()
	issuer, err := NewIssuer(m, [32]byte{3}, count, now)
	if err != nil {
		t.Fatal(err)
	}
	verification, err := issuer.Verification()
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := NewVerifier(m, verification, nil)
	if err != nil {
		t.Fatal(err)
	}
	return issuer, verifier
}
