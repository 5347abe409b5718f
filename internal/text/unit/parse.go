package unit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// numberForm splits a quantity into its number and its unit.
var numberForm = regexp.MustCompile(`^([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*)$`)

// spellings are the nouns of the quantities, a value of each, and how one is written.
var spellings = map[Quantity]struct{ noun, sample, example string }{
	Nanoseconds:  {"a time", "2ms", "a number with a unit, such as 500us, 2ms or 1m30s"},
	Microseconds: {"a time", "2ms", "a number with a unit, such as 500us, 2ms or 1m30s"},
	PerSecond:    {"a rate", "5k", "requests per second, such as 600, 5k or 1.5M, or 600/1m"},
	Octets:       {"a size", "10MiB", "a number with a unit, such as 512B, 10MiB or 1.5GB"},
	Share:        {"a share", "99%", "per cent, such as 99% or 0.5%"},
	Factor:       {"a ratio", "1.5", "a number, such as 1.5"},
	Bare:         {"a number", "0", "a number, such as 0, 20 or 5k"},
}

// printed undoes what this package, and those that put its texts into sentences, do to
// numbers: the thin spaces that group digits, the blanks that do not break.
var printed = strings.NewReplacer(thinSpace, "", "\u00a0", " ")

// Parse reads a quantity as people write it, and as [Quantity.Format] prints it, and
// returns it in q's base unit. Times, sizes and shares need their unit: a bare number
// could mean several. Errors say what is written instead.
func (q Quantity) Parse(text string) (float64, error) {
	text = strings.TrimSpace(text)
	v, ok := q.read(printed.Replace(text))
	if !ok || !finite(v) {
		return 0, fmt.Errorf("%q %s: write %s", text, q.lacking(text), spellings[q].example)
	}
	return v, nil
}

// Example is a value of the quantity as one may write it.
func (q Quantity) Example() string { return spellings[q].sample }

// lacking says why a text is no q.
func (q Quantity) lacking(text string) string {
	isNot := "is not " + spellings[q].noun
	number := numberForm.FindStringSubmatch(text)
	if number == nil {
		return isNot
	}
	if v, _ := strconv.ParseFloat(number[1], 64); !finite(v) {
		return isNot + ": it is too large"
	}
	if number[2] == "" {
		return "has no unit"
	}
	for _, other := range []Quantity{Microseconds, Octets, Share, PerSecond} {
		if _, ok := other.read(text); ok {
			return isNot + ", but " + spellings[other].noun
		}
	}
	return isNot
}

// multiples are the prefixes of plain numbers and rates.
var multiples = map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}

// sizes are the units of sizes: IEC's, and the decimal ones.
var sizes = map[string]float64{
	"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9,
}

func (q Quantity) read(text string) (v float64, ok bool) {
	parts := numberForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	digits := parts[1]
	if q == Share && !strings.ContainsAny(digits, "eE") {
		digits += "e-2" // as exact as the digits are: 99.9 % is 999 of 1000
	}
	number, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, false
	}
	factor := 0.0
	switch q {
	case Nanoseconds:
		return readTime(number, parts[2], text)
	case Microseconds:
		nanos, ok := readTime(number, parts[2], text)
		return nanos / 1e3, ok
	case PerSecond:
		factor, ok = readPer(parts[2])
	case Octets:
		factor, ok = sizes[parts[2]]
	case Share:
		if digits == parts[1] {
			number /= 100
		}
		return number, parts[2] == "%"
	default:
		factor, ok = multiples[parts[2]]
	}
	return number * factor, ok
}

// times are the units of times, in ns. Both signs for micro are typed: µ (U+00B5) and
// μ (U+03BC).
var times = map[string]float64{
	"ns": 1, "us": 1e3, "\u00b5s": 1e3, "\u03bcs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9, "d": 24 * 3600e9,
}

// readTime reads a time in ns: a number and its unit, or several as Go writes them
// ("1m30s").
func readTime(number float64, symbol, text string) (float64, bool) {
	if symbol == "" { // 0 is the same in every unit
		return 0, number == 0
	}
	if nanos, ok := times[symbol]; ok {
		return number * nanos, true
	}
	d, err := time.ParseDuration(text)
	return float64(d), err == nil
}

// perForm splits what follows the number of a rate: a multiple, then a time that the
// requests are counted in ("k/s", "/1m"), or the same in letters ("rps").
var perForm = regexp.MustCompile(`^([kKMG]?)\s*(?:(rps|req/s)|/\s*(.+))?$`)

// readPer returns what a rate's number is multiplied by to be per second.
func readPer(unit string) (float64, bool) {
	parts := perForm.FindStringSubmatch(unit)
	if parts == nil {
		return 0, false
	}
	factor := multiples[parts[1]]
	if parts[3] == "" {
		return factor, true
	}
	nanos, ok := times[strings.TrimSuffix(parts[3], "ec")] // "/sec" is typed, too
	if !ok {
		nanos, ok = Nanoseconds.read(parts[3])
	}
	return factor * 1e9 / nanos, ok && nanos > 0
}
