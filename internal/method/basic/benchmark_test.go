package basic

import (
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// BenchmarkVerify is with the quick hash: others take what they are made to take.
func BenchmarkVerify(b *testing.B) {
	methodtest.BenchmarkVerify(b, method.Catalogue{Method()}, bench.Method{ID: ID, Params: bench.Params{"hash": "sha256"}})
}
