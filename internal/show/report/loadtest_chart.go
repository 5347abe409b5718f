package report

import (
	"math"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// loadLine is a line of a load test's charts: how it is drawn, and what it shows of an
// interval, nil for nothing.
type loadLine struct {
	chartArm
	of func(result.Interval) *float64
}

// The lines have colours that the common forms of colour blindness tell apart (Okabe and
// Ito, 2008), and dashes besides.
const (
	blue, orange, teal, grey = "#0072b2", "#d55e00", "#009e73", "#8a8f98"
)

// loadCharts show a load test over time, and as a distribution.
func loadCharts(s *result.LoadTest, h *hist.Histogram) chartData {
	var out chartData
	throughput := []loadLine{
		{chartArm{"due", grey, []float64{2, 3}}, func(i result.Interval) *float64 { return linear(i.Asked) }},
		{chartArm{"answered", blue, nil}, func(i result.Interval) *float64 { return linear(i.Throughput()) }},
		{chartArm{"failed", orange, []float64{7, 2}}, func(i result.Interval) *float64 { return linear(i.Failures()) }},
	}
	note := "Answers that came within each interval, per second. Failed: wrong answers, and requests without an answer."
	if s.Rate == nil {
		throughput = throughput[1:]
	} else {
		note = "Due: what the schedule asks for. " + note
	}
	out.overTime(s, chart{Title: "Throughput over time", Note: note, Y: "rate"}, throughput)
	out.stack(s)
	of := func(value func(*result.Spread) float64) func(result.Interval) *float64 {
		return func(i result.Interval) *float64 {
			if i.Times == nil {
				return nil
			}
			return positive(value(i.Times))
		}
	}
	if s.Headline() != nil {
		out.overTime(s, chart{Title: capital(headlineName(s)) + " over time", Note: "Lower is better. Of the requests that ended within each interval."}, []loadLine{
			{chartArm{"p50", blue, nil}, of(func(d *result.Spread) float64 { return d.P50 })},
			{chartArm{"p90", teal, []float64{7, 2}}, of(func(d *result.Spread) float64 { return d.P90 })},
			{chartArm{"p99", orange, []float64{2, 2}}, of(func(d *result.Spread) float64 { return d.P99 })},
			{chartArm{"max", grey, []float64{1, 3}}, of(func(d *result.Spread) float64 { return d.Max })},
		})
	}
	headline := len(out.Arms)
	out.Arms = append(out.Arms, chartArm{headlineName(s), blue, nil}, chartArm{"requests", blue, nil})
	out.add(curveChart(s, h, headline))
	out.add(histogramChart(s, h, headline+1))
	return out
}

// overTime adds a chart with a place for each interval, at its middle.
func (d *chartData) overTime(s *result.LoadTest, c chart, lines []loadLine) {
	if len(s.Intervals) == 0 {
		return
	}
	c.X, c.XLabel = "seconds", "time since the test began"
	for _, i := range s.Intervals {
		c.At = append(c.At, i.From+i.Length/2)
	}
	for _, line := range lines {
		values := make([]*float64, len(s.Intervals))
		for k, i := range s.Intervals {
			values[k] = line.of(i)
		}
		c.Arms, c.Values = append(c.Arms, len(d.Arms)), append(c.Values, values)
		d.Arms = append(d.Arms, line.chartArm)
	}
	d.add(c)
}

// linear is a value on an axis that begins at zero.
func linear(v float64) *float64 {
	if p := positive(v); p != nil {
		return p
	}
	return new(float64)
}

// curveChart shows the headline by percentile, on an axis of nines.
func curveChart(s *result.LoadTest, h *hist.Histogram, line int) chart {
	c := chart{Title: capital(headlineName(s)) + " by percentile", X: "percentile", XLabel: "percentile",
		Note: "Lower is better. Of the whole test. The curve ends where fewer than 50 requests lie beyond it."}
	var curve []analysis.Quantile
	for k := 0; ; k++ {
		beyond := math.Pow(10, -ninesStep*float64(k))
		if float64(h.Count())*beyond < fewestBeyond {
			break
		}
		curve = append(curve, analysis.Quantile{P: 1 - beyond, Micros: float64(h.Quantile(1-beyond)) / 1e3})
	}
	if len(curve) > 0 {
		c.Arms = []int{line}
		c.draw([][]analysis.Quantile{curve})
	}
	return c
}

// histogramSteps are as fine as a screen shows them.
const histogramSteps = 60

// histogramChart counts requests by how long they took.
func histogramChart(s *result.LoadTest, h *hist.Histogram, line int) chart {
	c := chart{Title: "How many requests took how long", X: "micros", LogX: true, XLabel: headlineName(s), Y: "steps",
		Note: "Of the whole test, in steps of equal ratio."}
	if h.Count() == 0 {
		return c
	}
	edges, counts := bins(h, histogramSteps)
	values := make([]*float64, len(edges))
	for i, edge := range edges {
		c.At = append(c.At, *positive(edge / 1e3))
		if values[i] = new(float64); i < len(counts) {
			*values[i] = float64(counts[i])
		}
	}
	c.Arms, c.Values = []int{line}, [][]*float64{values}
	return c
}

// capital gives text a capital.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
