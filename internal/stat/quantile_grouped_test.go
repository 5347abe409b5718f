package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The interval over groups holds the quantile about as often as it says, however much the numbers
// of a group have in common; that over all numbers as if they were independent does not.
func TestGroupedQuantileInterval(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct{ shared, q float64 }{{0, 0.5}, {0.5, 0.5}, {0.9, 0.5}, {0.9, 0.7}} {
		const runs = 1000
		truth, held, naive := NormalQuantile(c.q), 0, 0
		for range runs {
			var groups [][]float64
			var all []float64
			for range 12 {
				common := r.NormFloat64() * math.Sqrt(c.shared)
				var group []float64
				for range 6 {
					group = append(group, common+r.NormFloat64()*math.Sqrt(1-c.shared))
				}
				groups, all = append(groups, group), append(all, group...)
			}
			if i := GroupedQuantileInterval(groups, c.q, 0.95); i.Lo <= truth && truth <= i.Hi {
				held++
			}
			if i := QuantileInterval(all, c.q, 0.95); i.Lo <= truth && truth <= i.Hi {
				naive++
			}
		}
		if held < 0.88*runs || held > 0.995*runs {
			t.Errorf("%+v: %d of %d intervals hold the quantile", c, held, runs)
		}
		if c.shared == 0.9 && naive > 0.8*runs {
			t.Errorf("%+v: %d of %d hold it without groups: they show nothing", c, naive, runs)
		}
	}
}

// What lies beyond the numbers is not known.
func TestGroupedQuantileIntervalIsOpen(t *testing.T) {
	groups := [][]float64{{1, 2, 3, 4}, {2, 3, 4, 9}, {1, 5, 6, 7}}
	if i := GroupedQuantileInterval(groups, 0.95, 0.95); !math.IsInf(i.Hi, 1) || i.Lo > 9 {
		t.Errorf("%+v", i)
	}
	if i := GroupedQuantileInterval(groups, 0.05, 0.95); !math.IsInf(i.Lo, -1) {
		t.Errorf("%+v", i)
	}
}
