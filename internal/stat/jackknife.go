package stat

import "math"

// Jackknife returns the interval of an estimate from what it becomes when each
// group of the data is left out in turn (Tukey 1958), by Student's t with one
// degree of freedom fewer than there are groups. It is for estimates that need
// all data at once and so have no value per group. The level is nominal, not
// exact. ok is false for fewer than two groups.
func Jackknife(whole float64, without []float64, level float64) (_ Interval, ok bool) {
	n := float64(len(without))
	if n < 2 {
		return Interval{}, false
	}
	mean := sum(without) / n
	squares := 0.0
	for _, v := range without {
		squares += (v - mean) * (v - mean)
	}
	half := StudentQuantile((1+level)/2, len(without)-1) * math.Sqrt(squares*(n-1)/n)
	return Interval{whole - half, whole + half, level}, true
}
