package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/show/figure"
	"authbench/internal/text/usertext"
)

// chartData is what the page's script draws. The page has it as JSON.
type chartData struct {
	Arms   []chartArm `json:"arms"`
	Charts []chart    `json:"charts"`
}

type chartArm struct {
	Name   string    `json:"name"`
	Colour string    `json:"hue"`
	Dash   []float64 `json:"dash,omitempty"`
}

// chart draws values of several arms: times in µs, or what Y says.
type chart struct {
	Title string `json:"-"`
	Note  string `json:"-"`
	// X is what the x axis shows: percentile (in nines), rate, slice, micros (a time), since
	// (a time that may be too short to be measured) or seconds.
	X string `json:"x"`
	// Y is "" for times, on a logarithmic axis. Else the axis begins at zero: "rate", "share", or
	// "steps" for counts from each place to the next.
	Y      string      `json:"y,omitempty"`
	LogX   bool        `json:"logX,omitempty"`
	XLabel string      `json:"xLabel"`
	Named  bool        `json:"named,omitempty"`  // each arm is a point, with its name beside it
	Labels []string    `json:"labels,omitempty"` // of slices, by their place
	Ticks  []chartTick `json:"ticks,omitempty"`  // where launches begin, for slices
	// At are the places on the x axis, in rising order. Values are the times there, by arm;
	// nil where an arm has none.
	At     []float64    `json:"at"`
	Arms   []int        `json:"arms"`
	Values [][]*float64 `json:"values"`
}

// chartTick is a label of an axis, and its place.
type chartTick struct {
	At    float64 `json:"at"`
	Label string  `json:"label"`
}

// chartsOf returns the charts of arms whose figures may be shown: first how long revoked
// credentials work, where a scenario asks that, then response times, which callers experience,
// then the times of a saturated server, which nobody does.
func chartsOf(a *analysis.Analysis) chartData {
	s := &a.Summary
	var out chartData
	for i, style := range figure.LineStyles(s) {
		out.Arms = append(out.Arms, chartArm{usertext.Clean(label(s.Arms[i].Name, s.Arms[i].Status)), style.Colour, style.Dashes})
	}
	if len(s.Arms) == 0 {
		return out
	}
	for _, c := range stalenessCharts(s) {
		out.add(c)
	}
	for _, l := range scheduledFirst(s.Arms[0].Loads) { // all arms have the scenario's loads
		var found []chart
		switch l.Kind {
		case bench.Open, bench.Closed:
			found = []chart{percentileChart(a, l), sliceChart(a, l)}
		case bench.Sweep:
			found = []chart{sweepChart(a, l)}
		case bench.Ramped:
			out.ramp(s, l)
		}
		for _, c := range found {
			out.add(c)
		}
	}
	for _, c := range decisionCharts(s) {
		out.add(c)
	}
	return out
}

// scheduledFirst returns the loads, those with response times first.
func scheduledFirst(loads []analysis.Load) []analysis.Load {
	return slices.SortedStableFunc(slices.Values(loads), func(a, b analysis.Load) int {
		return cmp.Compare(saturated(a), saturated(b))
	})
}

// saturated is 1 for a load that keeps the server saturated, else 0.
func saturated(l analysis.Load) int {
	if l.Kind.Scheduled() {
		return 0
	}
	return 1
}

// add appends a chart that has anything to show.
func (d *chartData) add(c chart) {
	if len(c.Arms) > 0 {
		d.Charts = append(d.Charts, c)
	}
}

// times says which times a load gives.
func times(l analysis.Load) string {
	if l.Kind == bench.Closed {
		return "Service time under saturation"
	}
	return "Response time"
}

// ninesStep is the distance of a percentile curve's points: 20 from p90 to p99, as
// the analysis computes them.
const ninesStep = 0.05

// percentileChart shows an arm's latency by percentile, on an axis of nines.
func percentileChart(a *analysis.Analysis, l analysis.Load) chart {
	c := chart{Title: times(l) + " by percentile, " + l.Name + " load", X: "percentile", XLabel: "percentile",
		Note: "Lower is better. Valid credentials. Requests of all launches together: a slow launch raises the tail here, but not in the table, which has the median of the launches. A curve ends where fewer than 50 requests lie beyond it."}
	var curves [][]analysis.Quantile
	for i, arm := range a.Summary.Arms {
		for _, d := range a.Distributions {
			if d.Arm == arm.Name && d.Load == l.Name && arm.Status.Measured() && len(d.Quantiles) > 0 {
				c.Arms, curves = append(c.Arms, i), append(curves, d.Quantiles)
			}
		}
	}
	c.draw(curves)
	return c
}

// draw puts curves of percentiles on an axis of nines that is as long as the longest.
func (c *chart) draw(curves [][]analysis.Quantile) {
	longest := 0
	for _, quantiles := range curves {
		values := resampled(quantiles)
		longest = max(longest, len(values))
		c.Values = append(c.Values, values)
	}
	for k := range longest {
		c.At = append(c.At, math.Round(100*ninesStep*float64(k))/100)
	}
	for i, v := range c.Values {
		c.Values[i] = append(v, make([]*float64, longest-len(v))...)
	}
}

// resampled are a curve's times at equal steps of nines. Of quantiles with equal times only one
// is stored, so each step takes the first quantile that is not below it.
func resampled(quantiles []analysis.Quantile) []*float64 {
	var out []*float64
	at := 0
	for k := 0; ; k++ {
		p := 1 - math.Pow(10, -ninesStep*float64(k))
		for at < len(quantiles) && quantiles[at].P < p-1e-9 {
			at++
		}
		if at == len(quantiles) {
			return out
		}
		out = append(out, positive(quantiles[at].Micros))
	}
}

// positive is a value with the four digits that a screen can show; nil if a logarithmic
// axis cannot show it.
func positive(v float64) *float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return nil
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64) // cannot fail on a formatted number
	return &v
}

// sliceChart shows the median of every slice, launch after launch.
func sliceChart(a *analysis.Analysis, l analysis.Load) chart {
	c := chart{Title: "Median of every slice, " + l.Name + " load", X: "slice", XLabel: "launch",
		Note: "Every launch starts all servers afresh. If all arms rise, fall or jump together, it is the machine that changed."}
	type place struct{ launch, round int }
	var places []place
	for _, p := range a.Points {
		if p.Load == l.Name {
			places = append(places, place{p.Launch, p.Round})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.launch != b.launch {
			return a.launch - b.launch
		}
		return a.round - b.round
	})
	places = slices.Compact(places)
	index := map[place]int{}
	for i, p := range places {
		index[p] = i
		c.At, c.Labels = append(c.At, float64(i)), append(c.Labels, fmt.Sprintf("launch %d, round %d", p.launch, p.round+1))
		if i == 0 || p.launch != places[i-1].launch {
			c.Ticks = append(c.Ticks, chartTick{float64(i), strconv.Itoa(p.launch)})
		}
	}
	for i, arm := range a.Summary.Arms {
		values, found := make([]*float64, len(places)), false
		for _, p := range a.Points {
			if p.Arm == arm.Name && p.Load == l.Name && arm.Status.Measured() {
				v := positive(p.MedianMicros)
				values[index[place{p.Launch, p.Round}]], found = v, found || v != nil
			}
		}
		if found {
			c.Arms, c.Values = append(c.Arms, i), append(c.Values, values)
		}
	}
	return c
}

// sweepChart shows p99 against the throughput at each level of a sweep.
func sweepChart(a *analysis.Analysis, l analysis.Load) chart {
	c := chart{Title: "Response time p99 against throughput, " + l.Name + " load", X: "rate", XLabel: "answers per second",
		Note: "At fractions of each arm's own capacity. Lower and farther to the right is better."}
	curves := map[int]map[float64]*float64{}
	for i, arm := range a.Summary.Arms {
		for _, load := range arm.Loads {
			if load.Name != l.Name || !arm.Status.Measured() {
				continue
			}
			for _, level := range load.Levels {
				x, y := positive(level.Metrics[throughputMetric.name].Value), positive(level.Metrics[p99Metric.name].Value)
				if x == nil || y == nil {
					continue
				}
				if curves[i] == nil {
					curves[i], c.Arms = map[float64]*float64{}, append(c.Arms, i)
				}
				curves[i][*x], c.At = y, append(c.At, *x)
			}
		}
	}
	slices.Sort(c.At)
	c.At = slices.Compact(c.At)
	for _, i := range c.Arms {
		values := make([]*float64, len(c.At))
		for k, x := range c.At {
			values[k] = curves[i][x]
		}
		c.Values = append(c.Values, values)
	}
	return c
}
