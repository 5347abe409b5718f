package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// noisy is a series with levels of some lengths, and normal noise of deviation 1.
func noisy(random *rand.Rand, levels map[int]float64, lengths ...int) []float64 {
	var out []float64
	for i, n := range lengths {
		for range n {
			out = append(out, levels[i]+random.NormFloat64())
		}
	}
	return out
}

func places(found []ChangePoint) []int {
	out := []int{}
	for _, c := range found {
		out = append(out, c.At)
	}
	return out
}

func TestChangePointsAreThosePlanted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	flat := slices.Repeat([]float64{7}, 20)
	for name, c := range map[string]struct {
		x    []float64
		want []int
		// off is how far a found place may be from the planted one.
		off int
	}{
		"nothing":                {nil, nil, 0},
		"too short for two":      {[]float64{1, 1, 1, 9, 9}, nil, 0},
		"too few orders":         {[]float64{1, 1, 1, 1, 9, 9, 9, 9}, nil, 0},
		"constant":               {flat, nil, 0},
		"a step without noise":   {append(slices.Clone(flat), 8, 8, 8), []int{20}, 0},
		"one that strays":        {append(append(slices.Clone(flat), 99), flat...), nil, 0},
		"a step":                 {noisy(random, map[int]float64{1: 5}, 15, 15), []int{15}, 1},
		"a step down at the end": {noisy(random, map[int]float64{1: -8}, 40, 4), []int{40}, 1},
		"up and down again":      {noisy(random, map[int]float64{1: 6}, 20, 10, 20), []int{20, 30}, 1},
		"stairs":                 {noisy(random, map[int]float64{1: 5, 2: 10, 3: 15}, 20, 20, 20, 20), []int{20, 40, 60}, 1},
		"noise":                  {noisy(random, nil, 60), nil, 0},
	} {
		found := ChangePoints(c.x, 0.01, 1)
		ok := len(found) == len(c.want)
		for i := range min(len(found), len(c.want)) {
			ok = ok && int(math.Abs(float64(found[i].At-c.want[i]))) <= c.off && found[i].P > 0 && found[i].P <= 0.01
		}
		if !ok {
			t.Errorf("%s: found %+v, want %v", name, found, c.want)
		}
	}
}

// A change is where it is whatever the unit.
func TestChangePointsDoNotDependOnScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 30).Draw(t, "n")
		step := rapid.Float64Range(0, 8).Draw(t, "step")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x := noisy(random, map[int]float64{1: step}, n, n)
		scaled := make([]float64, len(x))
		for i, v := range x {
			scaled[i] = 1024*v - 4096
		}
		if a, b := places(ChangePoints(x, 0.05, 3)), places(ChangePoints(scaled, 0.05, 3)); !slices.Equal(a, b) {
			t.Fatalf("%v, and in another unit %v", a, b)
		}
	})
}

// The running sums give what the definition does.
func TestEnergyDistanceByItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-100, 100), 6, 25).Draw(t, "x")
		mean := func(a, b []float64, pairs float64) (total float64) {
			for _, v := range a {
				for _, w := range b {
					total += math.Abs(v - w)
				}
			}
			return total / pairs
		}
		want := math.Inf(-1)
		for end := range len(x) + 1 {
			for cut := shortestStretch; cut <= end-shortestStretch; cut++ {
				a, b := x[:cut], x[cut:end]
				m, n := float64(len(a)), float64(len(b))
				energy := 2*mean(a, b, m*n) - mean(a, a, m*(m-1)) - mean(b, b, n*(n-1))
				want = max(want, energy*m*n/(m+n))
			}
		}
		if got := newStretch(x, 0).distance; math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

// falseOnes is the share of series without a change in which one is found.
func falseOnes(series int, level float64, next func(*rand.Rand, []float64)) float64 {
	random := rand.New(rand.NewPCG(11, 12))
	found := 0
	for i := range series {
		x := make([]float64, 30)
		next(random, x)
		if len(ChangePoints(x, level, uint64(i))) > 0 {
			found++
		}
	}
	return float64(found) / float64(series)
}

// Noise of any distribution shows a change in at most 1 % of the series: what 2000 series
// may show by chance more than that is three standard deviations.
func TestChangePointsInNoise(t *testing.T) {
	const series, level = 2000, 0.01
	bound := level + 3*math.Sqrt(level*(1-level)/series)
	for name, next := range map[string]func(*rand.Rand, []float64){
		"normal": func(r *rand.Rand, x []float64) {
			for i := range x {
				x[i] = r.NormFloat64()
			}
		},
		"heavy tails": func(r *rand.Rand, x []float64) { // Student's t with 2 degrees of freedom
			for i := range x {
				x[i] = r.NormFloat64() / math.Sqrt((math.Pow(r.NormFloat64(), 2)+math.Pow(r.NormFloat64(), 2))/2)
			}
		},
		"two values": func(r *rand.Rand, x []float64) {
			for i := range x {
				x[i] = float64(r.IntN(2))
			}
		},
	} {
		got := falseOnes(series, level, next)
		t.Logf("%s: %.2f %%", name, 100*got)
		if got > bound {
			t.Errorf("%s: a change in %.2f %% of the series, want at most 1 %%", name, 100*got)
		}
	}
}

// Numbers that depend on the one before make the test find more than it promises, and
// [DriftCorrelation] shows that they do. This holds what the documentation says of it.
func TestChangePointsInAutocorrelatedNoise(t *testing.T) {
	for _, c := range []struct{ correlation, least, most float64 }{
		{0.3, 0.05, 0.15},
		{0.6, 0.30, 0.50},
	} {
		total := 0.0
		got := falseOnes(400, 0.01, func(r *rand.Rand, x []float64) {
			last := r.NormFloat64()
			for i := range x {
				last = c.correlation*last + math.Sqrt(1-c.correlation*c.correlation)*r.NormFloat64()
				x[i] = last
			}
			total += DriftCorrelation(x)
		})
		t.Logf("correlation %v, measured %.2f: %.1f %%", c.correlation, total/400, 100*got)
		if got < c.least || got > c.most {
			t.Errorf("correlation %v: a change in %.1f %% of the series", c.correlation, 100*got)
		}
	}
}
