package stat

import (
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// NormalQuantile returns the p-quantile of the standard normal distribution.
func NormalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// ChiSquaredQuantile returns the p-quantile of the χ² distribution: that of a sample's
// variance, times its degrees of freedom, over the true one.
func ChiSquaredQuantile(p float64, degrees int) float64 {
	return distuv.ChiSquared{K: float64(degrees)}.Quantile(p)
}

// Mean returns the mean of x; NaN for no numbers.
func Mean(x []float64) float64 { return stat.Mean(x, nil) }

// StandardDeviation returns that of a sample, with n-1 degrees of freedom. It needs
// two numbers.
func StandardDeviation(x []float64) float64 { return stat.StdDev(x, nil) }
