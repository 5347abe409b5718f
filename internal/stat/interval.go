package stat

// Interval is a confidence interval. Level is the confidence that it achieves,
// which for the exact, discrete methods is at least the one asked for.
type Interval struct {
	Lo, Hi, Level float64
}
