package report

import (
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

func between(lo, value, hi float64) analysis.Estimate {
	return analysis.Estimate{Value: value, Lo: &lo, Hi: &hi, N: 10}
}

func TestExchanges(t *testing.T) {
	s := &sample().Summary
	if exchanges(s) != "" || len(exchangeTableOf(s).Columns) != 0 || refreshings(s) != "" {
		t.Error("a run without exchanges speaks of them")
	}
	from, least := between(1.6, 2.1, 4.7), analysis.Estimate{Value: 8, Lo: new(float64)}
	*least.Lo = 3
	s.Exchanges = []analysis.Exchange{{
		Verify: "jwt", Part: "e3", Verifying: between(59, 60, 61), Each: between(110, 120, 130),
		Coupled: []analysis.Coupled{
			{Arm: "e3", PerToken: between(2.8, 3, 3.2), Measured: between(99, 100, 101), Predicted: between(98, 100, 102), Agrees: true},
			{Arm: "e30", PerToken: between(28, 30, 32), Measured: between(79, 80, 81), Predicted: between(63, 64, 65), Difference: between(15, 16, 17)},
		},
		Against: []analysis.ExchangePays{{Arm: "redis", From: &from}, {Arm: "memory", Never: true}, {Arm: "postgres"}, {Arm: "bbolt", From: &least}},
	}}
	text := exchanges(s)
	for _, want := range []string{
		"pays with jwt instead of redis from 2.1 (1.6 – 4.7) requests per token on; jwt instead of bbolt from 8 requests per token on (at least 3).",
		"It never pays with jwt instead of memory", "cannot tell it of jwt instead of postgres", "does not agree with what was measured of e30, of 2 arms",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	rows := exchangeTableOf(s).Rows
	if len(rows) != 2 || rows[0].Cells[3].Text != "yes" || !strings.HasPrefix(rows[1].Cells[3].Text, "no, by 16.0 µs (") {
		t.Errorf("%+v", rows)
	}
	s.Exchanges[0].Coupled[1].Agrees = true
	if text := exchanges(s); !strings.Contains(text, "agrees with what was measured of all 2 arms") {
		t.Error(text)
	}
	s.Arms[1].Loads[0].Refreshes = &analysis.Refreshing{Done: 10, Failed: 1, Refused: 2, Late: 4, TurnedAway: 7, PerToken: between(2, 3, 4), P50: 150, P99: 900}
	if text := refreshings(s); !strings.Contains(text, "(every 3 requests, p50 150 µs, p99 900 µs)") || !strings.Contains(text, "3 refreshes failed: the clients went on with the tokens that they held until these expired, and were then refused (7 requests). 4 refreshes were late.") {
		t.Error(text)
	}
	// An arm that may not be shown, and an episode, hide nothing.
	s.Arms[1].Status = analysis.ArmFailed
	s.Staleness = []analysis.Staleness{{FailedRefreshes: 1, TurnedAway: 2}}
	if text := refreshings(s); text != "4 refreshes failed: the clients went on with the tokens that they held until these expired, and were then refused (9 requests). 4 refreshes were late." {
		t.Error(text)
	}
	s.Staleness, s.Arms[1].Loads[0].Refreshes = nil, &analysis.Refreshing{TurnedAway: 3}
	if text := refreshings(s); text != "3 requests were refused though no refresh failed: see whether the clocks of the issuer and of the servers agree." {
		t.Error(text)
	}
}
