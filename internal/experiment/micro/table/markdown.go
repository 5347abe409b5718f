package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"authbench/internal/text/unit"
)

// markdown renders the table: time and allocations of one verification.
func (m *measured) markdown() string {
	var b strings.Builder
	b.WriteString("| algorithm |")
	for _, c := range columns {
		b.WriteString(" " + c.heading + " |")
	}
	b.WriteString("\n| :-- |" + strings.Repeat(" --: |", len(columns)) + "\n")
	for _, row := range m.rows {
		b.WriteString("| " + row + " |")
		for _, c := range columns {
			b.WriteString(" " + m.cells[[2]string{row, c.key}].String() + " |")
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nTime and allocations of one verification, the fastest of %d rounds, on %s.\n", m.rounds(), m.cpu)
	return b.String()
}

// String shows a cell's fastest round: the same work every time, which the machine
// can only slow down. There is none where an engine does not know the algorithm.
func (c *cell) String() string {
	if c == nil {
		return "–"
	}
	return fmt.Sprintf("%s, %.0f", unit.Duration(slices.Min(c.nanos)), slices.Min(c.allocations))
}

// rounds is how often the least measured cell was.
func (m *measured) rounds() int {
	fewest := math.MaxInt
	for _, c := range m.cells {
		fewest = min(fewest, len(c.nanos))
	}
	return fewest
}
