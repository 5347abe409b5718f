package report

import (
	"strings"

	"authbench/internal/judge/gate"
	"authbench/internal/text/unit"
)

// gateMetric says how a gate's metric is shown.
type gateMetric struct {
	label string
	value func(float64) string
	// points: its changes are differences of shares, shown in percentage points.
	points bool
}

var gateLabels = map[string]gateMetric{
	gate.MetricCPU:  {label: "CPU", value: unit.Micros},
	gate.MetricP50:  {label: "p50", value: unit.Micros},
	gate.MetricP95:  {label: "p95", value: unit.Micros},
	gate.MetricP99:  {label: "p99", value: unit.Micros},
	gate.MetricTail: {label: "tail", value: unit.Percent, points: true},
}

func gateMetricNamed(name string) gateMetric {
	if m, known := gateLabels[name]; known {
		return m
	}
	return gateMetric{label: name, value: unit.Number}
}

// fromTo is base's value and head's.
func (m gateMetric) fromTo(c gate.Cell) string {
	if c.Base == nil || c.Head == nil {
		return missing
	}
	return noBreak(m.value(*c.Base)) + " → " + noBreak(m.value(*c.Head))
}

// change is the estimate with its interval.
func (m gateMetric) change(c gate.Cell) string {
	switch {
	case c.Change == nil:
		return missing
	case c.Lo == nil || c.Hi == nil:
		return m.signed(*c.Change)
	case m.points:
		return m.signed(*c.Change) + " (" + m.signed(*c.Lo) + " – " + m.signed(*c.Hi) + ")"
	}
	return m.signed(*c.Change) + " (" + noBreak(unit.Share.Interval(*c.Lo, *c.Hi)) + ")"
}

// ruledOut is the smallest slow-down that is ruled out.
func (m gateMetric) ruledOut(c gate.Cell) string {
	if c.RuledOut == nil {
		return missing
	}
	return "+" + gate.Size(c.Metric, *c.RuledOut)
}

// signed is a change with its sign.
func (m gateMetric) signed(share float64) string {
	text := signed(share)
	if m.points {
		text = strings.Replace(text, "%", "pp", 1)
	}
	return text
}

// sentence is a cell with its values on one line.
func (m gateMetric) sentence(c gate.Cell) string {
	text := m.label
	if c.Change != nil {
		text += " " + m.fromTo(c) + ", " + m.change(c)
	}
	if c.RuledOut != nil {
		text += ", ruled out: " + m.ruledOut(c)
	}
	return text
}
