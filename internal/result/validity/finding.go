package validity

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
)

// finding is a warning with a size, by which findings of the same kind are ranked.
type finding struct {
	bench.Warning
	size float64
}

// limits are the two bounds of a check. Larger sizes are findings.
type limits struct{ suspicious, void float64 }

// level returns the level of a size, "" for no finding.
func (l limits) level(size float64) bench.Level {
	switch {
	case size > l.void:
		return bench.Void
	case size > l.suspicious:
		return bench.Suspicious
	}
	return ""
}

// passed returns the limit that a finding of the given level exceeds.
func (l limits) passed(level bench.Level) float64 {
	if level == bench.Void {
		return l.void
	}
	return l.suspicious
}

// worst returns the finding of the highest level, and of those the largest.
func worst(found []finding) finding {
	order := []bench.Level{bench.Info, bench.Suspicious, bench.Void}
	return slices.MaxFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Level), slices.Index(order, b.Level)), cmp.Compare(a.size, b.size))
	})
}

// fold turns findings into few warnings, in the same order.
func fold(all []finding, launches int) []bench.Warning {
	all = foldLaunches(all, launches)
	var out []bench.Warning
	for _, f := range all {
		if aboutVoidLatencies(all, f) {
			continue
		}
		w := f.Warning
		if f.Load != "" {
			// A doubt about the instrument under one load concerns all arms. With one text
			// for all of them, reports can name the arms in one line.
			if alike := differingInArm(all, f); len(alike) > 1 {
				w.Text = "worst for " + worst(alike).Arm + ": " + worst(alike).Text
			}
			switch {
			case f.Level != bench.Void:
			case f.Code == CodeUnsaturated:
				w.Text += "; neither they nor its latencies are shown"
			default:
				w.Text += "; these latencies are not shown"
			}
		}
		out = append(out, w)
	}
	return out
}

// aboutVoidLatencies reports whether f is only a suspicion about latencies that are void already.
func aboutVoidLatencies(all []finding, f finding) bool {
	return f.Load != "" && f.Level != bench.Void && slices.ContainsFunc(all, func(o finding) bool {
		return o.Level == bench.Void && o.Arm == f.Arm && o.Load == f.Load
	})
}

// foldLaunches merges findings that differ only in their launch: a run with ten noisy launches
// gets one finding, which shows the worst and says how many there are.
func foldLaunches(all []finding, launches int) []finding {
	type kind struct{ code, arm, load string }
	var order []kind
	groups := map[kind][]finding{}
	for _, f := range all {
		k := kind{f.Code, f.Arm, f.Load}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], f)
	}
	var out []finding
	for _, k := range order {
		f := worst(groups[k])
		in := map[int]bool{}
		for _, one := range groups[k] {
			in[one.Launch] = true
		}
		switch {
		case len(in) > 1:
			f.Text = fmt.Sprintf("in %d of %d launches, worst in launch %d: %s", len(in), launches, f.Launch, f.Text)
		case f.Launch > 0:
			f.Text = fmt.Sprintf("in launch %d of %d: %s", f.Launch, launches, f.Text)
		}
		out = append(out, f)
	}
	return out
}

// differingInArm returns the findings that differ from f only in the arm and the size.
func differingInArm(all []finding, f finding) []finding {
	var out []finding
	for _, o := range all {
		if o.Code == f.Code && o.Load == f.Load && o.Level == f.Level {
			out = append(out, o)
		}
	}
	return out
}
