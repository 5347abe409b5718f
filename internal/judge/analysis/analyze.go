package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// Analyze analyses a result, which it does not change. The error is a histogram that cannot
// be decoded; every other doubt is a warning.
func Analyze(r *result.Run) (*Analysis, error) {
	s, a, err := analyzeWith(r, decodeBuckets)
	if err != nil {
		return nil, err
	}
	a.Figures = s.figures(&a.Summary)
	return a, nil
}

// analyzeWith is [Analyze], and also returns the data behind the figures.
func analyzeWith(r *result.Run, decode decoder) (*runData, *Analysis, error) {
	s, err := newRunData(r, decode)
	if err != nil {
		return nil, nil, err
	}
	found := append([]bench.Warning{}, r.Warnings...)
	found = append(found, validity.Run(r.Header, r.Launches, r.Slices)...)
	found = append(found, damaged(r)...)
	stale, ofEpisodes := s.staleness()
	found = append(found, ofEpisodes...)
	void := findVoid(found)
	var arms []Arm
	for _, a := range r.Header.Scenario.Arms {
		arm, warnings := s.arm(a, void)
		arms = append(arms, arm)
		found = append(found, warnings...)
	}
	for i := range r.Header.Scenario.Loads {
		found = append(found, s.compareArms(arms, i)...)
	}
	contrasts, more := s.contrasts(arms)
	found = append(found, more...)
	found = append(found, s.storeWarnings()...)
	found = append(found, s.memoryWarnings()...)
	found = append(found, s.fewLaunches()...)

	a := &Analysis{Header: r.Header, Points: s.points}
	for i := range arms {
		for _, l := range arms[i].Loads {
			key := cellKey{arms[i].Name, l.Name}
			if d, ok := s.cells[key].distribution(); ok && !void.loads[key] {
				a.Distributions = append(a.Distributions, d)
			}
		}
	}
	a.Summary = s.summary(arms, found)
	a.Summary.Contrasts, a.Summary.Staleness, a.Summary.Fronts = contrasts, stale, s.fronts(arms, stale)
	a.Summary.Reversals = s.reversals(arms)
	return s, a, nil
}

func (s *runData) summary(arms []Arm, found []bench.Warning) Summary {
	h := s.run.Header
	status, reason := ending(s.run)
	found = append(s.unfinished(status, reason), byLevel(found)...)
	return Summary{
		Version: SummaryVersion, Scenario: h.Scenario.Name, Question: h.Scenario.Question,
		Started:  h.Started.UTC().Format(time.RFC3339),
		Validity: judge(found, h.Scenario.Baseline), Status: status, Reason: reason, Warnings: found,
		Host: h.Host, Build: h.Build, Seed: h.Seed, Engine: h.Engine, Baseline: h.Scenario.Baseline,
		Protocol: h.Scenario.Protocol, Launches: len(s.launches), Command: h.Command, Arms: arms, Ladders: s.ladders(arms),
		BreakEvens: s.breakEvens(arms), Exchanges: s.exchanges(arms), Health: s.summarizeHealth(),
	}
}

// arm gathers an arm's own figures.
func (s *runData) arm(a bench.Arm, void voided) (Arm, []bench.Warning) {
	facts := result.FactsOf(s.run.Header, a)
	out := Arm{
		Name: a.Name, Method: a.Method.ID, Kind: kindOf(a, facts), Params: a.Method.Params, Facts: facts, Own: a.Target != nil,
		Metrics: s.armMetrics(a.Name),
	}
	if a.Replicas > 1 {
		out.Replicas = a.Replicas
	}
	var warnings []bench.Warning
	skipped := ""
	for _, info := range s.run.Header.Arms {
		if info.Name != a.Name {
			continue
		}
		out.CredentialBytes, out.Backends, skipped = info.CredentialBytes, info.Backends, info.Skipped
		if !info.Restarts && skipped == "" {
			warnings = append(warnings, bench.Warning{Code: codeNotRestarted, Level: bench.Info, Arm: a.Name,
				Text: "the server was not restarted between launches: its intervals cover rounds only, and another start may give other figures"})
		}
	}
	measured := false
	for _, l := range s.run.Header.Scenario.Loads {
		c := s.cells[cellKey{a.Name, l.Name}]
		measured = measured || slices.ContainsFunc(c.levelCells(), func(part *cell) bool { return len(part.blocks) > 0 })
		c.unsaturated = void.costs[cellKey{a.Name, l.Name}]
		load, more := s.load(c, void.loads[cellKey{a.Name, l.Name}])
		out.Loads = append(out.Loads, load)
		warnings = append(warnings, more...)
	}
	warnings = append(warnings, s.replacementWarnings(a.Name)...)
	out.Conformance, out.Answers = s.conformance(a.Name), s.answers(a)
	out.Status, out.Reason = void.status(a.Name, skipped, measured)
	switch c := out.Conformance; {
	case c == nil || out.Status != ArmOK:
	case c.Unsafe():
		out.Status, out.Reason = ArmUnsafe, c.Why()
		if s.run.Header.Scenario.Safety == bench.SafetyShown {
			out.Status = ArmShown
		}
	case !c.Tested() && c.Untested != bench.ChecksNothing:
		warnings = append(warnings, bench.Warning{Code: codeNotExamined, Level: bench.Info, Arm: a.Name,
			Text: "this run does not tell whether it is safe: " + c.Untested})
	}
	return out, warnings
}

// conformance returns what the attack catalogue says of an arm, nil if nothing.
func (s *runData) conformance(arm string) *bench.Conformance {
	for _, c := range s.run.Conformance {
		if c.Arm == arm {
			c.Kind = "" // a summary needs no kind of record
			return &c
		}
	}
	return nil
}

// load gathers an arm's figures under one load.
func (s *runData) load(c *cell, noLatency bool) (Load, []bench.Warning) {
	out := Load{Name: c.load.Name, Kind: c.load.Kind, SLO: c.load.SLO, VersusBaseline: map[string]Comparison{}, Ties: map[string]string{}}
	for _, part := range c.levelCells() {
		for _, b := range part.blocks {
			out.Requests += b.requests
			out.Failures += b.failures
		}
	}
	var warnings []bench.Warning
	switch c.load.Kind {
	case bench.Sweep:
		out.Levels, warnings = c.sweep(noLatency)
		return out, warnings
	case bench.Ramped:
		out.Ramp = RampText(c.load)
		out.Course, warnings = c.course(noLatency)
		return out, warnings
	case bench.Capacity:
		warnings = c.findCapacity()
		out.Metrics = c.estimates(false)
		return out, warnings
	}
	out.Refreshes = c.refreshing()
	warnings = c.findMetrics(noLatency)
	if len(c.blocks) > 0 && !s.hasSharedRate(c) {
		warnings = append(warnings, bench.Warning{Code: codeNotComparable, Level: bench.Info, Arm: c.arm, Load: c.load.Name,
			Text: "less than a tenth of the median capacity: a rate of its own, so its latencies are not compared with the other arms'"})
	}
	out.Metrics, out.Rate = c.estimates(!noLatency), c.meanRate()
	for _, calibration := range s.run.Calibrations {
		if calibration.Arm == c.arm && calibration.Capacity > 0 {
			out.Utilisation = out.Rate / calibration.Capacity
		}
	}
	return out, warnings
}

// hasSharedRate reports whether a cell's latency may be compared with others'. Under an open
// load, slow arms have a rate of their own.
func (s *runData) hasSharedRate(c *cell) bool {
	return c.load.Kind != bench.Open || bench.Outcomes{Calibrations: s.run.Calibrations}.Comparable(c.arm)
}

// compareArms fills in the i-th load's comparisons. It compares all arms that have figures
// with the baseline, and safe arms with each other.
func (s *runData) compareArms(arms []Arm, i int) []bench.Warning {
	var cells []*cell
	var loads []*Load
	baseline := s.baseline(arms, i)
	for a := range arms {
		if !arms[a].Status.Measured() {
			continue
		}
		load := &arms[a].Loads[i]
		c := s.cells[cellKey{arms[a].Name, load.Name}]
		if baseline != nil && c != baseline {
			load.VersusBaseline = s.versus(c, baseline)
		}
		if arms[a].Status == ArmOK {
			cells, loads = append(cells, c), append(loads, load)
		}
	}
	return s.setTies(cells, loads)
}

// baseline is the baseline's cell under the i-th load, nil if it has no figures.
func (s *runData) baseline(arms []Arm, i int) *cell {
	for _, a := range arms {
		if a.Name == s.run.Header.Scenario.Baseline && a.Status.Measured() {
			return s.cells[cellKey{a.Name, a.Loads[i].Name}]
		}
	}
	return nil
}

// maxLinesNamed is how many damaged lines a warning names.
const maxLinesNamed = 5

// damaged warns of the lines of the file that do not match their checksum.
func damaged(r *result.Run) []bench.Warning {
	if len(r.Damaged) == 0 {
		return nil
	}
	var lines []string
	for _, n := range r.Damaged[:min(len(r.Damaged), maxLinesNamed)] {
		lines = append(lines, strconv.Itoa(n))
	}
	if more := len(r.Damaged) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("%d more", more))
	}
	return []bench.Warning{{Code: validity.CodeDamaged, Level: bench.Suspicious, Text: fmt.Sprintf(
		"%s is damaged: %d lines are not what was written and are left out (%s); take a copy of it that is whole, or run again",
		result.FileName, len(r.Damaged), strings.Join(lines, ", "))}}
}

// fewLaunches warns of launches that are too few for intervals.
func (s *runData) fewLaunches() []bench.Warning {
	n := len(s.launches)
	if n == 0 {
		return []bench.Warning{{Code: codeNoLaunches, Level: bench.Void,
			Text: "no launch was measured whole: there is nothing to report; run again"}}
	}
	if n >= FewestLaunches {
		return nil
	}
	return []bench.Warning{{Code: codeFewLaunches, Level: bench.Suspicious, Text: fmt.Sprintf(
		"launches measured whole: %d; without %d there are no intervals and no comparisons: use at least %d launches", n, FewestLaunches, FewestLaunches)}}
}
