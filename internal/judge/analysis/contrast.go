package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
)

// Contrast is a comparison that the scenario's question asks for.
type Contrast struct {
	bench.Contrast
	// Loads has the metrics that the two arms share, by load.
	Loads map[string]map[string]ContrastMetric `json:"loads,omitempty"`
	// Missing says why Loads is empty; "" if it is not.
	Missing string `json:"missing,omitempty"`
}

// Taxed reports whether the difference from the baseline is the cost of authentication: the
// baseline checks nothing, or the scenario declares no contrasts.
func (s *Summary) Taxed() bool {
	i := slices.IndexFunc(s.Arms, func(a Arm) bool { return a.Name == s.Baseline })
	return len(s.Contrasts) == 0 || i >= 0 && !s.Arms[i].Facts.Protects()
}

// ContrastMetric is one metric of a contrast.
type ContrastMetric struct {
	Comparison
	// Tied: the run does not tell the two arms apart. The interval of the difference holds
	// zero, or Holm's procedure over all contrasts, by this metric under this load, does not
	// separate them. The chance that the procedure separates any arms that are equal is at
	// most [tieLevel]. If the launches are too few for it, the interval alone decides.
	Tied bool `json:"tied,omitempty"`
}

// contrasts makes the comparisons that the scenario declares.
func (s *runData) contrasts(arms []Arm) ([]Contrast, []bench.Warning) {
	status := map[string]ArmStatus{}
	for _, a := range arms {
		status[a.Name] = a.Status
	}
	var out []Contrast
	for _, c := range s.run.Header.Scenario.Contrasts {
		made := Contrast{Contrast: c, Loads: map[string]map[string]ContrastMetric{}}
		for _, arm := range []string{c.Arm, c.Versus} {
			if status[arm] != ArmOK && made.Missing == "" {
				made.Missing = fmt.Sprintf("%s is %s", arm, cmp.Or(status[arm].Word(), "not in the result"))
			}
		}
		out = append(out, made)
	}
	hopeless := 0
	for _, l := range s.run.Header.Scenario.Loads {
		hopeless = max(hopeless, s.contrastUnder(l.Name, out))
	}
	for i := range out {
		if out[i].Missing == "" && len(out[i].Loads) == 0 {
			out[i].Missing = "the two share no metric that can be compared"
			if len(s.launches) < FewestLaunches {
				out[i].Missing = fmt.Sprintf("needs %d launches", FewestLaunches)
			}
		}
	}
	if hopeless == 0 {
		return out, nil
	}
	return out, []bench.Warning{{Code: codeFewLaunches, Level: bench.Info, Text: fmt.Sprintf(
		"%d launches cannot tell the arms of any of %d contrasts apart for certain: the interval of each decides alone; use at least %d launches, or fewer contrasts",
		len(s.launches), hopeless, launchesFor(hopeless))}}
}

// contrastUnder compares under one load, metric by metric. If a metric has too many
// contrasts for the launches, it returns their number, else 0.
func (s *runData) contrastUnder(load string, contrasts []Contrast) (hopeless int) {
	chances := map[string][]float64{} // by metric, of the contrasts in members
	members := map[string][]int{}
	for i, made := range contrasts {
		if made.Missing != "" {
			continue
		}
		c, other := s.cells[cellKey{made.Arm, load}], s.cells[cellKey{made.Versus, load}]
		for _, m := range s.sharedMetrics(c, other) {
			paired := pairLaunches(m, c, other)
			comparison, ok := paired.comparison()
			if !ok {
				continue
			}
			if made.Loads[load] == nil {
				made.Loads[load] = map[string]ContrastMetric{}
			}
			made.Loads[load][m.name] = ContrastMetric{comparison, comparison.holdsZero()}
			chances[m.name] = append(chances[m.name], stat.SignedRankTest(paired.logRatios).TwoSided)
			members[m.name] = append(members[m.name], i)
		}
	}
	for name, of := range chances {
		fewest := len(s.launches) // an arm may lack some
		for _, i := range members[name] {
			fewest = min(fewest, contrasts[i].Loads[load][name].N)
		}
		if len(of) > Separable(fewest) {
			hopeless = max(hopeless, len(of))
			continue
		}
		for k, p := range stat.Holm(of) {
			metrics := contrasts[members[name][k]].Loads[load]
			found := metrics[name]
			found.Tied = found.Tied || p > tieLevel
			metrics[name] = found
		}
	}
	return hopeless
}
