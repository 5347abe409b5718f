package stat

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"
)

// The jackknife of a mean is Student's interval.
func TestJackknifeOfTheMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-50, 50), 2, 15).Draw(t, "x")
		n := float64(len(x))
		total := sum(x)
		without := make([]float64, len(x))
		for i, v := range x {
			without[i] = (total - v) / (n - 1)
		}
		iv, ok := Jackknife(total/n, without, level95)
		mean, sd := stat.MeanStdDev(x, nil)
		half := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile(0.975) * stat.StdErr(sd, n)
		if !ok || math.Abs(iv.Lo-(mean-half)) > 1e-6 || math.Abs(iv.Hi-(mean+half)) > 1e-6 {
			t.Fatalf("%+v %v, Student's is %v to %v", iv, ok, mean-half, mean+half)
		}
	})
}

func TestJackknifeNeedsGroups(t *testing.T) {
	for n := range 2 {
		if _, ok := Jackknife(1, make([]float64, n), level95); ok {
			t.Errorf("an interval from %d groups", n)
		}
	}
}
