package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/result/limit"
	"authbench/internal/text/unit"
)

// Scope says which limits a run of a scenario can have.
func Scope(s bench.Scenario) limit.Scope {
	kinds := map[bench.LoadKind]bool{}
	for _, l := range s.Loads {
		kinds[l.Kind] = true
	}
	var arms []string
	for _, a := range s.Arms {
		arms = append(arms, a.Name)
	}
	return limit.Scope{Name: "scenario " + s.Name, Source: limit.Run, Arms: arms, Classes: true, Lacks: func(m limit.Metric) string {
		if len(m.Loads) == 0 || slices.ContainsFunc(m.Loads, func(k bench.LoadKind) bool { return kinds[k] }) {
			return ""
		}
		return fmt.Sprintf("it has no load of kind %s", oneOf(m.Loads))
	}}
}

// oneOf lists kinds of loads.
func oneOf(kinds []bench.LoadKind) string {
	text := string(kinds[0])
	for _, k := range kinds[1:] {
		text += " or " + string(k)
	}
	return text
}

// Subjects are the arms as limits see them.
func (s *Summary) Subjects() []limit.Subject {
	var out []limit.Subject
	for _, a := range s.Arms {
		subject := limit.Subject{Arm: a.Name, Answers: a.Answers}
		if !a.Status.Measured() {
			subject.Missing = cmp.Or(a.Reason, "the arm is "+string(a.Status))
		}
		subject.Figures = limitFigures("", a.Metrics)
		for _, l := range a.Loads {
			subject.Figures = append(subject.Figures, limitFigures(l.Name, l.Metrics)...)
			for _, level := range l.Levels {
				subject.Figures = append(subject.Figures, limitFigures(l.Name+" ("+unit.Plain(level.Fraction, 0)+")", level.Metrics)...)
			}
		}
		out = append(out, subject)
	}
	return out
}

func limitFigures(place string, metrics map[string]Estimate) []limit.Figure {
	var out []limit.Figure
	for name, e := range metrics {
		out = append(out, limit.Figure{Place: place, Metric: name, Value: e.Value, Lo: e.Lo, Hi: e.Hi})
	}
	return out
}

// answers count what became of an arm's requests, in all attempts, so that a repetition
// does not hide a failure.
func (s *runData) answers(a bench.Arm) *limit.Answers {
	var out *limit.Answers
	for _, slice := range s.run.Slices {
		if slice.Arm != a.Name || slice.Launch == 0 || slice.Probe != nil || slice.Course != nil {
			continue
		}
		if out == nil {
			out = limit.NewAnswers()
		}
		out.Add(slice, a.Expects)
	}
	return out
}

// Scope says which limits a comparison can have.
func (c *Changes) Scope() limit.Scope {
	var arms []string
	for _, s := range c.Subjects() {
		arms = append(arms, s.Arm)
	}
	return limit.Scope{Name: "a comparison", Source: limit.Run, Arms: arms, Change: true, Lacks: func(limit.Metric) string { return "" }}
}

// Subjects are the arms as limits see them: with their changes, as shares of the old
// figures. A figure that the new result lacks, or that has no ratio, cannot be judged.
func (c *Changes) Subjects() []limit.Subject {
	var out []limit.Subject
	of := func(arm string) *limit.Subject {
		i := slices.IndexFunc(out, func(s limit.Subject) bool { return s.Arm == arm })
		if i < 0 {
			i = len(out)
			out = append(out, limit.Subject{Arm: arm})
		}
		return &out[i]
	}
	for _, change := range c.Changes {
		if change.VersusBaseline {
			continue
		}
		f := limit.Figure{Place: change.where(), Metric: change.Metric, Value: change.Ratio - 1}
		if change.Ratio == 0 {
			f.Missing = "one of the two figures is 0"
		}
		if change.Lo != nil && change.Hi != nil {
			lo, hi := *change.Lo-1, *change.Hi-1
			f.Lo, f.Hi = &lo, &hi
		}
		s := of(change.Arm)
		s.Figures = append(s.Figures, f)
	}
	for _, p := range c.Removed {
		s := of(p.Arm)
		switch {
		case p.VersusBaseline:
		case p.Load == "" && p.Metric == "":
			s.Missing = onlyOld
		default:
			s.Figures = append(s.Figures, limit.Figure{Place: p.where(), Metric: p.Metric, Missing: onlyOld})
		}
	}
	for _, p := range c.Added {
		if p.Load == "" && p.Metric == "" {
			*of(p.Arm) = limit.Subject{Arm: p.Arm, Missing: "only the new result has it", Optional: true}
		}
	}
	return out
}

const onlyOld = "only the old result has it"

// where names the load of a place, and its level.
func (p Place) where() string {
	if p.Fraction != 0 {
		return p.Load + " (" + unit.Plain(p.Fraction, 0) + ")"
	}
	return p.Load
}
