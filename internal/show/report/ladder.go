package report

import (
	"slices"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// partWord says what a part of a method's cost is.
type partWord struct {
	part       analysis.Part
	head, noun string
}

// partWords are in the order of the steps.
var partWords = []partWord{
	{analysis.PartServer, "server", "for serving the request"},
	{analysis.PartTransport, "transport", "for receiving the credential"},
	{analysis.PartParsing, "parsing", "for decoding it"},
	{analysis.PartVerification, "verification", "for verifying it"},
	{analysis.PartOther, "further step", "for the further step"},
}

// ladderTableOf has a row per ladder and a column per part. It has no columns if
// the scenario has no ladder, or none could be measured.
func ladderTableOf(s *analysis.Summary) table {
	var t table
	for _, l := range s.Ladders {
		t.Rows = append(t.Rows, tableRow{Name: l.Arm, Status: analysis.ArmOK})
	}
	for _, w := range partWords {
		cells, found := make([]cell, len(s.Ladders)), false
		for i, l := range s.Ladders {
			cells[i] = cell{Text: missing}
			for _, step := range l.Steps {
				if step.Part == w.part {
					cells[i], found = cpuMetric.cell(step.Micros, 1), true
				}
			}
		}
		if !found {
			continue
		}
		t.Columns = append(t.Columns, column{Head: w.head, spread: w.part != analysis.PartServer})
		for i := range t.Rows {
			t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
		}
	}
	return t
}

// costSplits says in words what the ladders found.
func costSplits(s *analysis.Summary) string {
	if len(s.Ladders) > mostNamed {
		return ""
	}
	text := ""
	for _, l := range s.Ladders {
		if len(l.Steps) == 0 {
			continue
		}
		sum := 0.0
		for _, step := range l.Steps {
			sum += step.Micros.Value
		}
		var parts []string
		for _, step := range l.Steps {
			i := slices.IndexFunc(partWords, func(w partWord) bool { return w.part == step.Part })
			parts = append(parts, noBreak(unit.Micros(step.Micros.Value))+" ("+noBreak(unit.Percent(step.Micros.Value/sum))+") "+partWords[i].noun)
		}
		if text != "" {
			text += " "
		}
		text += "The " + noBreak(unit.Micros(sum)) + " of " + l.Arm + " are " + list(parts) + "."
	}
	return text
}
