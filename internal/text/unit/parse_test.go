package unit

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		q    Quantity
		text string
		want float64
	}{
		{Microseconds, "2ms", 2000}, {Microseconds, "2 ms", 2000}, {Microseconds, "1.5us", 1.5}, {Microseconds, "3µs", 3}, {Microseconds, "3μs", 3},
		{Microseconds, "500ns", 0.5}, {Microseconds, "1e3ms", 1e6}, {Microseconds, "2s", 2e6}, {Microseconds, "1m30s", 90e6}, {Microseconds, "0s", 0},
		{Nanoseconds, "10s", 10e9}, {Nanoseconds, "1.5m", 90e9}, {Nanoseconds, "2min", 120e9}, {Nanoseconds, "1h", 3600e9}, {Nanoseconds, "1d", 86400e9}, {Nanoseconds, "0", 0}, {Microseconds, "0", 0}, {Nanoseconds, ".5s", 5e8},
		{PerSecond, "600", 600}, {PerSecond, "600/1m", 10}, {PerSecond, "600/m", 10}, {PerSecond, "600/min", 10}, {PerSecond, "100/s", 100}, {PerSecond, "100/sec", 100},
		{PerSecond, "5k", 5000}, {PerSecond, "5K", 5000}, {PerSecond, "1.5M", 1.5e6}, {PerSecond, "5k/s", 5000}, {PerSecond, "1e3", 1000}, {PerSecond, "3600 / 1h", 1},
		{PerSecond, "2.5k/s", 2500}, {PerSecond, "20.8 k/s", 20_800}, {PerSecond, "1.00\u00a0k/s", 1000}, {PerSecond, "12\u202f345 /s", 12_345}, {PerSecond, "1.50 M/s", 1.5e6},
		{PerSecond, "100rps", 100}, {PerSecond, "100 req/s", 100}, {PerSecond, "50/500ms", 100}, {PerSecond, "-5", -5}, {PerSecond, "90/1m30s", 1},
		{Octets, "10MiB", 10 << 20}, {Octets, "512B", 512}, {Octets, "1.5GB", 1.5e9}, {Octets, "4 KiB", 4096}, {Octets, "2kB", 2000},
		{Share, "99%", 0.99}, {Share, "99.9 %", 0.999}, {Share, "-5%", -0.05}, {Share, "+5%", 0.05},
		{Bare, "0", 0}, {Bare, "5k", 5000}, {Bare, "1e3", 1000}, {Bare, " 20 ", 20},
	} {
		got, err := c.q.Parse(c.text)
		if err != nil || math.Abs(got-c.want) > 1e-12*math.Abs(c.want) {
			t.Errorf("%q as quantity %d: %v, %v; want %v", c.text, c.q, got, err, c.want)
		}
	}
}

// An error says what was written instead, and what would be right.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		q          Quantity
		text, want string
	}{
		{Microseconds, "2", "has no unit: write a number with a unit, such as"},
		{Microseconds, "2MiB", "not a time, but a size"}, {Microseconds, "5%", "not a time, but a share"}, {Microseconds, "5k", "not a time, but a rate"},
		{Microseconds, "fast", "not a time:"}, {Microseconds, "2parsecs", "not a time:"}, {Microseconds, "1.2.3ms", "not a time:"}, {Microseconds, "", "not a time:"},
		{Microseconds, "1e999s", "not a time: it is too large"}, {Microseconds, "NaN", "not a time"}, {Microseconds, "0x10s", "not a time"}, {Microseconds, "1_000s", "not a time"},
		{PerSecond, "10ms", "not a rate, but a time"}, {PerSecond, "10/0s", "not a rate"}, {PerSecond, "10/", "not a rate"}, {PerSecond, "10/2", "not a rate"}, {PerSecond, "infinity", "not a rate"}, {PerSecond, "10/-1s", "not a rate"},
		{Octets, "512", "has no unit"}, {Octets, "5ms", "not a size, but a time"}, {Octets, "1e9GB0", "not a size"},
		{Share, "0.99", "has no unit: write per cent"}, {Share, "5ms", "not a share, but a time"},
		{Bare, "1e400", "not a number: it is too large: write"}, {PerSecond, "1e400", "not a rate: it is too large"},
		{Bare, "5%", "not a number, but a share"}, {Bare, "2ms", "not a number, but a time"}, {Bare, "1,000", "not a number"},
	} {
		if got, err := c.q.Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q as quantity %d: %v, %v; want an error with %q", c.text, c.q, got, err, c.want)
		}
	}
}

// Numbers without a unit are shown in full where they are whole.
func TestPlain(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 3: "3", 12_345: "12\u202f345", 0.25: "0.250", -2: "-2"} {
		if got := Bare.Format(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

// What is printed is read again, with the digits that were printed.
func TestParseReadsWhatFormatPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.SampledFrom([]Quantity{Nanoseconds, Microseconds, PerSecond, Octets, Share, Bare}).Draw(t, "quantity")
		v := rapid.Float64Range(0.001, 1e12).Draw(t, "value")
		text := strings.ReplaceAll(q.Format(v), " ", rapid.SampledFrom([]string{" ", "\u00a0"}).Draw(t, "blank"))
		got, err := q.Parse(text)
		if err != nil || math.Abs(got-v) > 0.006*v {
			t.Fatalf("%v is printed as %q and read as %v (%v)", v, text, got, err)
		}
	})
}
