package conform

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"authbench/bench"
)

//go:embed testdata/observed.json
var observedText []byte

// TestObserved holds our reading of the catalogue against one that was made apart
// from it: what golang-jwt let in there, with more options than policy stock has,
// policy stock lets in here.
func TestObserved(t *testing.T) {
	var observed struct {
		Cases map[string]struct {
			AcceptedBy map[string]string `json:"accepted_by"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(observedText, &observed); err != nil {
		t.Fatal(err)
	}
	failed := map[string]bool{}
	for _, alg := range []string{"HS256", "PS256", "ES256"} {
		m := bench.Method{ID: "jwt", Params: bench.Params{"alg": alg, "engine": "golang-jwt", "policy": "stock"}}
		for _, v := range scoreOf(t, m).Failed() {
			failed[v.Case.ID] = true
		}
	}
	compared := 0
	for _, c := range builtin(t).Cases {
		accepted := observed.Cases[c.ID].AcceptedBy["golang-jwt"]
		if accepted == "" || strings.HasPrefix(accepted, "0 ") || c.Expect.Outcome != outcomeReject {
			continue
		}
		compared++
		if !failed[c.ID] {
			t.Errorf("%s: golang-jwt was seen to accept %s; here it does not", c.ID, accepted)
		}
	}
	if compared < 8 {
		t.Errorf("only %d cases were compared", compared)
	}
}
