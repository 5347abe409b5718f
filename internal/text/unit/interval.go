package unit

import "math"

// PlusMinus prints v with the half-width of its interval, both in one unit and
// with the digits that the half-width justifies: "52.1 ± 0.4 µs". Without a
// usable half-width (zero, negative or not finite) it prints v alone.
func (q Quantity) PlusMinus(v, half float64) string {
	if !finite(v) || !finite(half) || half <= 0 {
		return q.Format(v)
	}
	s := q.scaleOf(max(math.Abs(v), half))
	decimals := decimalsOf(half / s.factor)
	return fixed(v/s.factor, decimals) + " ± " + fixed(half/s.factor, decimals) + s.symbol
}

// Interval prints the interval from lo to hi, both in one unit and with the
// digits that its width justifies: "6.05 – 6.21 ×".
func (q Quantity) Interval(lo, hi float64) string {
	if !finite(lo) || !finite(hi) || lo >= hi {
		return q.Format(lo) + " – " + q.Format(hi)
	}
	s := q.scaleOf(max(math.Abs(lo), math.Abs(hi)))
	decimals := signed(lo/s.factor, hi/s.factor, decimalsOf((hi-lo)/2/s.factor))
	return fixed(lo/s.factor, decimals) + " – " + fixed(hi/s.factor, decimals) + s.symbol
}

// signed returns how many decimals show on which side of zero both ends lie: as many as given, or
// up to two more. An interval that holds zero and one that begins above it say opposite things.
func signed(lo, hi float64, decimals int) int {
	hidden := func(v float64, decimals int) bool { return v != 0 && round(v, decimals) == 0 }
	for more := range 3 {
		if n := clampDecimals(decimals + more); !hidden(lo, n) && !hidden(hi, n) {
			return n
		}
	}
	return decimals
}

// scaleOf returns the largest unit that v is at least one of.
func (q Quantity) scaleOf(v float64) scale {
	scales := q.scales()
	found := scales[0]
	for _, s := range scales {
		if v >= s.factor {
			found = s
		}
	}
	return found
}
