package load

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"authbench/bench"
)

// arrivals runs a script to its end.
func arrivals(s script) (index []uint64, at []int64) {
	for {
		i, t := s.next()
		if t == never {
			return index, at
		}
		index, at = append(index, i), append(at, t)
	}
}

func openScript(seed uint64, a bench.Arrivals, rate float64, d time.Duration, shard, shards int) script {
	return newScript(&Workload{}, Slice{Arrivals: a, Rate: rate, Seed: seed, Measure: d}, shard, shards, 1000)
}

func TestConstantArrivalsKeepTheirGaps(t *testing.T) {
	_, at := arrivals(openScript(1, bench.Constant, 3, 10*time.Second, 0, 1))
	if len(at) != 30 || at[0] != 1000 {
		t.Fatalf("%d arrivals, the first at %d; want 30 from 1000 on", len(at), at[0])
	}
	for i, a := range at {
		if want := 1000 + float64(i)*1e9/3; math.Abs(float64(a)-want) > 1 {
			t.Errorf("arrival %d at %d, want %.0f", i, a, want)
		}
	}
}

// TestPoissonGapsAreExponential is Anderson and Darling's test (1954) with the
// mean known: A² exceeds 3.857 for one sample in a hundred (their case 0).
func TestPoissonGapsAreExponential(t *testing.T) {
	const rate, limit = 5000.0, 3.857
	for seed := range uint64(5) {
		_, at := arrivals(openScript(seed, bench.Poisson, rate, 4*time.Second, 0, 1))
		gaps := make([]float64, len(at)-1)
		for i := range gaps {
			gaps[i] = float64(at[i+1]-at[i]) / 1e9 * rate
		}
		if a2 := andersonDarling(gaps); a2 > limit {
			t.Errorf("seed %d: A² = %.2f over %d gaps, above %v", seed, a2, len(gaps), limit)
		}
		// Far from it if the gaps are not exponential: the statistic must see a
		// tenth more regularity.
		for i := range gaps {
			gaps[i] = 0.9*gaps[i] + 0.1
		}
		if a2 := andersonDarling(gaps); a2 < limit {
			t.Errorf("seed %d: the test does not see regular arrivals (A² = %.2f)", seed, a2)
		}
	}
}

// andersonDarling is A² against the exponential distribution with mean 1.
func andersonDarling(x []float64) float64 {
	slices.Sort(x)
	n := float64(len(x))
	sum := 0.0
	for i := range x {
		below := -math.Expm1(-max(x[i], 1e-12))
		above := x[len(x)-1-i] // −ln of the survival function
		sum += (2*float64(i) + 1) * (math.Log(below) - above)
	}
	return -n - sum/n
}

func TestPoissonRate(t *testing.T) {
	for seed := range uint64(20) {
		_, at := arrivals(openScript(seed, bench.Poisson, 20_000, time.Second, 0, 1))
		// Five standard deviations of a Poisson count.
		if d := math.Abs(float64(len(at)) - 20_000); d > 5*math.Sqrt(20_000) {
			t.Errorf("seed %d: %d arrivals in a second at 20,000 per second", seed, len(at))
		}
	}
}

func TestShardsUniteToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		kind := rapid.SampledFrom([]bench.Arrivals{bench.Poisson, bench.Constant}).Draw(t, "arrivals")
		rate := rapid.Float64Range(1, 1e5).Draw(t, "rate")
		shards := rapid.IntRange(1, 7).Draw(t, "shards")
		whole, times := arrivals(openScript(seed, kind, rate, 20*time.Millisecond, 0, 1))
		want := map[uint64]int64{}
		for i, index := range whole {
			if index != uint64(i) || i > 0 && times[i] < times[i-1] {
				t.Fatalf("arrival %d has index %d, time %d", i, index, times[i])
			}
			want[index] = times[i]
		}
		for k := range shards {
			index, at := arrivals(openScript(seed, kind, rate, 20*time.Millisecond, k, shards))
			for i := range index {
				if got, ok := want[index[i]]; !ok || got != at[i] || index[i]%uint64(shards) != uint64(k) {
					t.Fatalf("shard %d of %d: arrival %d at %d; the whole has it at %d", k, shards, index[i], at[i], got)
				}
				delete(want, index[i])
			}
		}
		if len(want) != 0 {
			t.Fatalf("%d arrivals are in no shard", len(want))
		}
	})
}

func TestSeedsGiveDifferentArrivals(t *testing.T) {
	_, a := arrivals(openScript(1, bench.Poisson, 1000, time.Second, 0, 1))
	_, again := arrivals(openScript(1, bench.Poisson, 1000, time.Second, 0, 1))
	_, b := arrivals(openScript(2, bench.Poisson, 1000, time.Second, 0, 1))
	if !slices.Equal(a, again) {
		t.Error("one seed gives two schedules")
	}
	if slices.Equal(a[:10], b[:10]) {
		t.Error("two seeds give one schedule")
	}
}

func BenchmarkSchedule(b *testing.B) {
	s := newSchedule(1, bench.Poisson, 10_000)
	for b.Loop() {
		s.next()
	}
}
