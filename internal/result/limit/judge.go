package limit

import (
	"fmt"
	"math"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Subject is an arm, or the server of a load test, with its figures.
type Subject struct {
	// Arm is its name; empty in a load test.
	Arm string
	// Missing says why it has no figures; "" if it has some.
	Missing string
	// Optional says that a limit applies to it only if the limit names the arm.
	Optional bool
	Figures  []Figure
	// Answers is nil where they were not counted.
	Answers *Answers
}

// Figure is one value of a metric, with its 95 % interval where it has one.
type Figure struct {
	// Place is the load, with the level of a sweep; "" for the arm as a whole.
	Place string
	// Metric is empty where Missing is about all metrics of the place.
	Metric string
	Value  float64
	Lo, Hi *float64
	// Missing says why there is no value; empty if there is.
	Missing string
}

// Outcome is what was found of one limit on one figure.
type Outcome string

// The outcomes. A limit that cannot be judged counts as broken.
const (
	Kept     Outcome = "kept"
	Broken   Outcome = "broken"
	Unjudged Outcome = "cannot be judged"
)

// Judged is one limit on one figure, as results show it.
type Judged struct {
	Limit   string      `json:"limit"` // as it was written
	Outcome Outcome     `json:"verdict"`
	Arm     string      `json:"arm,omitempty"`
	Place   string      `json:"load,omitempty"`
	Class   bench.Class `json:"class,omitempty"`
	Metric  string      `json:"metric"`
	// Bound and Value are in the metric's base unit, or shares of the old figure if
	// Change. Value is nil if there is none.
	Bound  float64  `json:"bound"`
	Change bool     `json:"change,omitempty"`
	Value  *float64 `json:"value,omitempty"`
	Lo     *float64 `json:"lo,omitempty"`
	Hi     *float64 `json:"hi,omitempty"`
	// Reason says why it cannot be judged.
	Reason string `json:"reason,omitempty"`
}

// Judge judges every limit by every figure that it is on. A figure with an interval breaks a
// limit only if the whole interval does, so that noise alone does not fail a build.
func Judge(limits []Limit, subjects []Subject) []Judged {
	var out []Judged
	for _, l := range limits {
		for _, s := range subjects {
			if l.Arm == "" && !s.Optional || l.Arm != "" && l.Arm == s.Arm {
				out = append(out, l.judgeSubject(s)...)
			}
		}
	}
	return out
}

// judgeSubject judges a limit by a subject's figures of its metric.
func (l Limit) judgeSubject(s Subject) []Judged {
	if s.Missing != "" {
		return []Judged{l.judge(s.Arm, Figure{Missing: s.Missing})}
	}
	if l.Metric.Counted {
		f := Figure{Missing: "nothing of it was counted"}
		if s.Answers != nil {
			if v, ok := s.Answers.value(l.Metric.Name, l.Class); ok {
				f = Figure{Value: v}
			}
		}
		return []Judged{l.judge(s.Arm, f)}
	}
	var out []Judged
	for _, f := range s.Figures {
		if f.Metric == l.Metric.Name || f.Metric == "" {
			out = append(out, l.judge(s.Arm, f))
		}
	}
	if len(out) == 0 {
		out = append(out, l.judge(s.Arm, Figure{Missing: "it was not measured; the warnings may say why"}))
	}
	return out
}

func (l Limit) judge(arm string, f Figure) Judged {
	j := Judged{
		Limit: l.Text, Outcome: Kept, Arm: arm, Place: f.Place, Class: l.Class, Metric: l.Metric.Name,
		Bound: l.Value, Change: l.Change, Reason: f.Missing,
	}
	if f.Missing == "" && (math.IsNaN(f.Value) || math.IsInf(f.Value, 0)) {
		j.Reason = "it is not a number"
	}
	if j.Reason != "" {
		j.Outcome = Unjudged
		return j
	}
	j.Value, j.Lo, j.Hi = &f.Value, f.Lo, f.Hi
	least, most := f.Value, f.Value
	if f.Lo != nil && f.Hi != nil {
		least, most = *f.Lo, *f.Hi
	}
	if l.Above && least > l.Value || !l.Above && most < l.Value {
		j.Outcome = Broken
	}
	return j
}

// Failed returns those that were not kept.
func Failed(all []Judged) []Judged {
	var out []Judged
	for _, j := range all {
		if j.Outcome != Kept {
			out = append(out, j)
		}
	}
	return out
}

// Counted reports whether the limit is on a count, which holds on any noisy machine.
func (j Judged) Counted() bool {
	m, _ := Find(j.Metric)
	return m.Counted && j.Outcome != Unjudged
}

// Subject names what the limit is on: "apikey under open load, valid.status_401".
func (j Judged) Subject() string {
	text := j.Metric
	if j.Class != "" {
		text = string(j.Class) + "." + text
	}
	if j.Place != "" {
		text = "under " + j.Place + " load, " + text
		if j.Arm != "" {
			text = " " + text
		}
	} else if j.Arm != "" {
		text = ", " + text
	}
	return j.Arm + text
}

// Amount is the figure in words, with its interval: "12.3 µs (11.9 – 12.7 µs)".
func (j Judged) Amount() string {
	if j.Value == nil {
		return "–"
	}
	quantity := unit.Share
	if m, _ := Find(j.Metric); !j.Change {
		quantity = m.Unit
	}
	text := quantity.Format(*j.Value)
	switch {
	case j.Change:
		text = unit.Change(*j.Value)
	case quantity == unit.Share:
		text = unit.Precise(*j.Value)
	}
	if j.Lo != nil && j.Hi != nil {
		text += " (" + quantity.Interval(*j.Lo, *j.Hi) + ")"
	}
	return text
}

// Finding says on one line what was found.
func (j Judged) Finding() string {
	switch {
	case j.Outcome == Unjudged:
		return fmt.Sprintf("%s cannot be judged: %s", j.Subject(), j.Reason)
	case j.Change:
		return fmt.Sprintf("%s: changed by %s", j.Subject(), j.Amount())
	}
	return fmt.Sprintf("%s is %s", j.Subject(), j.Amount())
}

// String is the finding with its limit, for errors.
func (j Judged) String() string { return j.Finding() + " (" + j.Limit + ")" }
