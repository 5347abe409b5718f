package stat

import "math"

// RankSum is what the test of Wilcoxon, Mann and Whitney says of two samples.
type RankSum struct {
	// Higher is the probability that a number of the second sample is larger than one of the
	// first, ties counted half.
	Higher float64
	// TwoSided is the chance of samples that lie at least so far apart if both are of one
	// distribution: the normal approximation, corrected for ties and for continuity. It is 1
	// if all numbers are equal, or a sample is empty.
	TwoSided float64
}

// RankSumTest compares two samples that need no pairing. The approximation is good from
// about ten numbers in each on (Lehmann 1975, section 1.3). NaN must not occur.
func RankSumTest(a, b []float64) RankSum {
	m, n := float64(len(a)), float64(len(b))
	if m == 0 || n == 0 {
		return RankSum{0.5, 1}
	}
	all := append(append([]float64{}, a...), b...)
	of := ranks(all)
	u := sum(of[len(a):]) - n*(n+1)/2
	variance := m * n / 12 * (m + n + 1 - tieTerm(of)/((m+n)*(m+n-1)))
	apart := math.Abs(u-m*n/2) - 0.5
	if variance <= 0 || apart <= 0 {
		return RankSum{u / (m * n), 1}
	}
	return RankSum{u / (m * n), math.Erfc(apart / math.Sqrt(2*variance))}
}

// tieTerm is the sum of t³ − t over the groups of t equal ranks.
func tieTerm(ranks []float64) float64 {
	size := map[float64]float64{}
	for _, r := range ranks {
		size[r]++
	}
	term := 0.0
	for _, t := range size {
		term += t*t*t - t
	}
	return term
}
