package dpop

import (
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

func BenchmarkVerify(b *testing.B) {
	for _, engine := range []string{"golang-jwt", "lean"} {
		b.Run("engine="+engine, func(b *testing.B) {
			m := bench.Method{ID: ID, Params: bench.Params{"engine": engine, "replays": "allowed", "window": "10m"}}
			methodtest.BenchmarkVerify(b, method.Catalogue{Method()}, m)
		})
	}
}
