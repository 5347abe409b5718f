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
		Load: "open", Verify: "jwt", Part: "e3", Verifying: between(59, 60, 61), Each: between(110, 120, 130),
		Coupled: []analysis.Coupled{
			{Arm: "e3", PerToken: between(2.8, 3, 3.2), Each: between(110, 120, 130), Measured: between(99, 100, 101), Predicted: between(98, 100, 102), Agrees: true, IsPart: true},
			{Arm: "e30", PerToken: between(28, 30, 32), Each: between(150, 160, 170), Measured: between(79, 80, 81), Predicted: between(63, 64, 65), Difference: between(15, 16, 17), Differs: true},
			{Arm: "e300", PerToken: between(280, 300, 320), Each: between(190, 200, 210), Measured: between(60, 61, 62), Predicted: between(60, 60, 61), Difference: between(-9, 1, 11)},
		},
		Against: []analysis.ExchangePays{{Arm: "redis", From: &from}, {Arm: "memory", Never: true}, {Arm: "postgres"}, {Arm: "bbolt", From: &least}},
	}}
	text := exchanges(s)
	for _, want := range []string{
		"pays at 9.25 k/s with jwt instead of redis from 2.1 (1.6 – 4.7) requests per token on; jwt instead of bbolt from 8 requests per token on (at least 3).",
		"It does not pay at 9.25 k/s with jwt instead of memory", "cannot tell it of jwt instead of postgres", "does not lie within 5 % of all that a request costs with e30; is not known to lie within 5 % of all that a request costs with e300. The cost of an exchange was taken from e3, so that nothing is tested there.",
		"An exchange costs the issuer more where it is rare: 120 µs with e3 (3 requests per token), 200 µs with e300 (300 requests per token).",
	} {
		if !strings.Contains(plain(text), want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	rows := exchangeTableOf(s).Rows
	for i, want := range []string{"no test: the exchange is its own", "no; exchange from e3", "not told; exchange from e3"} {
		if got := rows[i].Cells[4].Text; got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	s.Exchanges[0].Coupled = s.Exchanges[0].Coupled[:2]
	s.Exchanges[0].Coupled[1].Agrees, s.Exchanges[0].Coupled[1].Differs = true, false
	if text := plain(exchanges(s)); !strings.Contains(text, "What was predicted from the parts lies within 5 % of all that a request costs with e30. The cost") {
		t.Error(text)
	}
	if s.Exchanges[0].Coupled[1].Each = between(125, 131, 140); strings.Contains(exchanges(s), "where it is rare") {
		t.Error("two costs whose intervals overlap are told apart")
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
