package analysis

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"authbench/internal/result/hist"
)

// times draws what a histogram may hold, from nothing to two minutes.
func times(least int) *rapid.Generator[[]int64] {
	return rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(1e4, 1e6), rapid.Int64Range(0, 120e9)), least, 60)
}

func bucketsOf(values []int64) buckets {
	h := hist.New()
	for _, v := range values {
		h.Record(v)
	}
	return slices.Collect(h.Buckets())
}

// Buckets add up, can be taken out again, and give the quantiles of the values.
func TestBucketsAgainstSorting(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x, y := times(1).Draw(rt, "x"), times(1).Draw(rt, "y")
		a, b := bucketsOf(x), bucketsOf(y)
		sum := a.plus(b)
		if diff := cmp.Diff(a, sum.minus(b)); diff != "" {
			rt.Fatalf("plus and minus do not cancel:\n%s", diff)
		}
		all := slices.Sorted(slices.Values(append(x, y...)))
		p := rapid.Float64Range(0.001, 1).Draw(rt, "p")
		got, want := 1e3*sum.micros(p), float64(all[int(math.Ceil(p*float64(len(all))))-1])
		if sum.count() != int64(len(all)) || math.Abs(got-want) > 1e-3*want {
			rt.Fatalf("quantile %v of %d values: %v ns, want %v", p, sum.count(), got, want)
		}
	})
}

func TestNoBuckets(t *testing.T) {
	empty, err := decodeBuckets("")
	if err != nil || empty.count() != 0 || !math.IsNaN(empty.micros(0.5)) {
		t.Errorf("%v %v", empty, err)
	}
}

func TestDistributions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := times(1).Draw(rt, "values")
		repeat := rapid.IntRange(1, 200).Draw(rt, "repeat")
		var all []int64
		for range repeat {
			all = append(all, values...)
		}
		sum := bucketsOf(all)
		var counted int64
		bins := sum.bins()
		for i, b := range bins {
			counted += b.Count
			if i > 0 && (b.LoMicros != bins[i-1].HiMicros || !near(b.HiMicros/b.LoMicros, math.Pow(10, 1.0/binsPerDecade))) {
				rt.Fatalf("bin %d is %+v after %+v", i, b, bins[i-1])
			}
		}
		if counted != int64(len(all)) || bins[0].Count == 0 || bins[len(bins)-1].Count == 0 {
			rt.Fatalf("%d of %d values in bins %v", counted, len(all), bins)
		}
		quantiles := sum.quantiles()
		if (len(quantiles) == 0) != (len(all) < minBeyond) {
			rt.Fatalf("%d quantiles of %d values", len(quantiles), len(all))
		}
		for i, q := range quantiles {
			if float64(len(all))*(1-q.P) < minBeyond-1e-6 {
				rt.Fatalf("%+v of %d values", q, len(all))
			}
			if i > 0 && (q.P <= quantiles[i-1].P || q.Micros <= quantiles[i-1].Micros) {
				rt.Fatalf("%+v after %+v", q, quantiles[i-1])
			}
		}
	})
}
