package stat

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// StudentQuantile returns the p-quantile of Student's t distribution.
func StudentQuantile(p float64, degrees int) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: float64(degrees)}.Quantile(p)
}

// MeanInterval returns Student's interval of the mean of normal numbers:
// m ± t·s/√n with n-1 degrees of freedom. ok is false for fewer than two numbers.
func MeanInterval(x []float64, level float64) (_ Interval, ok bool) {
	return around(x, level, math.Sqrt(1/float64(len(x))))
}

// NextInterval returns the prediction interval of one more number from where the
// normal numbers x come from: m ± t·s·√(1+1/n) with n-1 degrees of freedom (Hahn and
// Meeker, Statistical Intervals, section 4.7). ok is false for fewer than two numbers.
func NextInterval(x []float64, level float64) (_ Interval, ok bool) {
	return around(x, level, nextFactor(len(x)))
}

// NextWidth is how many times as wide [NextInterval] is from n numbers than from very
// many with the same standard deviation. It needs n of 2 at least.
func NextWidth(n int, level float64) float64 {
	p := (1 + level) / 2
	return StudentQuantile(p, n-1) * nextFactor(n) / NormalQuantile(p)
}

func nextFactor(n int) float64 { return math.Sqrt(1 + 1/float64(n)) }

// around is the mean ± t·s·factor.
func around(x []float64, level, factor float64) (_ Interval, ok bool) {
	if len(x) < 2 {
		return Interval{}, false
	}
	mean, deviation := stat.MeanStdDev(x, nil)
	half := StudentQuantile((1+level)/2, len(x)-1) * deviation * factor
	return Interval{mean - half, mean + half, level}, true
}
