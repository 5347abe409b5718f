package figure

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/plot"
	"pgregory.net/rapid"

	"authbench/internal/text/unit"
)

func labelled(ticks plot.ConstantTicks) []string {
	var out []string
	for _, t := range ticks {
		if !t.IsMinor() {
			out = append(out, t.Label)
		}
	}
	return out
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		name string
		got  plot.ConstantTicks
		want []string
	}{
		{"one decade", logTicks(1, 2, unit.Micros), []string{"10 µs", "20 µs", "50 µs", "100 µs"}},
		{"across units", logTicks(2.5, 3.4, unit.Micros), []string{"500 µs", "1 ms", "2 ms"}},
		{"many decades", logTicks(0, 4, unit.Micros), []string{"1 µs", "10 µs", "100 µs", "1 ms", "10 ms"}},
		{"linear", linearTicks(53, unit.Micros), []string{"0", "10 µs", "20 µs", "30 µs", "40 µs", "50 µs"}},
		{"linear rates", linearTicks(2_600, unit.Rate), []string{"0", "500 /s", "1 k/s", "1.5 k/s", "2 k/s", "2.5 k/s"}},
		{"no range", linearTicks(0, unit.Rate), nil},
		{"nines", ninesTicks(5), []string{"0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"}},
	} {
		if got := labelled(c.got); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestLogRangeHoldsItsValuesAndTwoLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := math.Pow(10, rapid.Float64Range(-3, 7).Draw(t, "lo"))
		hi := lo * math.Pow(10, rapid.Float64Range(0, 4).Draw(t, "width"))
		from, to := logRange(lo, hi)
		if from > math.Log10(lo)+1e-9 || to < math.Log10(hi)-1e-9 {
			t.Fatalf("%v to %v is not within 10^%v to 10^%v", lo, hi, from, to)
		}
		if n := len(labelled(logTicks(from, to, unit.Micros))); n < 2 {
			t.Fatalf("%v to %v has %d labels", lo, hi, n)
		}
	})
}
