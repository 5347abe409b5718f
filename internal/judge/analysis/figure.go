package analysis

import (
	"maps"
	"math"
	"slices"

	"authbench/internal/result"
)

// figure is one value of a result, with the values by launch that it rests on.
type figure struct {
	Place
	estimate Estimate
	launches []float64 // empty where only all launches together have a value
}

// subject is a result to compare: its summary, and what the figures rest on.
type subject struct {
	*Summary
	runData *runData
}

func newSubject(r *result.Run) (*subject, error) {
	s, a, err := understand(r, decodeBuckets)
	if err != nil {
		return nil, err
	}
	return &subject{&a.Summary, s}, nil
}

// figures lists the figures of the arms that are good, in the order of the scenario;
// ratios to the baseline only if the other result has the same one.
func (s *subject) figures(versus bool) []figure {
	var out []figure
	var baseline *Arm
	for i := range s.Arms {
		if a := &s.Arms[i]; versus && a.Name == s.Baseline && a.Status == ArmOK {
			baseline = a
		}
	}
	for i := range s.Arms {
		a := &s.Arms[i]
		if a.Status != ArmOK {
			continue
		}
		values := s.runData.armValues(a.Name)
		for _, name := range slices.Sorted(maps.Keys(a.Metrics)) {
			out = append(out, figure{Place{Arm: a.Name, Metric: name}, a.Metrics[name], values[name]})
		}
		for _, l := range a.Loads {
			c := s.runData.cells[cellKey{a.Name, l.Name}]
			out = append(out, c.figures(Place{Arm: a.Name, Load: l.Name}, l.Metrics)...)
			for level, found := range l.Levels {
				at := Place{Arm: a.Name, Load: l.Name, Fraction: found.Fraction}
				out = append(out, c.levels[level].figures(at, found.Metrics)...)
			}
			if baseline != nil {
				out = append(out, c.versusFigures(l, s.runData.cells[cellKey{baseline.Name, l.Name}])...)
			}
		}
	}
	return out
}

// figures lists the cell's figures. Lower bounds are the generator's; counts of wrong
// verdicts are no estimates, and stand among the differences.
func (c *cell) figures(at Place, found map[string]Estimate) []figure {
	var out []figure
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if name == wrongVerdicts || name == capacityAtLeastMetric {
			continue
		}
		at.Metric = name
		d := figure{Place: at, estimate: found[name]}
		if m, ok := c.metric(name); ok {
			d.launches = c.values(m)
		}
		out = append(out, d)
	}
	return out
}

// versusFigures lists the ratios to the baseline.
func (c *cell) versusFigures(l Load, baseline *cell) []figure {
	var out []figure
	for _, name := range slices.Sorted(maps.Keys(l.VersusBaseline)) {
		found := l.VersusBaseline[name]
		m, _ := c.metric(name)
		d := figure{
			Place:    Place{Arm: c.arm, Load: l.Name, Metric: name, VersusBaseline: true},
			estimate: Estimate{Value: found.Ratio, Lo: &found.Lo, Hi: &found.Hi, N: found.N},
		}
		for _, ratio := range pair(m, c, baseline).logRatios {
			d.launches = append(d.launches, math.Exp(ratio))
		}
		out = append(out, d)
	}
	return out
}
