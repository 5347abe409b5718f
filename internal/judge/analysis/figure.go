package analysis

import (
	"maps"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// Figure is one value of a result.
type Figure struct {
	Place
	Estimate Estimate
	// Launches are its values by launch. There are none if only all launches together give
	// the figure, or if it comes from a summary.
	Launches []float64
}

// Figures lists the figures of the arms that were measured, in the order of the
// scenario: those of the arm as a whole, those under each load, and the ratios to the
// baseline with their differences.
func (s *Summary) Figures() []Figure {
	var out []Figure
	for _, a := range s.Arms {
		if !a.Status.Measured() {
			continue
		}
		whole := Place{Arm: a.Name}
		out = append(out, figuresOf(whole, a.Metrics)...)
		out = append(out, figuresOf(whole, a.Answers.Totals())...)
		for _, l := range a.Loads {
			at := Place{Arm: a.Name, Load: l.Name}
			out = append(out, figuresOf(at, l.Metrics)...)
			for _, level := range l.Levels {
				at.Fraction = level.Fraction
				out = append(out, figuresOf(at, level.Metrics)...)
			}
			at.Fraction = 0
			out = append(out, versusFigures(at, l.VersusBaseline)...)
		}
	}
	return out
}

// figuresOf lists metrics of one place by name: estimates, or counts.
func figuresOf[V Estimate | float64](at Place, metrics map[string]V) []Figure {
	var out []Figure
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		at.Metric = name
		f := Figure{Place: at}
		switch v := any(metrics[name]).(type) {
		case Estimate:
			f.Estimate = v
		case float64:
			f.Estimate.Value = v
		}
		out = append(out, f)
	}
	return out
}

// versusFigures lists comparisons with the baseline: of each the ratio, then the
// difference.
func versusFigures(at Place, comparisons map[string]Comparison) []Figure {
	var out []Figure
	at.VersusBaseline = true
	for _, name := range slices.Sorted(maps.Keys(comparisons)) {
		c := comparisons[name]
		ratio, difference := at, at
		ratio.Metric, difference.Metric, difference.Difference = name, name, true
		out = append(out,
			Figure{Place: ratio, Estimate: Estimate{Value: c.Ratio, Lo: &c.Lo, Hi: &c.Hi, N: c.N}},
			Figure{Place: difference, Estimate: Estimate{Value: c.Difference, Lo: &c.DifferenceLo, Hi: &c.DifferenceHi, N: c.N}})
	}
	return out
}

// figures are a summary's figures with their values by launch.
func (s *runData) figures(summary *Summary) []Figure {
	out := summary.Figures()
	ofArms := map[string]map[string][]float64{}
	for i := range out {
		p := out[i].Place
		if p.Load != "" {
			out[i].Launches = s.byLaunch(p, summary.Baseline)
			continue
		}
		if ofArms[p.Arm] == nil {
			ofArms[p.Arm] = s.armValues(p.Arm)
		}
		out[i].Launches = ofArms[p.Arm][p.Metric]
	}
	return out
}

// byLaunch are the values by launch of a figure under a load.
func (s *runData) byLaunch(p Place, baseline string) []float64 {
	c := s.cells[cellKey{p.Arm, p.Load}]
	if c.load.Kind == bench.Sweep {
		c = c.levels[slices.Index(c.load.Fractions, p.Fraction)]
	}
	m, ok := c.metric(p.Metric)
	switch {
	case !ok:
		return nil
	case !p.VersusBaseline:
		return c.values(m)
	}
	paired := pairLaunches(m, c, s.cells[cellKey{baseline, p.Load}])
	if p.Difference {
		return paired.differences
	}
	var out []float64
	for _, ratio := range paired.logRatios {
		out = append(out, math.Exp(ratio))
	}
	return out
}

// comparableFigures lists the figures that can be compared with another result's: those of good
// arms, without counts and lower bounds, which are no estimates. With versus, which means
// that the baseline is good in both results, it includes those versus the baseline.
func (a *Analysis) comparableFigures(versus bool) []Figure {
	good := map[string]bool{}
	for _, arm := range a.Summary.Arms {
		good[arm.Name] = arm.Status == ArmOK
	}
	return slices.DeleteFunc(slices.Clone(a.Figures), func(f Figure) bool {
		m, _ := limit.Find(f.Metric)
		return !good[f.Arm] || m.Counted || f.Metric == wrongVerdicts || f.Metric == capacityAtLeastMetric ||
			f.VersusBaseline && !(versus && good[a.Summary.Baseline])
	})
}
