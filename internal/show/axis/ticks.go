// Package axis chooses the numbers of an axis: from a range of values to the ticks around it.
package axis

import "math"

// Ticks are about five round values with equal steps, from at or below lo to at or above hi.
// There are at least two, whatever lo and hi are.
func Ticks(lo, hi float64) []float64 {
	const (
		parts = 5
		most  = 1e300
		least = 1e-300
		// finest is the smallest range, relative to the values, whose steps a float64 can hold.
		finest = 1e-9
	)
	within := func(v float64) float64 {
		if math.IsNaN(v) {
			return 0
		}
		return min(max(v, -most), most)
	}
	lo, hi = within(lo), within(hi)
	if size := max(math.Abs(lo), math.Abs(hi)); !(hi-lo > max(finest*size, least)) {
		room := size / 10
		if room < least {
			room = 1
		}
		lo, hi = min(lo, hi)-room, max(lo, hi)+room
	}
	step, next := Round((hi - lo) / parts)
	if (hi-lo)/step > parts {
		step = next
	}
	first := math.Floor(lo / step)
	var out []float64
	for i := 0; i < 2 || out[i-1] < hi && i <= 2*parts; i++ {
		out = append(out, (first+float64(i))*step)
	}
	return out
}

// Round returns the round numbers around v: the largest of 1, 2 and 5 times a power of
// ten that is not above v, and the next of them. Both are 0 unless v is positive and
// finite.
func Round(v float64) (below, above float64) {
	if !(v > 0) || math.IsInf(v, 1) {
		return 0, 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	if v >= 10*power { // Log10 is too small for some powers of ten, such as 1000
		power *= 10
	}
	switch n := v / power; {
	case n >= 5:
		return 5 * power, 10 * power
	case n >= 2:
		return 2 * power, 5 * power
	}
	return power, 2 * power
}
