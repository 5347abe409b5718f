package analysis

import (
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/limit"
	"authbench/internal/stat"
)

// ChangesVersion is the version of the JSON form of [Changes].
const ChangesVersion = 1

// Changes compares everything that two results share.
type Changes struct {
	Version int  `json:"version"`
	Old     Side `json:"old"`
	New     Side `json:"new"`
	// Differences lists what differs between the two besides their figures.
	Differences []Difference `json:"differences"`
	// Removed is what only the old result has, Added what only the new one has. A place
	// without a metric stands for a whole load or a whole arm.
	Removed []Place  `json:"removed"`
	Added   []Place  `json:"added"`
	Changes []Change `json:"changes"`
	// Uncompared names the ramps of either result, whose figures over time are not compared.
	Uncompared []string `json:"uncompared,omitempty"`
	// Limits are those that the user put on changes.
	Limits []limit.Judged `json:"limits,omitempty"`
}

// Side is one of the two results.
type Side struct {
	// Path is where it was read from.
	Path     string          `json:"path"`
	Scenario string          `json:"scenario"`
	Started  string          `json:"started"` // RFC 3339, UTC
	Validity result.Validity `json:"verdict"`
	Launches int             `json:"launches"`
	Host     bench.Host      `json:"host"`
	Build    bench.Build     `json:"build"`
}

// Place names one figure of a result.
type Place struct {
	Arm string `json:"arm"`
	// Load is empty for figures of the arm's processes.
	Load string `json:"load,omitempty"`
	// Fraction is the level of a sweep.
	Fraction float64 `json:"fraction,omitempty"`
	Metric   string  `json:"metric,omitempty"`
	// VersusBaseline: the figure is the metric's ratio to the baseline's, paired within
	// launches. In it, what slows the whole machine down between two results cancels.
	VersusBaseline bool `json:"vs_baseline,omitempty"`
	// Difference: with VersusBaseline, the figure is the difference from the baseline's
	// instead, in the metric's unit.
	Difference bool `json:"difference,omitempty"`
}

// Change is one figure in both results.
type Change struct {
	Place
	Old Estimate `json:"old_estimate"`
	New Estimate `json:"new_estimate"`
	// Ratio is the new figure over the old one; 0 where that has no meaning.
	Ratio float64 `json:"ratio,omitempty"`
	// Lo and Hi are its 95 % interval; nil where none can be given.
	Lo *float64 `json:"ratio_lo,omitempty"`
	Hi *float64 `json:"ratio_hi,omitempty"`
	// Detected says that the interval excludes no change.
	Detected bool `json:"detected"`
}

// Compare compares two results, which it does not change.
func Compare(old, new *Analysis) *Changes {
	c := &Changes{
		Version: ChangesVersion, Old: old.side(), New: new.side(),
		Differences: old.differences(new), Removed: []Place{}, Added: []Place{}, Changes: []Change{},
		Uncompared: rampsOf(old.Header.Scenario, new.Header.Scenario),
	}
	versus := old.Summary.Baseline == new.Summary.Baseline
	difference := func(f Figure) bool { return f.Difference } // the ratio says the same
	was, is := slices.DeleteFunc(old.comparableFigures(versus), difference), slices.DeleteFunc(new.comparableFigures(versus), difference)
	for _, d := range was {
		if i := slices.IndexFunc(is, func(other Figure) bool { return other.Place == d.Place }); i >= 0 {
			c.Changes = append(c.Changes, changeOf(d, is[i]))
		}
	}
	c.Removed = append(c.Removed, missingFrom(is, was)...)
	c.Added = append(c.Added, missingFrom(was, is)...)
	return c
}

func (a *Analysis) side() Side {
	s := &a.Summary
	return Side{Scenario: s.Scenario, Started: s.Started, Validity: s.Validity, Launches: s.Launches, Host: s.Host, Build: s.Build}
}

// changeOf compares one figure. Ratios are of logarithms, so that a change and its
// reverse have the same size.
func changeOf(old, new Figure) Change {
	c := Change{Place: old.Place, Old: old.Estimate, New: new.Estimate}
	was, is := logarithms(old.Launches), logarithms(new.Launches)
	var interval stat.Interval
	var ok bool
	switch {
	case c.Old.Value == c.New.Value && c.Old.Value == 0:
		c.Ratio = 1
		return c
	case c.Old.Value <= 0 || c.New.Value <= 0:
		return c
	case len(was) > 0 && len(is) > 0:
		c.Ratio = math.Exp(stat.Shift(was, is))
		interval, ok = stat.ShiftInterval(was, is, confidence)
	default:
		c.Ratio = c.New.Value / c.Old.Value
		interval, ok = independentRatio(c.Old, c.New)
	}
	if lo, hi := math.Exp(interval.Lo), math.Exp(interval.Hi); ok && finite(lo) && finite(hi) {
		c.Lo, c.Hi, c.Detected = &lo, &hi, lo > 1 || hi < 1
	}
	return c
}

// logarithms returns the values' logarithms, or nothing unless all values are positive.
func logarithms(values []float64) []float64 {
	var out []float64
	for _, v := range values {
		if v <= 0 {
			return nil
		}
		out = append(out, math.Log(v))
	}
	return out
}

// independentRatio is the interval of the logarithm of new/old, for figures that have an interval
// each, and no values by launch.
func independentRatio(old, new Estimate) (_ stat.Interval, ok bool) {
	var of [2]stat.Interval
	for i, e := range []Estimate{old, new} {
		if e.Lo == nil || e.Hi == nil || *e.Lo <= 0 {
			return stat.Interval{}, false
		}
		of[i] = stat.Interval{Lo: math.Log(*e.Lo), Hi: math.Log(*e.Hi), Level: confidence}
	}
	return stat.ApartInterval(math.Log(old.Value), math.Log(new.Value), of[0], of[1]), true
}

// missingFrom returns the places of other that those do not have. One place stands for a
// whole arm or a whole load that is missing.
func missingFrom(those, other []Figure) []Place {
	arm := func(p Place) Place { return Place{Arm: p.Arm} }
	load := func(p Place) Place { return Place{Arm: p.Arm, Load: p.Load} }
	has := func(of func(Place) Place, p Place) bool {
		return slices.ContainsFunc(those, func(f Figure) bool { return of(f.Place) == of(p) })
	}
	itself := func(p Place) Place { return p }
	var out []Place
	for _, f := range other {
		p := f.Place
		if has(itself, p) {
			continue
		}
		if !has(arm, p) {
			p = arm(p)
		} else if p.Load != "" && !has(load, p) {
			p = load(p)
		}
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}
