package validity

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
)

// finding is a warning with the size of what was found, by which findings of the
// same kind are ranked.
type finding struct {
	bench.Warning
	size float64
}

// limits are the two bounds of a check; sizes above them are found.
type limits struct{ suspicious, void float64 }

// level returns what a size amounts to, "" for nothing.
func (l limits) level(size float64) bench.Level {
	switch {
	case size > l.void:
		return bench.Void
	case size > l.suspicious:
		return bench.Suspicious
	}
	return ""
}

// worst merges the findings that only differ in their launch: a run with ten
// noisy launches has one warning, which shows the worst. Order is kept.
func worst(all []finding) []bench.Warning {
	type kind struct {
		code      string
		arm, load string
	}
	var order []kind
	groups := map[kind][]finding{}
	for _, f := range all {
		k := kind{f.Code, f.Arm, f.Load}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	var out []bench.Warning
	for _, k := range order {
		group := groups[k]
		w := slices.MaxFunc(group, func(a, b finding) int { return cmp.Compare(a.size, b.size) }).Warning
		launches := map[int]bool{}
		for _, f := range group {
			launches[f.Launch] = true
		}
		if len(launches) > 1 {
			w.Text = fmt.Sprintf("in %d launches, worst in launch %d: %s", len(launches), w.Launch, w.Text)
		}
		out = append(out, w)
	}
	return out
}
