package analysis

import (
	"maps"
	"math"
	"slices"

	"authbench/internal/result"
)

// datum is one figure of a result with what it rests on.
type datum struct {
	Place
	estimate Estimate
	launches []float64 // its values by launch, empty where only all together have one
}

// subject is a result to compare: its summary, and what the figures rest on.
type subject struct {
	*Summary
	study *study
}

func newSubject(r *result.Run) (*subject, error) {
	s, a, err := understand(r, decodeTally)
	if err != nil {
		return nil, err
	}
	return &subject{&a.Summary, s}, nil
}

// data lists the figures of the arms that are good, in the order of the scenario;
// ratios to the baseline only if the other result has the same one.
func (s *subject) data(versus bool) []datum {
	var out []datum
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
		values := s.study.armValues(a.Name)
		for _, name := range slices.Sorted(maps.Keys(a.Metrics)) {
			out = append(out, datum{Place{Arm: a.Name, Metric: name}, a.Metrics[name], values[name]})
		}
		for _, l := range a.Loads {
			c := s.study.cells[cellKey{a.Name, l.Name}]
			out = append(out, c.data(Place{Arm: a.Name, Load: l.Name}, l.Metrics)...)
			for level, found := range l.Levels {
				at := Place{Arm: a.Name, Load: l.Name, Fraction: found.Fraction}
				out = append(out, c.levels[level].data(at, found.Metrics)...)
			}
			if baseline != nil {
				out = append(out, c.versusData(l, s.study.cells[cellKey{baseline.Name, l.Name}])...)
			}
		}
	}
	return out
}

// data lists the cell's figures. Lower bounds are the generator's; counts of wrong
// verdicts are no estimates, and stand among the differences.
func (c *cell) data(at Place, found map[string]Estimate) []datum {
	var out []datum
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if name == wrongVerdicts || name == capacityAtLeastMetric {
			continue
		}
		at.Metric = name
		d := datum{Place: at, estimate: found[name]}
		if m, ok := c.metric(name); ok {
			d.launches = c.values(m)
		}
		out = append(out, d)
	}
	return out
}

// versusData lists the ratios to the baseline.
func (c *cell) versusData(l Load, baseline *cell) []datum {
	var out []datum
	for _, name := range slices.Sorted(maps.Keys(l.VersusBaseline)) {
		found := l.VersusBaseline[name]
		m, _ := c.metric(name)
		d := datum{
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
