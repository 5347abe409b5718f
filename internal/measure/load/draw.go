package load

import "math/bits"

// stream is a sequence of random numbers that any index can be asked of: every
// thread and every machine finds the i-th one without the others.
type stream uint64

// The streams of a slice. Each is independent of the others.
const (
	gapStream        = iota + 1 // between arrivals
	classStream                 // which class of credential
	popularityStream            // which credential of the class
	ownerStream                 // which part an arrival belongs to
)

// golden is 2^64 over the golden ratio, SplitMix64's increment (Steele, Lea,
// Flood 2014): its multiples are spread evenly over all 64 bits.
const golden = 0x9e3779b97f4a7c15

// newStream returns one of a seed's streams.
func newStream(seed uint64, kind int) stream {
	return stream(finalise(finalise(seed) + uint64(kind)*golden))
}

// at returns the i-th number, uniform over all 64 bits.
func (s stream) at(i uint64) uint64 { return finalise(uint64(s) + i*golden) }

// finalise is SplitMix64's: each bit of x changes each bit of the result with
// probability 1/2.
func finalise(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// uniform maps a random number to (0, 1]: 53 bits, as many as a float64 holds,
// and never 0, whose logarithm is infinite.
func uniform(x uint64) float64 { return float64(x>>11+1) / (1 << 53) }

// column maps a random number to 0 … n−1 and returns 64 more random bits: the
// fraction that the division leaves (Lemire 2019). The bias is n/2^64.
func column(x uint64, n int) (int, uint64) {
	hi, lo := bits.Mul64(x, uint64(n))
	return int(hi), lo
}
