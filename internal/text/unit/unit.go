// Package unit prints numbers for people, three significant digits in the unit that
// keeps them short, and reads the numbers that people write.
//
// In flow plain float64s in base units (nanoseconds, microseconds, requests per
// second, bytes, shares, ratios), out flows text such as "12.3 µs". A
// [Quantity] says what a number measures; [Quantity.Format] prints one number,
// [Quantity.PlusMinus] and [Quantity.Interval] print one with its uncertainty,
// which then decides the digits. The other way, [Quantity.Parse] reads "2ms" or
// "600/1m". Every function is pure.
package unit

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Quantity is what a number measures, and in which base unit it is given.
type Quantity uint8

// The quantities.
const (
	Nanoseconds  Quantity = iota // durations: ns, µs, ms, s
	Microseconds                 // durations given in µs
	PerSecond                    // rates: /s, k/s, M/s
	Octets                       // sizes: B, KiB, MiB, GiB
	Share                        // parts of one, shown as per cent
	Factor                       // ratios: ×6.10
	Bare                         // numbers without a unit: 6.10; whole ones in full
)

// scale is one unit that a quantity is shown in, worth factor base units.
type scale struct {
	factor float64
	symbol string
}

// scales returns the units of q, smallest first.
func (q Quantity) scales() []scale {
	switch q {
	case Nanoseconds:
		return []scale{{1, " ns"}, {1e3, " µs"}, {1e6, " ms"}, {1e9, " s"}}
	case Microseconds:
		return []scale{{1e-3, " ns"}, {1, " µs"}, {1e3, " ms"}, {1e6, " s"}}
	case PerSecond:
		return []scale{{1, " /s"}, {1e3, " k/s"}, {1e6, " M/s"}}
	case Octets:
		return []scale{{1, " B"}, {1 << 10, " KiB"}, {1 << 20, " MiB"}, {1 << 30, " GiB"}}
	case Share:
		return []scale{{0.01, " %"}}
	case Bare:
		return []scale{{1, ""}}
	}
	return []scale{{1, " ×"}}
}

// Code is the base unit as the Unified Code for Units of Measure (UCUM) writes it, which
// other programs read: "us", "1/s", "By"; "1" for numbers without a unit.
func (q Quantity) Code() string {
	switch q {
	case Nanoseconds:
		return "ns"
	case Microseconds:
		return "us"
	case PerSecond:
		return "1/s"
	case Octets:
		return "By"
	}
	return "1"
}

// Format prints v with three significant digits: "940 ns", "12.3 µs". NaN is
// "–".
func (q Quantity) Format(v float64) string {
	if !finite(v) {
		return notANumber(v)
	}
	if q == Bare && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return Count(int64(v))
	}
	number, symbol := q.shorten(v)
	if q == Factor {
		return "×" + number // a lone ratio reads as a multiplication
	}
	return number + symbol
}

// shorten finds the unit of v: the first one in which the number, as rounded,
// stays below the next. Rounding first keeps 999.7 ns from becoming "1000 ns".
func (q Quantity) shorten(v float64) (number, symbol string) {
	scales := q.scales()
	for i, s := range scales {
		scaled := v / s.factor
		decimals := decimalsFor(scaled)
		if q == Octets && i == 0 && v == math.Trunc(v) {
			decimals = 0 // whole bytes have no fraction
		}
		last := i == len(scales)-1
		if shown := math.Abs(round(scaled, decimals)); last || shown < scales[i+1].factor/s.factor {
			return fixed(scaled, decimals), s.symbol
		}
	}
	return "", "" // not reached: the last scale takes everything
}

// Duration prints a duration given in nanoseconds.
func Duration(nanos float64) string { return Nanoseconds.Format(nanos) }

// Time prints a time as one may write it, exactly: "15m", "1h", "1m30s".
func Time(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Micros prints a duration given in microseconds.
func Micros(micros float64) string { return Microseconds.Format(micros) }

// Rate prints events per second: "12.3 k/s".
func Rate(perSecond float64) string { return PerSecond.Format(perSecond) }

// Bytes prints a size in IEC units: "480 B", "1.50 KiB".
func Bytes(n float64) string { return Octets.Format(n) }

// Percent prints a share of one as per cent: 0.051 is "5.10 %".
func Percent(share float64) string { return Share.Format(share) }

// Ratio prints a ratio: "×6.10".
func Ratio(r float64) string { return Factor.Format(r) }

// Count prints a whole number, grouped by thin spaces: "1 234 567".
func Count(n int64) string { return group(strconv.FormatInt(n, 10)) }

// Number prints a quantity without a unit with three significant digits and no power
// of ten: "0.0748", "20.8", "3278".
func Number(v float64) string {
	if v <= 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', max(0, significant-1-int(math.Floor(math.Log10(v)))), 64)
}

// Plain prints a number as a person would write it, with so many significant digits
// (0: with all that it has) and never with a power of ten: "0.99", "1000000".
func Plain(v float64, digits int) string {
	if !finite(v) {
		return notANumber(v)
	}
	if digits > 0 {
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', digits-1, 64), 64) // cannot fail: it was written just now
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// List is [Plain] for several numbers, with all their digits: "0.1, 0.3".
func List(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = Plain(v, 0)
	}
	return strings.Join(texts, ", ")
}

// About prints a share of one as per cent for the middle of a sentence, with two
// digits: "0.21 %", "5 %", "37 %". Only what is the whole is 100 %: 0.9996 is
// "99.96 %".
func About(share float64) string { return perCent(share, 2) }

// Precise is [About] with a third digit, for a share that a limit is on: "99.1 %".
func Precise(share float64) string { return perCent(share, significant) }

// Change is [About] with a sign in any case, and with a third digit, since it may lie
// close to a limit: "+12.3 %".
func Change(share float64) string {
	if share < 0 {
		return perCent(share, significant)
	}
	return "+" + perCent(share, significant)
}

// perCent prints a share with so many digits, or with more, up to six, where it is so
// close to the whole that it would be taken for it.
func perCent(share float64, digits int) string {
	text := Plain(100*share, digits)
	for digits++; digits <= 6 && (text == "100") != (share == 1); digits++ {
		text = Plain(100*share, digits)
	}
	return text + " %"
}
