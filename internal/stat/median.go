package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Median returns the middle of x, or the mean of its two middles; NaN for no
// numbers.
func Median(x []float64) float64 {
	return medianSorted(slices.Sorted(slices.Values(x)))
}

func medianSorted(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return x[(len(x)-1)/2]/2 + x[len(x)/2]/2
}

// MedianInterval returns the narrowest symmetric pair of order statistics that
// holds the median with at least the given confidence, whatever the distribution
// (Thompson 1936): of 10 numbers the 2nd and the 9th, 97.9 %. ok is false where
// too few numbers were given: fewer than 6 for 95 %.
func MedianInterval(x []float64, level float64) (_ Interval, ok bool) {
	below := make([]float64, len(x)+1) // how many numbers lie below the median
	coin := distuv.Binomial{N: float64(len(x)), P: 0.5}
	for k := range below {
		below[k] = coin.Prob(float64(k))
	}
	cut, tail := lowerTail(below, (1-level)/2)
	if cut < 0 {
		return Interval{}, false
	}
	sorted := slices.Sorted(slices.Values(x))
	return Interval{sorted[cut], sorted[len(sorted)-1-cut], 1 - 2*tail}, true
}
