package conform

import (
	"strings"
	"testing"
)

// The legend explains each failure that makes no method unsafe, and nothing else: there
// are words for all of them.
func TestLegendExplainsWhatDoesNotGate(t *testing.T) {
	for _, status := range []Status{Passed, Failed, Skipped, Undecided} {
		for _, i := range impacts() {
			score := &Score{Verdicts: []CaseResult{{Case: &Case{Impact: i}, Status: status}}}
			var out strings.Builder
			if err := Legend(&out, []*Score{score, {}}); err != nil {
				t.Fatal(err)
			}
			explained := i.meaning() != "" && strings.Contains(out.String(), string(i)) && strings.Contains(out.String(), i.meaning())
			if want := status == Failed && !i.gating(); explained != want || (out.Len() > 0) != want {
				t.Errorf("%s, %s: %q", i, status, out.String())
			}
		}
	}
}
