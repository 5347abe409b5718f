package history

import (
	"math"
	"slices"

	"authbench/internal/judge/analysis"
	"authbench/internal/result/limit"
	"authbench/internal/stat"
)

// Series is one figure over the results.
type Series struct {
	analysis.Place
	Points []Point `json:"points"`
	// Changes are in the order of time.
	Changes []Change `json:"changes"`
	// Correlation is that of each value with the one before, after removing changes of level.
	// It is about 0 if results do not depend on one another.
	Correlation float64 `json:"drift_correlation"`
}

// Point is the figure in one result.
type Point struct {
	// Run is the result's index in [History.Runs].
	Run int `json:"run"`
	analysis.Estimate
}

// Change says that a figure has another level from a result on.
type Change struct {
	// Run is the first result with the new level, Before the last one with the old level:
	// indices in [History.Runs].
	Run    int `json:"run"`
	Before int `json:"run_before"`
	// From and To are the medians of the stretches before and after.
	From float64 `json:"from"`
	To   float64 `json:"to"`
	// Ratio is the new level over the old one, with its 95 % interval if both stretches are
	// long enough. It is a little too large, because only changes that were found are
	// measured. 0 if a level is not above 0.
	Ratio float64  `json:"ratio,omitempty"`
	Lo    *float64 `json:"ratio_lo,omitempty"`
	Hi    *float64 `json:"ratio_hi,omitempty"`
	// P is the probability of so large a change without a true one.
	P float64 `json:"p"`
	// Worse: it is for the worse, and large enough to count. Recent: it began in one of the
	// last results.
	Worse  bool `json:"worse"`
	Recent bool `json:"recent"`
	// Differences are what else differs between the two results.
	Differences []analysis.Difference `json:"differences"`
}

// Worse reports whether the newest change is recent and for the worse. An earlier change for
// the worse that was repaired since does not count.
func (s *Series) Worse() bool {
	n := len(s.Changes)
	return n > 0 && s.Changes[n-1].Worse && s.Changes[n-1].Recent
}

// seriesOf lists the series of the newest result's figures that are judged.
func seriesOf(used []Entry, o Options) []Series {
	metrics := o.Metrics
	if len(metrics) == 0 {
		metrics = Metrics()
	}
	sheets := make([]map[analysis.Place]analysis.Estimate, len(used))
	for i, e := range used {
		sheets[i] = map[analysis.Place]analysis.Estimate{}
		for _, f := range e.Summary.Figures() {
			sheets[i][f.Place] = f.Estimate
		}
	}
	out := []Series{}
	for _, f := range used[len(used)-1].Summary.Figures() {
		ratio := f.Place
		ratio.VersusBaseline = true
		_, has := sheets[len(sheets)-1][ratio]
		// Either the figure or its ratio is judged, not both.
		wanted := !f.Difference && (o.Absolute || !has)
		if f.VersusBaseline {
			wanted = !f.Difference && !o.Absolute
		}
		if wanted && slices.Contains(metrics, f.Metric) && (len(o.Arms) == 0 || slices.Contains(o.Arms, f.Arm)) {
			out = append(out, Series{Place: f.Place, Points: pointsOf(sheets, f.Place), Changes: []Change{}})
		}
	}
	return out
}

// pointsOf are the values of a figure in the results that have it.
func pointsOf(sheets []map[analysis.Place]analysis.Estimate, p analysis.Place) []Point {
	out := []Point{}
	for run, sheet := range sheets {
		if e, has := sheet[p]; has && !math.IsNaN(e.Value) && !math.IsInf(e.Value, 0) {
			out = append(out, Point{run, e})
		}
	}
	return out
}

// scale returns the values on the scale on which they are compared: logarithms if all are
// positive, so that a doubling counts as much as its reverse.
func scale(values []float64) (scaled []float64, positive bool) {
	positive = !slices.ContainsFunc(values, func(v float64) bool { return v <= 0 })
	for _, v := range values {
		if positive {
			v = math.Log(v)
		}
		scaled = append(scaled, v)
	}
	return scaled, positive
}

// ChangePoints returns where values change, from the oldest to the newest, each with its p. level is
// the chance that it finds a change in values without one.
func ChangePoints(values []float64, level float64) []stat.ChangePoint {
	scaled, _ := scale(values)
	return stat.ChangePoints(scaled, level, seed)
}

// judge finds the changes of the series.
func (s *Series) judge(used []Entry, level float64, o Options) {
	var values []float64
	for _, p := range s.Points {
		values = append(values, p.Value)
	}
	scaled, positive := scale(values)
	found := ChangePoints(values, level)
	cuts := []int{0}
	for _, c := range found {
		cuts = append(cuts, c.At)
	}
	cuts = append(cuts, len(values))
	s.Correlation = stat.DriftCorrelation(scaled)
	for i, c := range found {
		change := Change{
			Run: s.Points[c.At].Run, Before: s.Points[c.At-1].Run, P: c.P,
			From: stat.Median(values[cuts[i]:c.At]), To: stat.Median(values[c.At:cuts[i+2]]),
		}
		if positive {
			change.size(scaled[cuts[i]:c.At], scaled[c.At:cuts[i+2]])
		}
		change.Worse, change.Recent = s.worse(change, o.Least), change.Run >= len(used)-o.Last
		change.Differences = analysis.Differences(used[change.Before].Header, used[change.Run].Header)
		s.Changes = append(s.Changes, change)
	}
}

// size sets by what factor the level changed between two stretches of logarithms.
func (c *Change) size(before, after []float64) {
	c.Ratio = math.Exp(stat.Shift(before, after))
	if interval, ok := stat.ShiftInterval(before, after, 0.95); ok {
		lo, hi := math.Exp(interval.Lo), math.Exp(interval.Hi)
		c.Lo, c.Hi = &lo, &hi
	}
}

// worse reports whether a change is for the worse and at least as large as least.
func (s *Series) worse(c Change, least float64) bool {
	m, _ := limit.Find(s.Metric)
	from, to := c.From, c.To
	switch m.Better {
	case limit.Neither:
		return false
	case limit.Higher:
		from, to = to, from
	}
	return to > from && to >= from*(1+least)
}
