package exchange

import (
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

func BenchmarkVerify(b *testing.B) {
	methodtest.BenchmarkVerify(b, method.Catalogue{Method()}, bench.Method{ID: ID, Params: bench.Params{"alg": "EdDSA"}})
}
