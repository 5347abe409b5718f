package unit

import (
	"math"
	"strconv"
	"strings"
)

const (
	// significant digits say all that a measurement on a shared machine knows.
	significant = 3
	// maxDecimals bounds the digits after the point: what is smaller than
	// 10⁻⁶ of a base unit is nothing.
	maxDecimals = 6
	// thinSpace groups digits; it is narrow and does not break (U+202F).
	thinSpace = "\u202f"
	// groupFrom is the number of digits from which they are grouped: four are
	// read at a glance.
	groupFrom = 5
)

// decimalsFor returns how many decimals show v with the significant digits.
func decimalsFor(v float64) int {
	if round(v, maxDecimals) == 0 {
		return 0
	}
	// The exponent of the rounded number: 9.996 is shown as 10.0, not 10.00.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', significant-1, 64), "e")
	e, _ := strconv.Atoi(exponent)
	return clampDecimals(significant - 1 - e)
}

// decimalsOf returns how many decimals an uncertainty justifies: one digit of
// it, or two where the first is a 1, since 0.1 for 0.14 would be 40 % off.
func decimalsOf(half float64) int {
	digits, exponent, _ := strings.Cut(strconv.FormatFloat(half, 'e', 1, 64), "e")
	e, _ := strconv.Atoi(exponent)
	if strings.HasPrefix(digits, "1") {
		e--
	}
	return clampDecimals(-e)
}

func clampDecimals(n int) int { return min(max(n, 0), maxDecimals) }

// round rounds v as [fixed] prints it.
func round(v float64, decimals int) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'f', decimals, 64), 64)
	return r
}

// fixed prints v with so many decimals, without a sign on zero.
func fixed(v float64, decimals int) string {
	if round(v, decimals) == 0 {
		v = 0
	}
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	if fraction == "" {
		return group(whole)
	}
	return group(whole) + "." + fraction
}

// group inserts thin spaces into the digits of a whole number.
func group(text string) string {
	digits := strings.TrimPrefix(text, "-")
	if len(digits) < groupFrom {
		return text
	}
	sign := text[:len(text)-len(digits)]
	head := (len(digits)-1)%3 + 1
	var b strings.Builder
	b.WriteString(sign + digits[:head])
	for i := head; i < len(digits); i += 3 {
		b.WriteString(thinSpace + digits[i:i+3])
	}
	return b.String()
}

// finite reports whether v is a number with digits.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// notANumber prints what is not finite.
func notANumber(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	}
	return "–"
}
