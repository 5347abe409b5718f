package figure

import (
	"fmt"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// After is a time that revoked credentials went on working for.
func After(micros float64) string {
	if micros == 0 {
		return "at once"
	}
	return unit.Micros(micros)
}

// Within is the time within which 95 % of an episode's revoked credentials stop working, and how
// far it is known: "1.01 s", "at least 1.00 s". The figure and the tables say the same.
func Within(one analysis.Staleness) (text, known string) {
	e := one.P95
	if one.Open(0.95) {
		return "longer than " + After(e.Value), ""
	}
	if one.Within > 0 { // its revocations took too long to be acknowledged to say more
		return "< " + unit.Micros(one.Within), ""
	}
	later, all := one.MostLater()
	switch {
	case e.Hi != nil && e.Lo != nil && *e.Hi > 0:
		known = unit.Microseconds.Interval(*e.Lo, *e.Hi)
	case e.Hi != nil && *e.Hi > 0:
		known = "at most " + unit.Micros(*e.Hi)
	case e.Hi != nil:
	case all:
		known = "at most " + unit.About(later) + " later"
	case e.Lo != nil && *e.Lo > 0:
		known = "at least " + unit.Micros(*e.Lo)
	default:
		known = "or more"
	}
	return After(e.Value), known
}

// tokenNote says of loads whose clients exchange keys for tokens, by the arms' names, in how many
// requests an exchange's cost is shared; "" if nobody exchanges anything.
func tokenNote(names []string, loads []analysis.Load) string {
	note := ""
	for i, l := range loads {
		if r := l.Refreshes; r != nil && r.PerToken.N > 0 {
			note += fmt.Sprintf(" %s: an exchange for every %s requests; with fewer of them a request costs more.", names[i], unit.Plain(r.PerToken.Value, 2))
		}
	}
	return note
}
