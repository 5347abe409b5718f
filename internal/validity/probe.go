package validity

import (
	"slices"

	"authbench/bench"
)

// isProbe reports whether a slice belongs to a search for an arm's capacity. Such
// a search overloads server and generator on purpose: failures, requests not sent
// and a busy generator are what it looks for, and say nothing against it. False
// accepts do.
func isProbe(s bench.Slice) bool { return s.Probe != nil }

// withoutProbes leaves the slices of searches out.
func withoutProbes(taken []bench.Slice) []bench.Slice {
	return slices.DeleteFunc(slices.Clone(taken), isProbe)
}

// GeneratorBound reports whether the generator was the limit of a probe that
// missed its objective: it had no time left, or its own lag at the objective's
// quantile (ns) was half of the objective's limit. These are the bounds that make
// the latencies of an open load invalid.
func GeneratorBound(s bench.Slice, lag, limit int64, cpus float64) bool {
	return Busy([]bench.Slice{s}, cpus) > generatorLimits.void || 2*lag > limit
}
