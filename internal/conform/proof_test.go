package conform

import (
	"slices"
	"testing"

	"authbench/bench"
	"authbench/internal/method"
	"authbench/internal/method/methodtest"
)

// TestProofsAreExamined, in process and over the wire: a method whose credentials hold for one
// request passes what any method must pass, and each fault about its proofs is found.
func TestProofsAreExamined(t *testing.T) {
	for fault, want := range map[methodtest.TicketFault][]string{
		methodtest.NoFault:     nil,
		methodtest.Forgets:     {"PROOF-02"},
		methodtest.IgnoresPath: {"PROOF-01", "TICKET-01"},
		methodtest.NoProof:     {"PROOF-01", "PROOF-02", "TICKET-01", "TICKET-02"},
		methodtest.EmptyKey:    {"TICKET-01"},
		methodtest.FirstOnly:   {"TICKET-02"},
	} {
		unsafe := want != nil && fault != methodtest.FirstOnly // a carrier is counted
		h := NewHarness(method.Catalogue{methodtest.Ticket(fault)}, builtin(t), 1)
		for _, s := range []Surface{Process, Wire} {
			score, err := h.Score(t.Context(), bench.Method{ID: "ticket"}, s)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range score.Failed() {
				got = append(got, v.Case.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) || len(score.Verdicts) < 20 || score.Unsafe() != unsafe {
				t.Errorf("fault %v, %s: %d verdicts, failed are %v, want %v", fault, s, len(score.Verdicts), got, want)
			}
		}
	}
}
