package target

import (
	"testing"

	"authbench/bench"
)

// ownChallenge has a challenge of its own.
type ownChallenge struct{ reader }

func (ownChallenge) Challenge() string { return `charset="UTF-8"` }

func TestChallenges(t *testing.T) {
	const bearer, own = `Bearer realm="authbench"`, `Bearer realm="authbench", charset="UTF-8"`
	for reason, want := range map[bench.Reason]string{
		bench.ReasonMissing: bearer, bench.ReasonDuplicate: bearer + `, error="invalid_request"`,
		bench.ReasonScope: bearer + `, error="insufficient_scope"`, bench.ReasonExpired: bearer + `, error="invalid_token"`,
		bench.ReasonBadProof: bearer + `, error="invalid_dpop_proof"`, bench.ReasonReplayed: bearer + `, error="invalid_dpop_proof"`,
	} {
		c := challengesFor(reader{})
		if got := c.of(reason); got != want {
			t.Errorf("%v: got %s, want %s", reason, got, want)
		}
		c = challengesFor(ownChallenge{})
		if got := c.of(reason); got != own {
			t.Errorf("%v: got %s, want %s", reason, got, own)
		}
	}
}
