package figure

import (
	"fmt"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// load is one load of a run, with all that figures draw.
type load struct {
	name     string
	kind     bench.LoadKind
	baseline string // empty if arms are not drawn as what they add to it
	launches int
	arms     []arm
}

// arm is one arm under one load.
type arm struct {
	analysis.Load
	name   string
	look   look
	status analysis.ArmStatus
	dist   analysis.Distribution
	points []analysis.Point
}

// loadsOf returns the loads of one kind, in the order of the arms' own.
func loadsOf(a *analysis.Analysis, kind bench.LoadKind) []load {
	s := &a.Summary
	looks := looksOf(s)
	var out []load
	for i, from := range s.Arms {
		for _, l := range from.Loads {
			if l.Kind != kind {
				continue
			}
			at := slices.IndexFunc(out, func(o load) bool { return o.name == l.Name })
			if at < 0 {
				at = len(out)
				out = append(out, load{name: l.Name, kind: kind, launches: s.Launches})
				if s.Taxed() {
					out[at].baseline = s.Baseline
				}
			}
			out[at].arms = append(out[at].arms, arm{
				Load: l, name: from.Name, look: looks[i], status: from.Status,
				dist: distributionOf(a, from.Name, l.Name), points: pointsOf(a, from.Name, l.Name),
			})
		}
	}
	return out
}

func distributionOf(a *analysis.Analysis, arm, load string) analysis.Distribution {
	for _, d := range a.Distributions {
		if d.Arm == arm && d.Load == load {
			return d
		}
	}
	return analysis.Distribution{}
}

func pointsOf(a *analysis.Analysis, arm, load string) []analysis.Point {
	var out []analysis.Point
	for _, p := range a.Points {
		if p.Arm == arm && p.Load == load {
			out = append(out, p)
		}
	}
	return out
}

// drawn returns the arms that may be drawn. Void arms may not: a reader would take their figures
// for those of a good arm.
func (l load) drawn(has func(arm) bool) []arm {
	var out []arm
	for _, a := range l.arms {
		if a.status == analysis.ArmOK && has(a) {
			out = append(out, a)
		}
	}
	return out
}

// missing says why an arm is not drawn.
func (a arm) missing() string {
	if a.status == analysis.ArmOK {
		return "no data"
	}
	return a.status.Word()
}

// metric returns a metric whose value can be drawn.
func (a arm) metric(name string) (analysis.Estimate, bool) {
	e, ok := a.Metrics[name]
	return e, ok && finite(e.Value) && e.Value >= 0
}

// quantile returns the p-th percentile metric: response time under open load,
// service time under closed load.
func (a arm) quantile(p string) (analysis.Estimate, bool) {
	if a.Kind.Scheduled() {
		return a.metric("response_" + p + "_us")
	}
	return a.metric("service_" + p + "_us")
}

// describe says under which load the figure was measured. An open load's latency
// means nothing without its utilisation.
func (l load) describe() string {
	switch l.kind {
	case bench.Closed:
		return "closed load: each connection waits for the answer before it sends again"
	case bench.Sweep:
		return "open load at fractions of each arm's own capacity"
	}
	rate, utilisation := span{}, span{}
	for _, a := range l.arms {
		if a.status == analysis.ArmOK {
			rate.add(a.Rate)
			utilisation.add(a.Utilisation)
		}
	}
	text := "open load"
	if rate.n > 0 {
		text += ", " + rate.format(unit.Rate)
	}
	if utilisation.n > 0 {
		text += fmt.Sprintf(", %s of the arms' capacity", utilisation.format(unit.Percent))
	}
	return text
}

// span is the range of positive values.
type span struct {
	lo, hi float64
	n      int
}

func (s *span) add(v float64) {
	if !finite(v) || v <= 0 {
		return
	}
	if s.n == 0 {
		s.lo, s.hi = v, v
	}
	s.lo, s.hi, s.n = min(s.lo, v), max(s.hi, v), s.n+1
}

func (s span) format(print func(float64) string) string {
	lo, hi := print(s.lo), print(s.hi)
	if lo == hi {
		return lo
	}
	return lo + " to " + hi
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
