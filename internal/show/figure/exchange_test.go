package figure

import (
	"slices"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// Each kind of token has a figure of its own: its curve, the arms on it, and what it crosses.
func TestExchangeFigures(t *testing.T) {
	a := sample(4)
	if got := exchangeFigures(&a.Summary); len(got) != 0 {
		t.Errorf("%v without exchanges", names(got))
	}
	arms := a.Summary.Arms
	estimate := func(lo, value, hi float64) analysis.Estimate {
		return analysis.Estimate{Value: value, Lo: &lo, Hi: &hi, N: 10}
	}
	from, open := estimate(1.6, 2.1, 4.7), analysis.Estimate{Value: 2000, Lo: new(float64)}
	one := analysis.Exchange{
		Verify: arms[1].Name, Verifying: estimate(59, 60, 61), Each: estimate(110, 120, 130),
		Coupled: []analysis.Coupled{
			{Arm: arms[2].Name, PerToken: estimate(2, 3, 4), Measured: estimate(99, 100, 101), Predicted: estimate(98, 100, 102)},
			{Arm: arms[2].Name, PerToken: analysis.Estimate{Value: 30}, Measured: analysis.Estimate{Value: 65}, Predicted: analysis.Estimate{Value: 64}},
		},
		Against: []analysis.ExchangePays{
			{Arm: arms[0].Name, Cost: estimate(99, 117, 130), From: &from}, {Arm: arms[3].Name, Cost: estimate(61, 62, 63), From: &open},
			{Arm: arms[2].Name, Cost: estimate(39, 40, 41), Never: true},
		},
	}
	a.Summary.Exchanges = []analysis.Exchange{one}
	figures := exchangeFigures(&a.Summary)
	if !slices.Equal(names(figures), []string{"exchange"}) || !strings.Contains(figures[0].Alt, "100 µs at 3 requests per token, predicted 100 µs") {
		t.Fatalf("%v: %s", names(figures), figures[0].Alt)
	}
	if svg := svgOf(t, figures[0]); strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || !strings.Contains(svg, "requests per token") {
		t.Error("it is not drawn whole")
	}
	a.Summary.Exchanges = append(a.Summary.Exchanges, one)
	a.Summary.Exchanges[1].Verify = arms[2].Name
	if got := names(exchangeFigures(&a.Summary)); !slices.Equal(got, []string{"exchange-" + arms[1].Name, "exchange-" + arms[2].Name}) {
		t.Errorf("%v", got)
	}
}
