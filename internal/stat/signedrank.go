package stat

import (
	"math"
	"slices"
)

// HodgesLehmann returns the one-sample Hodges–Lehmann estimate of the centre of
// a symmetric distribution: the median of the Walsh averages (x[i]+x[j])/2 over
// all i ≤ j (Hodges and Lehmann 1963). NaN for no numbers.
func HodgesLehmann(x []float64) float64 {
	return medianSorted(walshAverages(x))
}

// SignedRankInterval returns the confidence interval that belongs to
// [HodgesLehmann]: the centres that the exact two-sided signed-rank test does not
// reject (Tukey 1949). ok is false where too few numbers were given for any
// interval of that level: fewer than 6 for 95 %.
func SignedRankInterval(x []float64, level float64) (_ Interval, ok bool) {
	ranks := make([]int, len(x))
	for i := range ranks {
		ranks[i] = i + 1
	}
	cut, tail := lowerTail(rankSums(ranks), (1-level)/2)
	if cut < 0 {
		return Interval{}, false
	}
	walsh := walshAverages(x)
	return Interval{walsh[cut], walsh[len(walsh)-1-cut], 1 - 2*tail}, true
}

// SignedRankUpper returns the upper end of the one-sided confidence interval that
// belongs to [HodgesLehmann]: the smallest centre that the exact signed-rank test
// still rejects at the level in favour of a smaller one lies at or above it. ok is
// false where too few numbers were given for that level: fewer than 7 for 0.01.
func SignedRankUpper(x []float64, level float64) (_ float64, ok bool) {
	ranks := make([]int, len(x))
	for i := range ranks {
		ranks[i] = i + 1
	}
	cut, _ := lowerTail(rankSums(ranks), level)
	if cut < 0 {
		return 0, false
	}
	walsh := walshAverages(x)
	return walsh[len(walsh)-1-cut], true
}

// lowerTail returns the largest value whose cumulative probability is at most p,
// and that probability; -1 if there is none.
func lowerTail(probabilities []float64, p float64) (cut int, tail float64) {
	cut = -1
	for value, q := range probabilities {
		if tail+q > p {
			break
		}
		cut, tail = value, tail+q
	}
	return cut, tail
}

// walshAverages returns them in rising order.
func walshAverages(x []float64) []float64 {
	walsh := make([]float64, 0, len(x)*(len(x)+1)/2)
	for i, a := range x {
		for _, b := range x[:i+1] {
			walsh = append(walsh, a/2+b/2) // a+b may overflow
		}
	}
	slices.Sort(walsh)
	return walsh
}

// SignedRank holds the p values of one test, by alternative.
type SignedRank struct {
	// Less and Greater: the centre is below, or above, zero. TwoSided: either.
	Less, Greater, TwoSided float64
}

// SignedRankTest tests whether x is centred on zero, by Wilcoxon's signed ranks
// and their exact null distribution given the ranks at hand. Equal magnitudes
// share their mean rank. Zeros take part in the ranking and are dropped then
// (Pratt 1959): dropping them first can turn more evidence for zero into a
// smaller p.
func SignedRankTest(x []float64) SignedRank {
	magnitudes := make([]float64, len(x))
	for i, v := range x {
		magnitudes[i] = math.Abs(v)
	}
	var kept []int // twice the ranks: mean ranks end in .5
	positive := 0
	for i, rank := range ranks(magnitudes) {
		if x[i] == 0 {
			continue
		}
		doubled := int(2 * rank)
		kept = append(kept, doubled)
		if x[i] > 0 {
			positive += doubled
		}
	}
	null := rankSums(kept)
	less, greater := sum(null[:positive+1]), sum(null[positive:])
	return SignedRank{Less: min(1, less), Greater: min(1, greater), TwoSided: min(1, 2*less, 2*greater)}
}

// rankSums returns the distribution of the sum of the ranks that carry a plus
// when each does with probability ½: element s is the probability of sum s.
func rankSums(ranks []int) []float64 {
	total := 0
	for _, r := range ranks {
		total += r
	}
	p := make([]float64, total+1)
	p[0] = 1
	reached := 0
	for _, r := range ranks {
		reached += r
		for s := reached; s >= 0; s-- {
			p[s] /= 2
			if s >= r {
				p[s] += p[s-r] / 2
			}
		}
	}
	return p
}

// ranks returns each element's rank from 1; equal ones share their mean rank.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return out
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}
