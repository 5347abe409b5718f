package load

import (
	"context"
	"errors"
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

// bounded is a slice with the measured part that its count leaves it.
func bounded(t rapid.TB, s Slice) Slice {
	t.Helper()
	s, err := s.Bounded(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Nobody has to wait for the end of a schedule, and what was run through is not run through again.
func TestBoundedEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	century := 100 * 365 * 24 * time.Hour
	long := Slice{Arrivals: bench.Poisson, Rate: 1e8, Count: math.MaxInt64, Measure: century}
	if _, err := long.Bounded(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a schedule of a century: %v", err)
	}
	once := bounded(t, Slice{Arrivals: bench.Poisson, Rate: 1000, Count: 100, Measure: century})
	if again, err := once.Bounded(ctx); err != nil || again.Measure != once.Measure || again.Measure == century {
		t.Errorf("%v, and again %v: %v", once.Measure, again.Measure, err)
	}
}

// What is due after more time than there are numbers for is never due.
func TestFarArrivals(t *testing.T) {
	for _, rate := range []float64{1e-9, 1e-12, 1e-300, math.SmallestNonzeroFloat64} {
		for kind, want := range map[bench.Arrivals]int{bench.Poisson: 0, bench.Constant: 1} {
			s := openScript(1, kind, rate, time.Hour, 0, 1)
			got := 0
			for range 10 {
				if _, at := s.next(); at != never {
					got++
				}
			}
			if got != want {
				t.Errorf("%s arrivals at %v per second: %d in an hour, want %d", kind, rate, got, want)
			}
		}
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

// climbing is a ramp with all that stages can be: rising, held, a jump, falling to nothing.
func climbing() bench.Ramp {
	return bench.Ramp{Stages: []bench.RampStage{
		stage(2*time.Second, 1000), stage(time.Second, 1000), stage(0, 4000), stage(time.Second, 4000),
		stage(time.Second, 0), stage(time.Second, 0), stage(time.Second/2, 800),
	}}
}

func stage(length time.Duration, to float64) bench.RampStage {
	return bench.RampStage{Length: bench.Duration(length), To: to}
}

func rampScript(r bench.Ramp, a bench.Arrivals, seed uint64, shard, shards int) script {
	return newScript(&Workload{}, Slice{Arrivals: a, Ramp: r, Seed: seed, Measure: r.Length()}, shard, shards, 1000)
}

// Requests with equal gaps are due when the integral of the rate says so, whatever the
// course: the k-th when k are due.
func TestRampIsExact(t *testing.T) {
	_, at := arrivals(rampScript(climbing(), bench.Constant, 1, 0, 1))
	if want := int(climbing().Due(climbing().Length())); len(at) != want || want != 1000+1000+4000+2000+200 {
		t.Fatalf("%d arrivals, want %d", len(at), want)
	}
	for k, a := range at {
		if k > 0 && a < at[k-1] {
			t.Fatalf("arrival %d at %d, after one at %d", k, a, at[k-1])
		}
		if due := climbing().Due(time.Duration(a - 1000)); math.Abs(due-float64(k)) > 0.001 {
			t.Fatalf("arrival %d at %d, when %v are due", k, a, due)
		}
	}
}

// Poisson arrivals of a ramp, put on an axis on which the rate is one, have exponential
// gaps of mean one.
func TestRampIsAPoissonProcess(t *testing.T) {
	const limit = 3.857 // as above
	for seed := range uint64(5) {
		_, at := arrivals(rampScript(climbing(), bench.Poisson, seed, 0, 1))
		gaps := make([]float64, len(at)-1)
		for i := range gaps {
			gaps[i] = climbing().Due(time.Duration(at[i+1]-1000)) - climbing().Due(time.Duration(at[i]-1000))
		}
		if a2 := andersonDarling(gaps); a2 > limit || math.Abs(float64(len(at))-8200) > 5*math.Sqrt(8200) {
			t.Errorf("seed %d: A² = %.2f over %d gaps, above %v", seed, a2, len(gaps), limit)
		}
	}
}

// A ramp that does not climb is a rate: the same requests at the same times.
func TestFlatRampIsARate(t *testing.T) {
	for _, kind := range []bench.Arrivals{bench.Poisson, bench.Constant} {
		_, rated := arrivals(openScript(7, kind, 5000, time.Second, 0, 1))
		_, flat := arrivals(rampScript(bench.Ramp{From: 5000, Stages: []bench.RampStage{stage(time.Second, 5000)}}, kind, 7, 0, 1))
		if len(flat) != len(rated) {
			t.Fatalf("%s: %d arrivals, want %d", kind, len(flat), len(rated))
		}
		for i := range flat {
			if d := flat[i] - rated[i]; d < -1 || d > 1 { // ns: one rounds another product
				t.Fatalf("%s: arrival %d at %d, want %d", kind, i, flat[i], rated[i])
			}
		}
	}
}

// Whatever the ramp and the number of threads, their requests are together the whole, in
// order, and end with it.
func TestShardsOfARamp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ramp := bench.Ramp{From: rapid.Float64Range(0, 1e5).Draw(t, "from")}
		for range rapid.IntRange(1, 5).Draw(t, "stages") {
			ramp.Stages = append(ramp.Stages, bench.RampStage{
				Length: bench.Duration(rapid.Int64Range(0, int64(20*time.Millisecond)).Draw(t, "length")),
				To:     rapid.SampledFrom([]float64{0, 1, 1e3, rapid.Float64Range(0, 1e5).Draw(t, "to")}).Draw(t, "rate"),
			})
		}
		kind := rapid.SampledFrom([]bench.Arrivals{bench.Poisson, bench.Constant}).Draw(t, "arrivals")
		seed, shards := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 4).Draw(t, "shards")
		whole, times := arrivals(rampScript(ramp, kind, seed, 0, 1))
		var parts []uint64
		for k := range shards {
			index, at := arrivals(rampScript(ramp, kind, seed, k, shards))
			for i := range index {
				if at[i] != times[index[i]] {
					t.Fatalf("shard %d has arrival %d at %d, the whole at %d", k, index[i], at[i], times[index[i]])
				}
			}
			parts = append(parts, index...)
		}
		if slices.Sort(parts); !slices.Equal(parts, whole) {
			t.Fatalf("%d arrivals of the shards, %d of the whole", len(parts), len(whole))
		}
		for i, at := range times {
			if at < 1000 || at >= 1000+int64(ramp.Length()) || i > 0 && at < times[i-1] {
				t.Fatalf("arrival %d at %d of %v", i, at, ramp.Length())
			}
		}
	})
}

// A slice with a ramp is taken as any, and a count ends it before.
func TestSlicesWithARamp(t *testing.T) {
	ramp := bench.Ramp{From: 500, Stages: []bench.RampStage{stage(200*time.Millisecond, 1500)}}
	eachEngine(t, func(t *testing.T, e Engine) {
		c := dial(t, e, serve(t, always(ok)), Endpoint{Connections: 2})
		for count, want := range map[int64]int64{0: 200, 50: 50} {
			out := run(t, c, Slice{Arrivals: bench.Constant, Ramp: ramp, Measure: ramp.Length(), Count: count})
			if out.Scheduled != want || out.Completed != want {
				t.Errorf("%d of %d requests, want %d", out.Completed, out.Scheduled, want)
			}
		}
		if _, err := c.Run(t.Context(), Slice{Arrivals: bench.Constant, Ramp: bench.Ramp{Stages: []bench.RampStage{stage(0, 5)}}, Measure: time.Second}); err == nil {
			t.Error("a ramp of nothing is taken")
		}
	})
}

func BenchmarkSchedule(b *testing.B) {
	for name, s := range map[string]Slice{
		"rate": {Seed: 1, Arrivals: bench.Poisson, Rate: 10_000},
		"ramp": {Seed: 1, Arrivals: bench.Poisson, Ramp: bench.Ramp{From: 10_000, Stages: []bench.RampStage{stage(1000*time.Hour, 20_000)}}},
	} {
		b.Run(name, func(b *testing.B) {
			schedule := newSchedule(s)
			for b.Loop() {
				schedule.next()
			}
		})
	}
}
