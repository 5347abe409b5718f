package report

import (
	"bytes"
	"strings"
	"testing"

	"authbench/internal/judge/analysis"
)

// How long a revoked credential works stands in the first paragraph, and beside the
// gain in a table of its own.
func TestRevocations(t *testing.T) {
	s := &sample().Summary
	if text := revocations(s); text != "" || len(revocationTableOf(s).Columns) != 0 {
		t.Errorf("a run without revocations says %q", text)
	}
	for i, e := range map[int]analysis.Estimate{1: within(310, 0, 310), 2: within(10_004_000, 9_994_000, 10_004_000)} {
		s.Arms[i].Metrics[revokedMetric.name] = e
	}
	s.Arms[2].Metrics[hitsMetric.name] = within(0.8, 0.79, 0.81)
	at, later := s.Arms[1].Name, s.Arms[2].Name
	text := strings.ReplaceAll(wordsOf(s).Answer[0], "\u00a0", " ")
	if want := "In one trial for each arm, a credential that was taken back was refused from the next request on with " + at + ", and went on working for 10.0 s with " + later + "."; !strings.HasSuffix(text, want) {
		t.Errorf("the answer lacks %q:\n%s", want, text)
	}
	var out bytes.Buffer
	if err := Terminal(&out, s, TerminalOptions{Width: 160}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"works on for", "no longer", "10.0 s", "80.0 %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}
