package analysis

import (
	"math"

	"authbench/bench"
	"authbench/internal/result/hist"
)

const (
	// quantileSteps per factor of ten in 1-P: enough for a smooth curve on an
	// axis that is logarithmic in 1-P, and every power of ten is among them.
	quantileSteps = 20
	// binsPerDecade makes bins 12 % wide: an arm's latencies, which span one or
	// two decades, fill 20 to 40 of them.
	binsPerDecade = 20
)

// distribution returns the cell's latency distribution over all launches. Slices
// at different rates have no common distribution.
func (c *cell) distribution() (_ Distribution, ok bool) {
	all := c.pooled()
	if len(all) == 0 || c.slow || c.load.Kind == bench.Capacity {
		return Distribution{}, false
	}
	return Distribution{
		Arm: c.arm, Load: c.load.Name, Kind: c.load.Kind,
		Count: all.count(), Quantiles: all.quantiles(), Bins: all.bins(),
	}, true
}

// quantiles returns the curve, up to the highest P with minBeyond samples beyond it. Of
// several P with the same value it keeps the highest.
func (t buckets) quantiles() []Quantile {
	n := float64(t.count())
	var out []Quantile
	for k := 0; ; k++ {
		p := 1 - math.Pow(10, -float64(k)/quantileSteps)
		if n*(1-p) < minBeyond {
			return out
		}
		q := Quantile{p, t.micros(p)}
		if last := len(out) - 1; last >= 0 && out[last].Micros == q.Micros {
			out[last] = q
		} else {
			out = append(out, q)
		}
	}
}

// bins sorts the buckets into bins with the same edges for every arm: the powers of ten, in
// µs, and equal steps of the logarithm between them.
func (t buckets) bins() []Bin {
	edge := func(k int) float64 { return math.Pow(10, float64(k)/binsPerDecade) }
	// The middle of a bucket at 0 ns is 0 µs, which has no logarithm. Half a nanosecond
	// is below every other value.
	place := func(b hist.Bucket) int {
		return int(math.Floor(binsPerDecade * math.Log10(max(middle(b), 0.0005))))
	}
	first := place(t[0])
	out := make([]Bin, place(t[len(t)-1])-first+1)
	for i := range out {
		out[i].LoMicros, out[i].HiMicros = edge(first+i), edge(first+i+1)
	}
	for _, b := range t {
		out[place(b)-first].Count += b.Count
	}
	return out
}
