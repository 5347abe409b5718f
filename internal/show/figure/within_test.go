package figure

import (
	"testing"

	"authbench/internal/judge/analysis"
)

// How far a 95th percentile is known is said in the same words wherever it stands.
func TestWithin(t *testing.T) {
	at := func(v float64) *float64 { return &v }
	for name, c := range map[string]struct {
		one         analysis.Staleness
		text, known string
	}{
		"all at once":                {analysis.Staleness{Revocations: 40, AtOnce: 40, P95: analysis.Estimate{Lo: at(0)}}, "at once", "at most 7.2 % later"},
		"all of many at once":        {analysis.Staleness{Revocations: 200, AtOnce: 200, P95: analysis.Estimate{Lo: at(0), Hi: at(0)}}, "at once", ""},
		"most at once":               {analysis.Staleness{Revocations: 40, AtOnce: 39, P95: analysis.Estimate{Lo: at(0)}}, "at once", "or more"},
		"some at once":               {analysis.Staleness{Revocations: 40, AtOnce: 37, P95: analysis.Estimate{Value: 548, Lo: at(0)}}, "548 µs", "or more"},
		"few":                        {analysis.Staleness{Revocations: 40, P95: analysis.Estimate{Value: 1.01e6, Lo: at(1e6)}}, "1.01 s", "at least 1.00 s"},
		"equal as they are printed":  {analysis.Staleness{Revocations: 20, P95: analysis.Estimate{Value: 30e6, Lo: at(30e6)}}, "30.0 s", "at least 30.0 s"},
		"enough":                     {analysis.Staleness{Revocations: 200, P95: analysis.Estimate{Value: 1e6, Lo: at(0.98e6), Hi: at(1.02e6)}}, "1.00 s", "0.98 – 1.02 s"},
		"an upper end alone":         {analysis.Staleness{Revocations: 200, P95: analysis.Estimate{Value: 1e6, Hi: at(1.02e6)}}, "1.00 s", "at most 1.02 s"},
		"longer than anybody waited": {analysis.Staleness{Revocations: 2, Longer: 2, Works: []float64{15e6, 15e6}, P95: analysis.Estimate{Value: 15e6}}, "longer than 15.0 s", ""},
	} {
		if text, known := Within(c.one); text != c.text || known != c.known {
			t.Errorf("%s: %q, %q, want %q, %q", name, text, known, c.text, c.known)
		}
	}
}
