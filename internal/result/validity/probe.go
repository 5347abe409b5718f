package validity

import (
	"slices"

	"authbench/bench"
)

// isProbe reports whether a slice belongs to a search for an arm's capacity. A search overloads
// server and generator on purpose, so that failures, unsent requests and a busy generator are
// no reason for doubt; false accepts are.
func isProbe(s bench.Slice) bool { return s.Probe != nil }

// probeCodes finds a probe that was spoilt because something held the generator up, although
// it had time to spare: more requests were sent late than an open load may have, and they are
// at least half of those that missed the objective. Such a probe would lower the capacity that
// the search finds, and is taken again.
func probeCodes(s bench.Slice) []string {
	late := float64(s.LateSends)
	spare := Busy([]bench.Slice{s}, 1) <= generatorLimits.void // of one CPU at least
	if spare && late > lateLimits.suspicious*float64(s.Sent) && 2*late >= float64(s.Probe.Missed) {
		return []string{CodeLateSends}
	}
	return nil
}

// withoutProbes returns the slices that belong to no search.
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
