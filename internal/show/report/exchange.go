package report

import (
	"fmt"
	"slices"
	"strings"

	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// exchangeTableOf has a row per arm that exchanges keys for tokens: what a request costs, beside
// what its parts let one expect. It has no columns if there is none.
func exchangeTableOf(s *analysis.Summary) table {
	var t table
	for _, e := range s.Exchanges {
		for _, c := range e.Coupled {
			t.Rows = append(t.Rows, tableRow{Name: c.Arm, Status: analysis.ArmOK, Cells: []cell{
				requests(c.PerToken), cpuMetric.cell(c.Measured, 1), cpuMetric.cell(c.Predicted, 1), cpuMetric.cell(c.Difference, 1), {Text: agrees(e, c)},
				cpuMetric.cell(c.Each, 1), cpuMetric.cell(e.Verifying, 1),
			}})
		}
	}
	if len(t.Rows) > 0 {
		t.Columns = []column{
			{Head: "requests per token", spread: true}, {Head: "CPU/request", spread: true}, {Head: "predicted", spread: true}, {Head: "difference", spread: true}, {Head: "within 5 %"},
			{Head: "an exchange", spread: true}, {Head: "a request with a token", spread: true},
		}
	}
	return t
}

// agrees says whether an arm lies where its prediction does. One that the exchanges of the
// prediction are from cannot tell.
func agrees(e analysis.Exchange, c analysis.Coupled) string {
	switch {
	case c.IsPart:
		return "no test: the exchange is its own"
	case c.Agrees:
		return "yes; exchange from " + e.Part
	case c.Differs:
		return "no; exchange from " + e.Part
	}
	return "not told; exchange from " + e.Part
}

// requests are so many for one token.
func requests(e analysis.Estimate) cell {
	c := cell{Text: unit.Plain(e.Value, 2)}
	if e.Lo != nil && e.Hi != nil {
		c.Interval = unit.Plain(*e.Lo, 2) + " – " + unit.Plain(*e.Hi, 2)
	}
	return c
}

// exchanges says from how many requests per token on an exchange pays, and whether the
// prediction holds.
func exchanges(s *analysis.Summary) string {
	var pays, never, open []string
	for _, e := range s.Exchanges {
		for _, a := range e.Against {
			beside := fmt.Sprintf("%s instead of %s", e.Verify, a.Arm)
			switch {
			case a.Never:
				never = append(never, beside)
			case a.From == nil:
				open = append(open, beside)
			case a.From.Hi == nil:
				pays = append(pays, fmt.Sprintf("%s from %s requests per token on (at least %s)", beside, unit.Plain(a.From.Value, 2), unit.Plain(*a.From.Lo, 2)))
			default:
				pays = append(pays, fmt.Sprintf("%s from %s requests per token on", beside, requests(*a.From).full()))
			}
		}
	}
	if !slices.ContainsFunc(s.Exchanges, func(e analysis.Exchange) bool { return len(e.Coupled) > 0 }) {
		return ""
	}
	var said []string
	at := " " + noBreak(loadNamed(s, s.Exchanges[0].Load).At())
	if len(pays) > 0 {
		said = append(said, "Exchanging an API key for such tokens pays"+at+" with "+joined(pays)+".")
	}
	if len(never) > 0 {
		said = append(said, "It does not pay"+at+" with "+list(never)+": a request with a token costs no less.")
	}
	if len(open) > 0 {
		said = append(said, "This run cannot tell it of "+list(open)+".")
	}
	return sentences(strings.Join(said, " "), predictions(s), dearerWhenRare(s))
}

// predictions says of which arms the prediction was tested, and held; not of those that it is made
// from.
func predictions(s *analysis.Summary) string {
	var within, beyond, untold, parts []string
	for _, e := range s.Exchanges {
		for _, c := range e.Coupled {
			switch {
			case c.IsPart:
				parts = append(parts, c.Arm)
			case c.Agrees:
				within = append(within, c.Arm)
			case c.Differs:
				beyond = append(beyond, c.Arm)
			default:
				untold = append(untold, c.Arm)
			}
		}
	}
	var said []string
	within5 := "within " + noBreak(unit.Plain(100*analysis.Agreement, 0)+" %") + " of all that a request costs"
	if len(within) > 0 {
		said = append(said, fmt.Sprintf("lies %s with %s", within5, list(within)))
	}
	if len(beyond) > 0 {
		said = append(said, fmt.Sprintf("does not lie %s with %s", within5, list(beyond)))
	}
	if len(untold) > 0 {
		said = append(said, fmt.Sprintf("is not known to lie %s with %s", within5, list(untold)))
	}
	if len(said) == 0 {
		return ""
	}
	return fmt.Sprintf("What was predicted from the parts %s. The cost of an exchange was taken from %s, so that nothing is tested there.", joined(said), list(parts))
}

// dearerWhenRare says of which kinds of token an exchange certainly costs the issuer more where it
// is rarer: where the intervals of the arms with the most and with the fewest exchanges lie apart.
func dearerWhenRare(s *analysis.Summary) string {
	var parts []string
	for _, e := range s.Exchanges {
		if len(e.Coupled) < 2 {
			continue
		}
		often, rare := e.Coupled[0], e.Coupled[len(e.Coupled)-1]
		if often.Each.Hi != nil && rare.Each.Lo != nil && *rare.Each.Lo > *often.Each.Hi {
			parts = append(parts, fmt.Sprintf("%s with %s (%s), %s with %s (%s)",
				noBreak(unit.Micros(often.Each.Value)), often.Arm, perTokenText(often.PerToken), noBreak(unit.Micros(rare.Each.Value)), rare.Arm, perTokenText(rare.PerToken)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "An exchange costs the issuer more where it is rare: " + joined(parts) + "."
}

// refreshings says how clients kept credentials of a short life, in one line.
func refreshings(s *analysis.Summary) string {
	var parts []string
	failed, late, away := int64(0), int64(0), int64(0)
	for _, one := range s.Staleness {
		failed, away = failed+one.FailedRefreshes, away+one.TurnedAway
	}
	for _, a := range s.Arms {
		for _, l := range a.Loads {
			r := l.Refreshes
			if r == nil {
				continue
			}
			failed, late, away = failed+r.Failed+r.Refused, late+r.Late, away+r.TurnedAway
			if r.Done == 0 || a.Status != analysis.ArmOK || slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, a.Name+" ") }) {
				continue
			}
			took := "p50 " + noBreak(unit.Micros(r.P50))
			if r.P99 > 0 {
				took += ", p99 " + noBreak(unit.Micros(r.P99))
			}
			parts = append(parts, fmt.Sprintf("%s (every %s requests, %s)", a.Name, unit.Plain(r.PerToken.Value, 2), took))
		}
	}
	text := ""
	if len(parts) > 0 {
		text = "Clients refreshed their tokens at the issuer with " + list(parts) + "."
	}
	if failed > 0 {
		text = sentences(text, fmt.Sprintf("%s failed: the clients went on with the tokens that they held until these expired, and were then refused (%s).",
			plural64(failed, "refresh", "refreshes"), plural64(away, "request", "requests")))
	}
	if failed+late == 0 && away > 0 {
		text = sentences(text, fmt.Sprintf("%s refused though no refresh failed: see whether the clocks of the issuer and of the servers agree.", plural64(away, "request was", "requests were")))
	}
	if late > 0 {
		text = sentences(text, fmt.Sprintf("%s late.", plural64(late, "refresh was", "refreshes were")))
	}
	return text
}
