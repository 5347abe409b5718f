package unit

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Duration(0), "0 ns"},
		{Duration(0.5), "0.500 ns"},
		{Duration(5), "5.00 ns"},
		{Duration(940), "940 ns"},
		{Duration(999.4), "999 ns"},
		{Duration(999.7), "1.00 µs"},
		{Duration(12_340), "12.3 µs"},
		{Duration(9_996), "10.0 µs"},
		{Duration(1_200_000), "1.20 ms"},
		{Duration(2.05e9), "2.05 s"},
		{Duration(125e9), "125 s"},
		{Duration(12_345e9), "12\u202f345 s"},
		{Duration(-12_340), "-12.3 µs"},
		{Duration(1e-9), "0 ns"},
		{Duration(-1e-9), "0 ns"},
		{Duration(math.NaN()), "–"},
		{Duration(math.Inf(1)), "∞"},
		{Duration(math.Inf(-1)), "-∞"},
		{Micros(0.94), "940 ns"},
		{Micros(52.1), "52.1 µs"},
		{Micros(999.96), "1.00 ms"},
		{Micros(2.05e6), "2.05 s"},
		{Rate(940), "940 /s"},
		{Rate(12_300), "12.3 k/s"},
		{Rate(1.5e6), "1.50 M/s"},
		{Rate(2.5e9), "2500 M/s"},
		{Bytes(0), "0 B"},
		{Bytes(1), "1 B"},
		{Bytes(480), "480 B"},
		{Bytes(35.25), "35.2 B"},
		{Bytes(1023), "1023 B"},
		{Bytes(1024), "1.00 KiB"},
		{Bytes(1023.9 * 1024), "1.00 MiB"},
		{Bytes(3 << 29), "1.50 GiB"},
		{Percent(0), "0 %"},
		{Percent(0.051), "5.10 %"},
		{Percent(1), "100 %"},
		{Percent(0.00021), "0.0210 %"},
		{Ratio(6.1), "×6.10"},
		{Ratio(0.98), "×0.980"},
		{Ratio(123.4), "×123"},
		{Count(0), "0"},
		{Count(1234), "1234"},
		{Count(12_345), "12\u202f345"},
		{Count(-1_234_567), "-1\u202f234\u202f567"},
		{Count(math.MinInt64), "-9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestUncertainty(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Microseconds.PlusMinus(52.14, 0.43), "52.1 ± 0.4 µs"},
		{Microseconds.PlusMinus(52.14, 0.14), "52.14 ± 0.14 µs"},
		{Microseconds.PlusMinus(52.14, 0.97), "52.1 ± 1.0 µs"},
		{Microseconds.PlusMinus(52.14, 23), "52 ± 23 µs"},
		{Microseconds.PlusMinus(0.5, 20), "0 ± 20 µs"},
		{Microseconds.PlusMinus(-43.91, 0.4), "-43.9 ± 0.4 µs"},
		{Microseconds.PlusMinus(-0.01, 0.4), "-10 ± 400 ns"},
		{Microseconds.PlusMinus(1200, 13), "1.200 ± 0.013 ms"},
		{Microseconds.PlusMinus(52.14, 0), "52.1 µs"},
		{Microseconds.PlusMinus(52.14, math.NaN()), "52.1 µs"},
		{Microseconds.PlusMinus(math.NaN(), 1), "–"},
		{PerSecond.PlusMinus(123_456, 2_345), "123 ± 2 k/s"},
		{Octets.PlusMinus(480, 5), "480 ± 5 B"},
		{Factor.Interval(6.05, 6.21), "6.05 – 6.21 ×"},
		{Factor.Interval(0.98, 1.02), "0.98 – 1.02 ×"},
		{Microseconds.Interval(-0.3, 0.41), "-300 – 410 ns"},
		{Microseconds.Interval(51.6, 52.5), "51.6 – 52.5 µs"},
		{Microseconds.Interval(-0.25, 4.2), "-0.2 – 4.2 µs"},
		{Microseconds.Interval(-4.2, 0.04), "-4.20 – 0.04 µs"},
		{Microseconds.Interval(0.3, 4.2), "0.3 – 4.2 µs"},
		{Microseconds.Interval(0, 4.2), "0 – 4 µs"},
		{Microseconds.Interval(-3e-6, 4.2), "0 – 4 µs"},
		{Share.Interval(0.012, 0.034), "1.2 – 3.4 %"},
		{Share.Interval(0.02, 0.02), "2.00 % – 2.00 %"},
		{Factor.Interval(math.NaN(), 2), "– – ×2.00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// value reads printed text back: its number in base units, and what half of its
// last digit is worth.
func value(t *rapid.T, q Quantity, text string) (v, rounding float64) {
	symbol := strings.TrimLeft(text, "×-.0123456789\u202f")
	number := strings.ReplaceAll(strings.Trim(text, "× µnmskKMGiB/%"), "\u202f", "")
	for _, s := range q.scales() {
		if s.symbol != symbol && (q != Factor || symbol != "") {
			continue
		}
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatalf("%q does not read back: %v", text, err)
		}
		_, fraction, _ := strings.Cut(number, ".")
		return v * s.factor, s.factor * math.Pow10(-len(fraction)) / 2
	}
	t.Fatalf("%q has no unit of its quantity", text)
	return 0, 0
}

// drawValue draws magnitudes evenly over all scales.
func drawValue(t *rapid.T) float64 {
	mantissa := rapid.Float64Range(-10, 10).Draw(t, "mantissa")
	return mantissa * math.Pow10(rapid.IntRange(-4, 11).Draw(t, "exponent"))
}

func TestPrintedValueReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity(rapid.Uint8Range(uint8(Nanoseconds), uint8(Factor)).Draw(t, "quantity"))
		v := drawValue(t)
		text := q.Format(v)
		got, rounding := value(t, q, text)
		if math.Abs(got-v) > rounding*(1+1e-9)+1e-9*math.Abs(v) {
			t.Fatalf("%v printed as %q reads back as %v", v, text, got)
		}
		whole := q == Octets && v == math.Trunc(v)
		if smallest := q.scales()[0].factor; rounding > math.Abs(v)*0.0051 && math.Abs(v) >= smallest && !whole {
			t.Fatalf("%v printed as %q has fewer than three digits", v, text)
		}
	})
}

func TestIntervalKeepsItsEndsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quantity(rapid.Uint8Range(uint8(Nanoseconds), uint8(Factor)).Draw(t, "quantity"))
		lo := rapid.Float64Range(0.01, 1e6).Draw(t, "lo")
		hi := lo * rapid.Float64Range(1.001, 3).Draw(t, "width")
		text := q.Interval(lo, hi)
		left, right, _ := strings.Cut(text, " – ")
		if number := strings.TrimRight(right, " ×µnmskKMGiB/%"); left == number {
			t.Fatalf("from %v to %v is printed as %q", lo, hi, text)
		}
	})
}

func TestTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 10 * time.Second: "10s", 90 * time.Second: "1m30s", 15 * time.Minute: "15m", time.Hour: "1h",
		time.Hour + time.Second: "1h0m1s", 100 * time.Millisecond: "100ms", 24 * time.Hour: "24h", 70 * time.Minute: "1h10m",
	} {
		if got := Time(d); got != want {
			t.Errorf("%v is %q, want %q", int64(d), got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", -1: "0", 0.0748: "0.0748", 0.00000831: "0.00000831", 7.48: "7.48", 20.83: "20.8", 999.96: "1000", 3278.4: "3278"} {
		if got := Number(v); got != want {
			t.Errorf("%g is %q, want %q", v, got, want)
		}
	}
}

// No number of a sentence has a power of ten, and none but the whole is 100 %.
func TestSentences(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{About(0), "0 %"}, {About(0.00021), "0.021 %"}, {About(0.0021), "0.21 %"}, {About(0.05), "5 %"},
		{About(0.0949), "9.5 %"}, {About(0.1), "10 %"}, {About(0.374), "37 %"}, {About(0.994), "99 %"},
		{About(0.996), "99.6 %"}, {About(0.9996), "99.96 %"}, {About(1), "100 %"}, {About(1.5), "150 %"},
		{About(1.004), "100.4 %"}, {About(-0.12), "-12 %"}, {About(1e-9), "0.0000001 %"}, {About(12345), "1200000 %"},
		{About(math.NaN()), "– %"}, {About(math.Inf(1)), "∞ %"},
		{Change(0.0504), "+5.04 %"}, {Change(0.12), "+12 %"}, {Change(-0.12), "-12 %"}, {Change(0), "+0 %"},
		{Plain(1e6, 0), "1000000"}, {Plain(0.99, 0), "0.99"}, {Plain(1e21, 0), "1000000000000000000000"},
		{Plain(123456.7, 4), "123500"}, {Plain(0.00001234567, 3), "0.0000123"}, {Plain(-2, 4), "-2"}, {List([]float64{0.1, 1e-5, 1e6}), "0.1, 0.00001, 1000000"}, {List(nil), ""}, {Plain(math.NaN(), 2), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t)
		for _, text := range []string{About(v), Change(v), Plain(v, 0), Plain(v, 3)} {
			if strings.ContainsAny(text, "eE") {
				t.Fatalf("%v is printed as %q", v, text)
			}
		}
	})
}
