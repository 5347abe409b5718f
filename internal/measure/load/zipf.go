package load

import "math"

// popularity picks one of n things, the r-th (from 0) with a probability in
// proportion to 1/(r+1)^exponent. It is Walker's alias method as built by Vose
// (1991): a pick costs one random number and one look-up, whatever n, where the
// inversion of the sum would cost a search of some twenty cache misses.
type popularity struct {
	n int
	// cells has per column the probability, in units of 2^-32, that a pick which
	// falls into it stays (high half), and where it goes otherwise (low half).
	// Empty: all n alike.
	cells []uint64
}

// newPopularity prepares picks among n > 0 things; n is below 2^32.
func newPopularity(n int, exponent float64) popularity {
	p := popularity{n: n}
	if exponent == 0 || n == 1 {
		return p
	}
	weights, sum := make([]float64, n), 0.0
	for r := range weights {
		weights[r] = math.Pow(float64(r+1), -exponent)
		sum += weights[r]
	}
	scale := float64(n) / sum // to a mean of 1
	for r := range weights {
		weights[r] *= scale
	}
	p.cells = aliases(weights)
	return p
}

// aliases builds the table for weights whose mean is 1, and uses them up.
func aliases(weights []float64) []uint64 {
	cells := make([]uint64, len(weights))
	// The columns below the mean grow from the front of one array, the others
	// from its back: each is on exactly one of the two stacks.
	stacks := make([]uint32, len(weights))
	small, large := 0, len(weights)
	for r, w := range weights {
		if w < 1 {
			stacks[small] = uint32(r)
			small++
		} else {
			large--
			stacks[large] = uint32(r)
		}
	}
	for small > 0 && large < len(weights) {
		small--
		under, over := stacks[small], stacks[large]
		cells[under] = stay(weights[under]) | uint64(over)
		weights[over] -= 1 - weights[under]
		if weights[over] < 1 {
			large++
			stacks[small] = over
			small++
		}
	}
	// What is left has weight 1 but for rounding, and stays where it is.
	for _, r := range stacks[:small] {
		cells[r] = stay(1) | uint64(r)
	}
	for _, r := range stacks[large:] {
		cells[r] = stay(1) | uint64(r)
	}
	return cells
}

// stay is a probability as a cell's high half.
func stay(probability float64) uint64 {
	return uint64(min(probability*(1<<32), math.MaxUint32)) << 32
}

// pick maps a random number to one of the n things.
func (p *popularity) pick(x uint64) int {
	r, fraction := column(x, p.n)
	if len(p.cells) == 0 {
		return r
	}
	if cell := p.cells[r]; fraction>>32 >= cell>>32 {
		return int(uint32(cell))
	}
	return r
}
