package report

import "math"

// Ticks are round values with equal steps, about five of them, from at or below lo to
// at or above hi: two at least, whatever lo and hi are.
func Ticks(lo, hi float64) []float64 {
	const (
		parts = 5
		most  = 1e300
		least = 1e-300
		// finest is the smallest range, over the values, whose steps a number can hold.
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
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/parts)))
	for _, by := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(step*by) <= parts {
			step *= by
			break
		}
	}
	first := math.Floor(lo / step)
	var out []float64
	for i := 0; i < 2 || out[i-1] < hi && i <= 2*parts; i++ {
		out = append(out, (first+float64(i))*step)
	}
	return out
}
