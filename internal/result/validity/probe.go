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

// probeCodes finds the probe that the generator spoilt though it had time to spare,
// because something else held it up: more requests were sent late than is borne in
// an open load, and they are half of those that missed the objective or more. Such
// a probe would drag the search down, and is taken again.
func probeCodes(s bench.Slice) []string {
	late := float64(s.LateSends)
	spare := Busy([]bench.Slice{s}, 1) <= generatorLimits.void // of one CPU at least
	if spare && late > lateLimits.suspicious*float64(s.Sent) && 2*late >= float64(s.Probe.Missed) {
		return []string{CodeLateSends}
	}
	return nil
}

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
