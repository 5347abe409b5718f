package report

import (
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// breakEvenTableOf has a row per arm that asks no store. It has no columns if the
// scenario does not vary how far away a store is.
func breakEvenTableOf(s *analysis.Summary) table {
	var t table
	for _, b := range s.BreakEvens {
		cpu := cell{Text: missing}
		if b.CPU != nil {
			cpu = cpuMetric.cell(*b.CPU, 1)
		}
		t.Rows = append(t.Rows, tableRow{Name: b.Arm, Status: analysis.ArmOK, Cells: []cell{
			{Text: b.Series[0]}, p50Metric.cell(b.RoundTrip, 1), {Text: reading(b)}, cpu,
		}})
	}
	if len(t.Rows) > 0 {
		t.Columns = []column{{Head: "against"}, {Head: "equal p50 at a round trip of", spread: true}, {Head: "so it answers sooner"}, {Head: "CPU beside it", spread: true}}
	}
	return t
}

// reading words the interval of a round trip.
func reading(b analysis.BreakEven) string {
	switch {
	case *b.RoundTrip.Hi < 0:
		return "at any distance"
	case *b.RoundTrip.Lo > b.Farthest:
		return "only beyond " + unit.Micros(b.Farthest)
	case *b.RoundTrip.Lo < 0:
		return "beyond " + unit.Micros(*b.RoundTrip.Hi) + " at the latest"
	}
	return "beyond that"
}

// breakEvens says for each arm without a store from which round trip on it answers sooner than
// the arm with a store.
func breakEvens(s *analysis.Summary) string {
	if len(s.BreakEvens) == 0 || len(s.BreakEvens) > mostNamed {
		return ""
	}
	nearest, load := s.BreakEvens[0].Series[0], s.BreakEvens[0].Load
	var always, from, never []string
	for _, b := range s.BreakEvens {
		switch {
		case b.Series[0] != nearest:
			return "" // the table has several stores
		case *b.RoundTrip.Hi < 0:
			always = append(always, b.Arm+" (by "+micros(-*b.RoundTrip.Hi, -*b.RoundTrip.Lo)+")")
		case *b.RoundTrip.Lo > b.Farthest:
			never = append(never, b.Arm)
		case *b.RoundTrip.Lo < 0:
			from = append(from, b.Arm+" at the latest once it is "+noBreak(unit.Micros(*b.RoundTrip.Hi))+" away")
		default:
			from = append(from, b.Arm+" once it is "+noBreak(unit.Micros(b.RoundTrip.Value))+" ("+micros(*b.RoundTrip.Lo, *b.RoundTrip.Hi)+") away")
		}
	}
	var parts []string
	if len(always) > 0 {
		parts = append(parts, list(always)+" at any distance of the store")
	}
	if len(from) > 0 {
		parts = append(parts, list(from))
	}
	if len(never) > 0 {
		parts = append(parts, list(never)+" not even at "+noBreak(unit.Micros(s.BreakEvens[0].Farthest)))
	}
	return "By the p50 under the " + load + " load, what asks no store answers sooner than " + nearest + ": " + joined(parts) + "." + breakEvenCosts(s)
}

// joined separates parts that hold commas.
func joined(parts []string) string {
	text := ""
	for i, p := range parts {
		if i > 0 {
			text += "; "
		}
		text += p
	}
	return text
}

// breakEvenCosts compares the CPU times, which distance does not change. It has no numbers if the
// scenario declares contrasts, which have them.
func breakEvenCosts(s *analysis.Summary) string {
	const none = " In CPU time there is no such distance: a server computes nothing while it waits."
	if declaresContrasts(s) {
		return none
	}
	var less, more, alike []string
	for _, b := range s.BreakEvens {
		switch c := b.CPU; {
		case c == nil:
		case *c.Hi < 0:
			less = append(less, b.Arm+" ("+micros(-*c.Hi, -*c.Lo)+" less)")
		case *c.Lo > 0:
			more = append(more, b.Arm+" ("+micros(*c.Lo, *c.Hi)+" more)")
		default:
			alike = append(alike, b.Arm)
		}
	}
	var parts []string
	if len(less) > 0 {
		parts = append(parts, list(less)+" cost less")
	}
	if len(more) > 0 {
		parts = append(parts, list(more)+" cost more")
	}
	if len(alike) > 0 {
		parts = append(parts, "this run does not tell the difference of "+list(alike))
	}
	if len(parts) == 0 {
		return ""
	}
	return none + " Beside " + s.BreakEvens[0].Series[0] + ", its store included, " + joined(parts) + "."
}
