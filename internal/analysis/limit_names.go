package analysis

import (
	"maps"
	"slices"
)

// LimitNames are the short names of the metrics that a limit may use.
func LimitNames() []string { return slices.Sorted(maps.Keys(limitMetrics)) }
