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
			agrees := "yes"
			if !c.Agrees {
				agrees = "no, by " + cpuMetric.cell(c.Difference, 1).full()
			}
			t.Rows = append(t.Rows, tableRow{Name: c.Arm, Status: analysis.ArmOK, Cells: []cell{
				requests(c.PerToken), cpuMetric.cell(c.Measured, 1), cpuMetric.cell(c.Predicted, 1), {Text: agrees},
				cpuMetric.cell(e.Each, 1), cpuMetric.cell(e.Verifying, 1),
			}})
		}
	}
	if len(t.Rows) > 0 {
		t.Columns = []column{
			{Head: "requests per token", spread: true}, {Head: "CPU/request", spread: true}, {Head: "predicted", spread: true}, {Head: "agrees"},
			{Head: "an exchange", spread: true}, {Head: "a request with a token", spread: true},
		}
	}
	return t
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
	var pays, never, open, wrong []string
	arms := 0
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
		arms += len(e.Coupled)
		for _, c := range e.Coupled {
			if !c.Agrees {
				wrong = append(wrong, c.Arm)
			}
		}
	}
	if arms == 0 {
		return ""
	}
	var said []string
	if len(pays) > 0 {
		said = append(said, "Exchanging an API key for such tokens pays with "+joined(pays)+".")
	}
	if len(never) > 0 {
		said = append(said, "It never pays with "+list(never)+": a request with a token costs no less.")
	}
	if len(open) > 0 {
		said = append(said, "This run cannot tell it of "+list(open)+".")
	}
	if len(wrong) == 0 {
		said = append(said, fmt.Sprintf("What was predicted from the parts agrees with what was measured of all %d arms that exchange.", arms))
	} else {
		said = append(said, fmt.Sprintf("What was predicted from the parts does not agree with what was measured of %s, of %d arms that exchange.", list(wrong), arms))
	}
	return strings.Join(said, " ")
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
