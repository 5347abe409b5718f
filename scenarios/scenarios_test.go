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

// TestFullSizes: what a scenario has under full can be applied.
func TestFullSizes(t *testing.T) {
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range names {
		name := strings.TrimSuffix(file, ".yaml")
		s, err := scenario.Load(name, scenario.Changes{}, all.Catalogue())
		if err != nil || len(s.Full) == 0 {
			continue
		}
		found++
		full, err := scenario.Load(name, scenario.Changes{Full: true}, all.Catalogue())
		if err != nil || full.Duration(all.Catalogue().Facts) <= s.Duration(all.Catalogue().Facts) {
			t.Errorf("%s in its full size takes %v, usually %v (%v)", name, full.Duration(all.Catalogue().Facts), s.Duration(all.Catalogue().Facts), err)
		}
	}
	if found == 0 {
		t.Error("no scenario has a full size: the test looks in the wrong place")
	}
}

// TestStockArmsAreShown: policy stock fails the attack catalogue. A scenario that has
// such an arm wants its figures, which only safety: shown keeps.
func TestStockArmsAreShown(t *testing.T) {
	names, err := fs.Glob(scenarios.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stock := 0
	for _, file := range names {
		s, err := scenario.Load(strings.TrimSuffix(file, ".yaml"), scenario.Changes{}, all.Catalogue())
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
