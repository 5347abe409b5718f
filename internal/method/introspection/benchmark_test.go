package introspection

import (
	"testing"

	"authbench/bench"
	"authbench/internal/credential/credentialtest"
	"authbench/internal/method/methodtest"
)

// BenchmarkVerify is with an answer in the cache, and with a question to an issuer on
// loopback, which shares the CPU.
func BenchmarkVerify(b *testing.B) {
	for name, params := range map[string]bench.Params{"cached": cached, "asked": nil} {
		b.Run(name, func(b *testing.B) {
			p := newPair(b, params)
			r := &credentialtest.Fixed{Sent: [][]byte{[]byte(methodtest.Mint(b, p, bench.Valid, 0))}}
			b.ReportAllocs()
			for b.Loop() {
				if d := p.verifier.Verify(r); d.Outcome != bench.Allow {
					b.Fatalf("%+v", d)
				}
			}
		})
	}
}
