package report

import (
	"cmp"
	"math"
	"slices"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// effect is what a change means for those who run the server.
type effect string

const (
	worse  effect = "worse"
	better effect = "better"
	// neither: more of it is neither good nor bad, or the change is not certain.
	neither effect = ""
)

// moreIsBetter are the metrics of which more is better. Of all others less is better, except for
// those that say how a server works, and not how well.
var (
	moreIsBetter = []string{"throughput_rps", "capacity_rps", "capacity_at_least_rps", "cache_hit_share"}
	onlyTell     = []string{
		"key_fetches_per_second", "key_replacements", "store_lookups_per_request",
		"cache_negative_share", "cache_miss_share", "cache_coalesced_share", "filtered_share",
	}
)

// effectOf is what a change means, if it is certain.
func effectOf(c analysis.Change) effect {
	known := slices.ContainsFunc(metrics, func(m metric) bool { return m.name == c.Metric })
	switch {
	case !c.Detected || !known || slices.Contains(onlyTell, c.Metric):
		return neither
	case slices.Contains(moreIsBetter, c.Metric) == (c.Ratio > 1):
		return better
	}
	return worse
}

// certainSize is the size of a certain change, as a logarithm: the end of its interval that is nearer
// to no change. 0 for a change that is not certain.
func certainSize(c analysis.Change) float64 {
	if !c.Detected || c.Lo == nil || c.Hi == nil {
		return 0
	}
	return min(math.Abs(math.Log(*c.Lo)), math.Abs(math.Log(*c.Hi)))
}

// certainChange is a figure that certainly changed: by itself, or relative to the baseline's.
type certainChange struct {
	Figure, Old, New, Change, Versus string
	Effect                           effect
	size                             float64
}

// mostCertain is how many changes can be looked at in one table.
const mostCertain = 15

// certainChanges are the certain changes, the largest first. A figure and its ratio to the
// baseline's are one change: the ratio tells whether more than the speed of the machine changed.
func certainChanges(c *analysis.Changes) []certainChange {
	ratios := map[analysis.Place]analysis.Change{}
	for _, change := range c.Changes {
		if change.VersusBaseline {
			place := change.Place
			place.VersusBaseline = false
			ratios[place] = change
		}
	}
	var out []certainChange
	for _, change := range c.Changes {
		if change.VersusBaseline {
			continue
		}
		versus, compared := ratios[change.Place]
		size := max(certainSize(change), certainSize(versus))
		if size == 0 {
			continue
		}
		m := metricNamed(change.Metric)
		one := certainChange{
			Figure: placeName(change.Place) + ", " + m.label, Old: m.spread(change.Old), New: m.spread(change.New),
			Change: changeText(change), Versus: missing, Effect: effectOf(change), size: size,
		}
		if compared {
			one.Versus = changeText(versus)
			if one.Effect == neither {
				one.Effect = effectOf(versus)
			}
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b certainChange) int { return cmp.Compare(b.size, a.size) })
	return out
}

// Folded is the title of the folded table: how many figures certainly changed.
func (t changeTable) Folded() string {
	n := 0
	for _, certain := range t.Certain {
		if certain {
			n++
		}
	}
	if n == 0 {
		return t.Title + ": no certain change"
	}
	return t.Title + ": " + unit.Count(int64(n)) + " of " + plural(len(t.Rows)-1, "figure", "figures") + " changed for certain"
}
