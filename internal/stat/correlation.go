package stat

import "gonum.org/v1/gonum/stat"

// SerialCorrelation returns Spearman's correlation of each number with its
// successor, pooled over groups: ranks are taken, centred and scaled within each
// group, so that a level or a trend common to a group's numbers does not count.
// Independent numbers in groups of n give about -1/n, not 0. 0 where nothing
// varies.
func SerialCorrelation(groups [][]float64) float64 {
	var from, to []float64
	for _, g := range groups {
		r := ranks(g)
		for i := range r {
			r[i] = (2*r[i] - float64(len(r)+1)) / float64(len(r))
		}
		if len(r) > 1 {
			from, to = append(from, r[:len(r)-1]...), append(to, r[1:]...)
		}
	}
	if !varies(from) || !varies(to) {
		return 0
	}
	return stat.Correlation(from, to, nil)
}

// KendallTrend returns Kendall's τ of x against its order: 1 if it only rises,
// -1 if it only falls. Equal pairs count for neither (τ-a); gonum's Kendall counts
// them as concordant, so that a constant would seem to rise.
func KendallTrend(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	rises := 0
	for i, late := range x {
		for _, early := range x[:i] {
			switch {
			case late > early:
				rises++
			case late < early:
				rises--
			}
		}
	}
	return float64(rises) / float64(len(x)*(len(x)-1)/2)
}

func varies(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return true
		}
	}
	return false
}
