// Package methodtest has what the tests of methods have in common. What flows in: a
// catalogue and a method with its parameters. What flows out: its issuer, its verifier,
// and credentials.
package methodtest

import (
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/credential/store"
	"authbench/internal/method"
)

// Mint returns one credential's field value.
func Mint(t testing.TB, i method.Issuer, class bench.Class, index int) string {
	t.Helper()
	value, err := i.Append(nil, class, index)
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// nobody is an issuer that does not answer.
var nobody = credential.Endpoint{URL: "http://127.0.0.1:9/"}

// NewPair makes an issuer and the verifier of its credentials, which is closed at the end of
// the test. One that asks the issuer about tokens, or for a feed, gets no answer.
func NewPair(t testing.TB, methods method.Catalogue, m bench.Method, count int, now time.Time) (method.Issuer, method.Verifier) {
	t.Helper()
	issuer, err := methods.NewIssuer(m, [32]byte{3}, count, now)
	if err != nil {
		t.Fatal(err)
	}
	at := method.Places{Introspection: &nobody}
	if methods.Needs(m).Feed {
		at.Feed, at.Channel = &nobody, &store.Place{Kind: store.Redis, URL: "redis://127.0.0.1:9"}
	}
	if methods.Needs(m).StatusList {
		at.StatusList = nobody.URL
	}
	verification, err := issuer.Verification(at)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := methods.NewVerifier(m, verification, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := method.Close(verifier); err != nil {
			t.Error(err)
		}
	})
	return issuer, verifier
}

// BenchmarkVerify is what a method's verifier takes to let a request in: one with a valid
// credential, or without for a method that sends none. A proof is sent again and again: the
// parameters must let it in more than once.
func BenchmarkVerify(b *testing.B, methods method.Catalogue, m bench.Method) {
	b.Helper()
	issuer, verifier := NewPair(b, methods, m, 1, time.Now())
	r := &sent{}
	if prover, ok := issuer.(method.Prover); ok {
		for _, f := range prover.Prove(method.Use{Class: bench.Valid}) {
			r.add(f.Name, f.Value)
		}
	} else if issuer.Field() != "" {
		r.add(issuer.Field(), Mint(b, issuer, bench.Valid, 0))
	}
	b.ReportAllocs()
	for b.Loop() {
		if d := verifier.Verify(r); d.Outcome != bench.Allow {
			b.Fatalf("%+v", d)
		}
	}
}

// sent is a request that allocates nothing.
type sent struct {
	fields []field
	room   [2 * credential.MaxBytes]byte
}

// field is a header field with its only value.
type field struct {
	name   string
	values [][]byte
}

func (s *sent) add(name, value string) {
	s.fields = append(s.fields, field{name, [][]byte{[]byte(value)}})
}

func (*sent) Method() []byte { return nil }
func (*sent) Target() []byte { return []byte("/") }
func (s *sent) Values(name string) [][]byte {
	for _, f := range s.fields {
		if f.name == name {
			return f.values
		}
	}
	return nil
}
func (s *sent) Room(n int) []byte { return s.room[:n] }
