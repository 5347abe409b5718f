package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Quantile returns the smallest of x that at least the part q of x does not exceed: the
// number of rank ⌈q·n⌉; NaN for no numbers.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(x))
	return sorted[min(len(x), max(1, int(math.Ceil(q*float64(len(x))-1e-9))))-1]
}

// GroupedQuantileInterval returns the interval of the quantile q of numbers that come in groups,
// of which those of one group depend on each other (Woodruff 1952): how the share of numbers up
// to the quantile varies between groups gives the share's interval, by Student's t, and the
// quantiles of its ends are the interval. A side whose end is no share of the numbers is infinite.
// The level is nominal, not exact. It needs two groups, and numbers in each.
func GroupedQuantileInterval(groups [][]float64, q, level float64) Interval {
	all := slices.Concat(groups...)
	at, n := Quantile(all, q), float64(len(groups))
	var squares float64
	for _, group := range groups {
		below := 0.0
		for _, v := range group {
			if v <= at {
				below++
			}
		}
		off := below - q*float64(len(group))
		squares += off * off
	}
	half := StudentQuantile((1+level)/2, len(groups)-1) * math.Sqrt(squares*n/(n-1)) / float64(len(all))
	out := Interval{Lo: math.Inf(-1), Hi: math.Inf(1), Level: level}
	if q-half > 0 {
		out.Lo = Quantile(all, q-half)
	}
	if q+half < 1 {
		out.Hi = Quantile(all, q+half)
	}
	return out
}

// QuantileInterval returns the order statistics that hold the quantile q with at least the
// given confidence, whatever the distribution: each side leaves out half of the rest. A side
// for which there are too few numbers is infinite: to bound the 95th percentile from above
// at 95 %, 72 numbers are needed.
func QuantileInterval(x []float64, q, level float64) Interval {
	sorted := slices.Sorted(slices.Values(x))
	n, tail := len(x), (1-level)/2
	below := distuv.Binomial{N: float64(n), P: q} // how many numbers lie below the quantile
	out := Interval{Lo: math.Inf(-1), Hi: math.Inf(1), Level: 1}
	// The k-th number (from 1) lies above the quantile where fewer than k lie below it.
	for k := n; k >= 1; k-- {
		if p := below.CDF(float64(k - 1)); p <= tail {
			out.Lo, out.Level = sorted[k-1], out.Level-p
			break
		}
	}
	for k := 1; k <= n; k++ {
		if p := 1 - below.CDF(float64(k-1)); p <= tail {
			out.Hi, out.Level = sorted[k-1], out.Level-p
			break
		}
	}
	return out
}
