package conform

import (
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/method/all"
)

// TestKeysOfIssuers: what fetches its keys forgets one that its issuer removed, in the
// time that it promises, and takes it again: the cases that follow need it.
func TestKeysOfIssuers(t *testing.T) {
	catalogue, err := builtin(t).Select([]string{"CACHE-05", "CACHE-07", "NONE-03"})
	if err != nil {
		t.Fatal(err)
	}
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks"}}
	score, err := NewHarness(all.Catalogue(), catalogue, 1).Score(t.Context(), m, Process, Wire)
	if err != nil {
		t.Fatal(err)
	}
	if c := score.Count(All); c.Passed != 3 {
		t.Errorf("%+v: %+v", c, score.Verdicts)
	}
	for _, v := range score.Verdicts {
		if v.Case.ID == "CACHE-05" && v.Runs != 2 {
			t.Errorf("%d runs of %s, want one per surface", v.Runs, v.Case.ID)
		}
	}
}

// TestLongMemory: nobody waits for what takes longer than an examination may.
func TestLongMemory(t *testing.T) {
	catalogue, err := builtin(t).Select([]string{"CACHE-05"})
	if err != nil {
		t.Fatal(err)
	}
	m := bench.Method{ID: "jwt", Params: bench.Params{"alg": "ES256", "keys": "jwks", "cache_size": 10, "cache_ttl": "60s"}}
	score, err := NewHarness(all.Catalogue(), catalogue, 1).Score(t.Context(), m, Process)
	if err != nil {
		t.Fatal(err)
	}
	if v := score.Verdicts[0]; v.Status != Skipped || !strings.Contains(v.Skips[0], "longer than") {
		t.Errorf("%+v", v)
	}
}
