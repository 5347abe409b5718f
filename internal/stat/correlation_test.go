package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestKendallTrend(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0},
		{[]float64{1}, 0},
		{[]float64{1, 2, 3, 4}, 1},
		{[]float64{4, 3, 2, 1}, -1},
		{[]float64{5, 5, 5}, 0},
		{[]float64{1, 3, 2}, 1.0 / 3},
		{[]float64{1, 2, 2}, 2.0 / 3},
	} {
		if got := KendallTrend(c.x); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("τ of %v = %v, want %v", c.x, got, c.want)
		}
	}
}

func TestKendallTrendAgainstGonum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.Float64Range(0, 1), 2, 20, rapid.ID).Draw(t, "x")
		order := make([]float64, len(x))
		for i := range order {
			order[i] = float64(i)
		}
		if got, want := KendallTrend(x), stat.Kendall(order, x, nil); math.Abs(got-want) > 1e-12 {
			t.Fatalf("τ of %v = %v, gonum says %v", x, got, want)
		}
	})
}

func TestSerialCorrelation(t *testing.T) {
	for name, c := range map[string]struct {
		groups [][]float64
		want   float64
	}{
		"nothing":             {nil, 0},
		"single numbers":      {[][]float64{{1}, {2}, {3}}, 0},
		"constant":            {[][]float64{{1, 1, 1}, {2, 2, 2}}, 0},
		"rising":              {[][]float64{{1, 2, 3, 4}}, 1},
		"rising, other scale": {[][]float64{{1, 2, 3, 4}, {1e3, 1e6, 1e7, 1e9}}, 1},
		"zigzag":              {[][]float64{{1, 9, 2, 8, 3}}, -7 / math.Sqrt(50)},
	} {
		if got := SerialCorrelation(c.groups); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Groups at different levels are no correlation: independent rounds within
// launches that differ by far give about -1/8.
func TestSerialCorrelationIgnoresLevels(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var groups [][]float64
	for launch := range 500 {
		g := make([]float64, 8)
		for i := range g {
			g[i] = float64(100*launch) + random.NormFloat64()
		}
		groups = append(groups, g)
	}
	if got := SerialCorrelation(groups); math.Abs(got+1.0/8) > 0.06 {
		t.Errorf("%v, want about -0.125", got)
	}
}

func TestDriftCorrelation(t *testing.T) {
	for name, x := range map[string][]float64{
		"nothing": nil, "three": {1, 5, 2}, "constant": {3, 3, 3, 3, 3, 3}, "one step": {3, 3, 3, 3, 8, 8, 8, 8},
	} {
		if got := DriftCorrelation(x); got != 0 {
			t.Errorf("%s: %v, want 0", name, got)
		}
	}
	random := rand.New(rand.NewPCG(5, 6))
	for _, planted := range []float64{0, 0.3, 0.7} {
		// A change of level is no drift.
		for _, step := range []float64{0, 20} {
			sum := 0.0
			const series, n = 200, 50
			for range series {
				x := make([]float64, n)
				last := random.NormFloat64()
				for i := range x {
					last = planted*last + math.Sqrt(1-planted*planted)*random.NormFloat64()
					x[i] = last
					if i >= n/2 {
						x[i] += step
					}
				}
				sum += DriftCorrelation(x)
			}
			if got := sum / series; math.Abs(got-planted) > 0.15 {
				t.Errorf("planted %v with a step of %v: %v on average", planted, step, got)
			}
		}
	}
}
