package stat

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/combin"
)

// ChangePoint is where a series has another level from.
type ChangePoint struct {
	// At is the place of the first number of the new stretch, from 0.
	At int
	// P is how often a series whose order says nothing shows a change as large.
	P float64
}

const (
	// shortestStretch is the least count of numbers between two change points: one number
	// that strays, or two in succession, are no new level.
	shortestStretch = 3
	// hopes is how many permutations show a change as large as the one found, where its p
	// value just reaches the level: with fewer, chance would decide.
	hopes = 5
)

// ChangePoints returns where the distribution of a series changes, in order: E-divisive
// (Matteson and James 2014) with the energy distance of exponent 1, as change detection
// for performance tests has it (Daly et al. 2020).
//
//  1. A stretch is cut where what stands before has the largest energy distance from what
//     follows, up to any end: so a level that lasts for a while only is seen as well. Of
//     all stretches, the one with the largest distance has the candidate.
//  2. The numbers of each stretch are permuted, and the largest energy distance is looked
//     for again. P is the share of the permutations that reach the candidate's, itself
//     counted among them.
//  3. Up to the level the candidate is a change point, and splits its stretch; else the
//     search ends.
//
// Where the order of the numbers says nothing, a series has any change point with a
// probability of at most level, whatever their distribution. Numbers that depend on their
// neighbours break that: where each takes over 0.3 of the one before, one in ten series
// of 30 shows a change at a level of 0.01, with 0.6 four in ten ([DriftCorrelation] tells).
//
// Few numbers have few orders: of 8, no change reaches a level of 0.01. Time grows with
// the square of the length, and with 1/level. The seed decides the permutations, and so,
// by a little, P.
func ChangePoints(x []float64, level float64, seed uint64) []ChangePoint {
	random := rand.New(rand.NewPCG(seed, uint64(len(x))))
	stretches := []stretch{newStretch(x, 0)}
	var out []ChangePoint
	for {
		best := slices.MaxFunc(stretches, func(a, b stretch) int { return cmp.Compare(a.distance, b.distance) })
		if math.IsInf(best.distance, -1) {
			break
		}
		p, found := chance(stretches, best.distance, level, random)
		if !found {
			break
		}
		out = append(out, ChangePoint{best.from + best.cut, p})
		i := slices.IndexFunc(stretches, func(s stretch) bool { return s.from == best.from })
		stretches = slices.Replace(stretches, i, i+1,
			newStretch(best.x[:best.cut], best.from), newStretch(best.x[best.cut:], best.from+best.cut))
	}
	slices.SortFunc(out, func(a, b ChangePoint) int { return a.At - b.At })
	return out
}

// stretch is a part of a series in which no change is known, and where it would be cut.
type stretch struct {
	x        []float64
	from     int // its place in the series
	cut      int
	distance float64 // -Inf if it is too short to be cut
}

func newStretch(x []float64, from int) stretch {
	s := stretch{x: x, from: from}
	s.cut, s.distance = bestCut(x, make([]float64, 2*len(x)))
	return s
}

// bestCut returns how many numbers stand before the best cut, and the energy distance of
// what stands before it from what follows up to some end, weighted by m·n/(m+n). room is
// twice as long as x, and holds nothing.
func bestCut(x, room []float64) (cut int, distance float64) {
	distance = math.Inf(-1)
	// before[i] are the distances between all pairs of x[:i] together, until[i] those of
	// x[i:end+1].
	before, until := room[:len(x)], room[len(x):]
	clear(until)
	for end, last := range x {
		before[end] = until[0]
		sum := 0.0
		for i := end - 1; i >= 0; i-- {
			sum += math.Abs(x[i] - last)
			until[i] += sum
		}
		for i := shortestStretch; i <= end+1-shortestStretch; i++ {
			m, n := float64(i), float64(end+1-i)
			between := until[0] - before[i] - until[i]
			energy := 2*between/(m*n) - 2*before[i]/(m*(m-1)) - 2*until[i]/(n*(n-1))
			if weighted := energy * m * n / (m + n); weighted > distance {
				cut, distance = i, weighted
			}
		}
	}
	return cut, distance
}

// chance is the share of permutations within stretches whose largest distance reaches
// one, and whether that is up to the level. It ends as soon as it cannot be (Besag and
// Clifford 1991), so that noise costs few permutations.
func chance(stretches []stretch, distance, level float64, random *rand.Rand) (p float64, found bool) {
	// Sums of the same numbers in another order differ in their last digits.
	reached := distance - 1e-9*math.Abs(distance)
	all := math.Ceil(hopes / level)
	most := math.Floor(level * all) // that may reach it, the candidate among them
	count := 1.0
	permuted, longest := make([][]float64, len(stretches)), 0
	for i, s := range stretches {
		permuted[i], longest = slices.Clone(s.x), max(longest, len(s.x))
	}
	room := make([]float64, 2*longest)
	for range int(all) - 1 {
		largest := math.Inf(-1)
		for _, x := range permuted {
			random.Shuffle(len(x), func(a, b int) { x[a], x[b] = x[b], x[a] })
			_, d := bestCut(x, room[:2*len(x)])
			largest = max(largest, d)
		}
		if largest >= reached {
			if count++; count > most {
				return 0, false
			}
		}
	}
	return count / all, true
}

// FewestChanged is the least count of numbers at the end of n, or at their beginning, in
// which a change can reach the level: k numbers that all lie above the others are at one of
// both ends in two of the n-choose-k ways to draw them. 0 if none can.
func FewestChanged(n int, level float64) int {
	for k := shortestStretch; k <= n/2; k++ {
		if 2/combin.GeneralizedBinomial(float64(n), float64(k)) <= level {
			return k
		}
	}
	return 0
}
