package stat

import (
	"math"
	"slices"
)

// Shift returns the Hodges–Lehmann estimate of how far the numbers b lie above
// the numbers a: the median of all differences b[j]-a[i] (Hodges and Lehmann
// 1963). The two need no pairing. NaN if either has no numbers.
func Shift(a, b []float64) float64 { return medianSorted(differences(a, b)) }

// ShiftInterval returns the confidence interval that belongs to [Shift]: the
// shifts that the exact two-sided rank-sum test of Wilcoxon, Mann and Whitney
// does not reject (Moses 1965). ok is false where too few numbers were given for
// any interval of that level: fewer than 4 and 4 for 95 %.
func ShiftInterval(a, b []float64, level float64) (_ Interval, ok bool) {
	cut, tail := lowerTail(inversions(len(a), len(b)), (1-level)/2)
	if cut < 0 {
		return Interval{}, false
	}
	d := differences(a, b)
	return Interval{d[cut], d[len(d)-1-cut], 1 - 2*tail}, true
}

// differences returns all b[j]-a[i] in rising order.
func differences(a, b []float64) []float64 {
	d := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			d = append(d, y-x)
		}
	}
	slices.Sort(d)
	return d
}

// inversions returns the null distribution of Mann and Whitney's U, the number of
// pairs in which the one of the m numbers is the larger: element u is the
// probability of u. The largest of all numbers is one of the m with probability
// m/(m+n), and then larger than all n others (Mann and Whitney 1947). Every term is
// positive, so that small probabilities keep their digits.
func inversions(m, n int) []float64 {
	fewer := make([][]float64, n+1) // one of the m less, by how many others
	for i := range m + 1 {
		now := make([][]float64, n+1)
		for j := range n + 1 {
			now[j] = make([]float64, i*j+1)
			if i == 0 || j == 0 {
				now[j][0] = 1
				continue
			}
			first := float64(i) / float64(i+j)
			for u, p := range fewer[j] {
				now[j][u+j] = first * p
			}
			for u, p := range now[j-1] {
				now[j][u] += (1 - first) * p
			}
		}
		fewer = now
	}
	return fewer[n]
}

// ApartInterval returns the interval of b-a from the intervals of two independent
// estimates a and b, which may be of any kind (Zou and Donner 2008, "MOVER"). The
// level is nominal.
func ApartInterval(a, b float64, ofA, ofB Interval) Interval {
	return Interval{
		Lo: b - a - math.Hypot(b-ofB.Lo, ofA.Hi-a), Hi: b - a + math.Hypot(ofB.Hi-b, a-ofA.Lo),
		Level: min(ofA.Level, ofB.Level),
	}
}
