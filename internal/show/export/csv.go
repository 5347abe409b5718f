package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/usertext"
)

// columns are those of [CSV].
var columns = []string{
	"side", "scenario", "started", "verdict", "arm", "method", "status", "load", "fraction",
	"metric", "kind", "unit", "value", "low", "high", "launches", "versus",
}

// changeSide marks the rows that say by what factor the new figure exceeds the old one.
const changeSide = "new/old"

// CSV writes a row for each figure of each result (RFC 4180): value, low and high, the
// ends of its 95 % interval, in the unit of its row; versus is the other arm of a ratio
// or a difference. A cell is empty where there is nothing to say. Rows with the side "new/old" are the changes of a comparison.
func CSV(w io.Writer, results []Result, changes []analysis.Change) error {
	out := csv.NewWriter(w)
	err := out.Write(columns)
	write := func(side string, s *analysis.Summary, c compared, unit string) {
		if err == nil {
			err = out.Write(row(side, s, c, unit))
		}
	}
	for _, r := range results {
		for _, c := range r.all() {
			write(r.Side, r.Summary, c, code(c.Place))
		}
	}
	for _, c := range changes {
		if c.Ratio != 0 { // it has one
			newer := results[len(results)-1]
			f := analysis.Figure{Place: c.Place, Estimate: analysis.Estimate{Value: c.Ratio, Lo: c.Lo, Hi: c.Hi}}
			write(changeSide, newer.Summary, newer.plain(f), "1")
		}
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func row(side string, s *analysis.Summary, c compared, unit string) []string {
	var method, status string
	for _, a := range s.Arms {
		if a.Name == c.Arm {
			method, status = a.Method, string(a.Status)
		}
	}
	e := c.Estimate
	return []string{
		side, cell(s.Scenario), cell(s.Started), cell(string(s.Validity)), cell(c.Arm), cell(method), cell(status), cell(c.Load),
		optional(c.Fraction != 0, c.Fraction), cell(c.Metric), c.kind(), unit,
		number(e.Value), end(e.Lo), end(e.Hi), optional(e.N != 0, float64(e.N)), cell(c.with),
	}
}

// cell is foreign text that a spreadsheet does not take for a formula.
func cell(text string) string {
	text = usertext.Clean(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// number is a value with all its digits.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func optional(given bool, v float64) string {
	if !given {
		return ""
	}
	return number(v)
}

func end(v *float64) string {
	if v == nil {
		return ""
	}
	return number(*v)
}
