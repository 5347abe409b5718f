package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ClopperPearson returns the exact interval of a proportion of which k of n were
// seen (Clopper and Pearson 1934). Each bound by itself holds with confidence
// (1+level)/2. It expects 0 ≤ k ≤ n.
func ClopperPearson(k, n int64, level float64) Interval {
	out := Interval{Lo: 0, Hi: 1, Level: level}
	tail := (1 - level) / 2
	if k > 0 {
		out.Lo = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail)
	}
	if k < n {
		out.Hi = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return out
}

// FisherExact returns the two-sided p value of Fisher's exact test for the table
//
//	a b
//	c d
//
// whose entries are counts: the probability, margins given, of a table that is
// no likelier than this one.
func FisherExact(a, b, c, d int64) float64 {
	// Tables that are equally likely differ by rounding; 1e-7 is what R allows.
	const slack = 1e-7
	row, column, total := a+b, a+c, a+b+c+d
	logProb := func(k int64) float64 {
		return logChoose(row, k) + logChoose(total-row, column-k) - logChoose(total, column)
	}
	limit := logProb(a) + slack
	p := 0.0
	for k := max(0, column-(total-row)); k <= min(row, column); k++ {
		if l := logProb(k); l <= limit {
			p += math.Exp(l)
		}
	}
	return min(1, p)
}

// FisherGreater returns the one-sided p value of Fisher's exact test for the same
// table: the probability, margins given, of an upper left entry of a or more.
func FisherGreater(a, b, c, d int64) float64 {
	row, column, total := a+b, a+c, a+b+c+d
	p := 0.0
	for k := a; k <= min(row, column); k++ {
		p += math.Exp(logChoose(row, k) + logChoose(total-row, column-k) - logChoose(total, column))
	}
	return min(1, p)
}

// logChoose is the logarithm of the binomial coefficient.
func logChoose(n, k int64) float64 {
	all, _ := math.Lgamma(float64(n + 1))
	in, _ := math.Lgamma(float64(k + 1))
	out, _ := math.Lgamma(float64(n - k + 1))
	return all - in - out
}
