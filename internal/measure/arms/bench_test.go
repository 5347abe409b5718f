package arms

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"authbench/bench"
)

// BenchmarkCredential is what the generator pays for a credential, kept or derived,
// when requests use all alike: mostPooled is chosen by it, and by the memory that a
// pool takes.
func BenchmarkCredential(b *testing.B) {
	for _, count := range []int{100, 10_000, 1_000_000, 10_000_000} {
		issuer := keys(b, count)
		var pool pool
		if err := pool.mint(issuer, bench.Valid, 0, count); err != nil {
			b.Fatal(err)
		}
		kept := &pooled{}
		kept.byClass[0] = pool
		for name, c := range map[string]credentials{"kept": kept, "derived": newDerived(issuer, bench.Population{Credentials: count})} {
			b.Run(fmt.Sprintf("%s/%d", name, count), func(b *testing.B) {
				random := rand.New(rand.NewPCG(1, 2))
				var dst []byte
				for b.Loop() {
					dst = c.Append(dst[:0], bench.Valid, random.IntN(count))
				}
			})
		}
	}
}
