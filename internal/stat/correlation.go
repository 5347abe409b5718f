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

// DriftCorrelation returns how much each number of a series takes over from the one
// before: φ of a process x[i] = φ·x[i-1] + noise. It is found from the rank correlation ρ
// of successive differences, as 1+2ρ, so that a change of level spoils one difference of
// many. About 0 for independent numbers, with a standard deviation of some 1.5/√n; 0 for
// fewer than 4 numbers, and where most do not differ from the one before.
func DriftCorrelation(x []float64) float64 {
	var steps []float64
	moved := 0
	for i := 1; i < len(x); i++ {
		steps = append(steps, x[i]-x[i-1])
		if x[i] != x[i-1] {
			moved++
		}
	}
	if len(steps) < 3 || 2*moved < len(steps) {
		return 0
	}
	return 1 + 2*SerialCorrelation([][]float64{steps})
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
