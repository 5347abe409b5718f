package agents

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"authbench/internal/credential"
	"authbench/internal/stat"
)

// TestAges: what clients hold at a random moment is as old as in a population that has lived
// for long, from the first life on: the density of an age is the share of periods that are longer.
func TestAges(t *testing.T) {
	const count = 1500
	for _, jitter := range []float64{0, 0.5} {
		synctest.Test(t, func(t *testing.T) {
			const refresh = 4 * time.Second
			a := New(Spec{Policy: Policy{Lifetime: 5 * time.Second, Refresh: refresh, Jitter: jitter}, Count: count, Used: count, At: func(int) credential.Endpoint { return credential.Endpoint{} }})
			a.fetch = func(context.Context, credential.Endpoint) ([]byte, time.Duration, error) {
				return binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())), 5 * time.Second, nil
			}
			if err := a.Prepare(t.Context(), a.Longest(time.Minute), nil); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var living sync.WaitGroup
			living.Go(func() { a.Live(ctx, 7, nil) })
			time.Sleep(refresh) // all have refreshed by then
			r := rand.New(rand.NewPCG(1, 2))
			ages := make([]float64, count)
			for _, index := range r.Perm(count) {
				time.Sleep(time.Duration(r.Int64N(int64(2 * refresh / count))))
				issued := time.Unix(0, int64(binary.BigEndian.Uint64(a.Append(nil, index))))
				ages[index] = time.Since(issued).Seconds()
			}
			cancel()
			living.Wait()
			longest, period := refresh.Seconds(), refresh.Seconds()*(1-jitter/2)
			distance, p := stat.KolmogorovSmirnov(ages, func(age float64) float64 {
				shortest := longest * (1 - jitter)
				if age <= shortest || jitter == 0 {
					return min(1, age/period)
				}
				left := max(0, longest-age)
				return 1 - left*left/(2*(longest-shortest)*period)
			})
			if p < 0.001 {
				t.Errorf("jitter %v: ages are %.3f from what they should be (p %.5f)", jitter, distance, p)
			}
		})
	}
}
