package scenarios_test

import (
	"io/fs"
	"strings"
	"testing"

	"authbench/bench"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
	"authbench/scenarios"
)

// TestStockArmsAreShown: policy stock fails the attack catalogue. A scenario that has
// such an arm wants its figures, which only safety: shown keeps.
func TestStockArmsAreShown(t *testing.T) {
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stock := 0
	for _, file := range names {
		s, err := scenario.Load(strings.TrimSuffix(file, ".yaml"), nil, all.Catalogue())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range s.Arms {
			if a.Method.Params.Text("policy") != "stock" {
				continue
			}
			stock++
			if s.Safety != bench.SafetyShown {
				t.Errorf("%s has the stock arm %s, and safety: %s", file, a.Name, s.Safety)
			}
		}
	}
	if stock == 0 {
		t.Error("no scenario has a stock arm: the test looks in the wrong place")
	}
}
