package main

import (
	"testing"

	"authbench/internal/judge/analysis"
	"authbench/internal/method/all"
	"authbench/internal/scenario"
)

// Every shipped scenario has launches enough to tell the arms of its contrasts apart.
func TestLaunchesAreEnoughForTheContrasts(t *testing.T) {
	declared := 0
	for _, info := range scenario.List() {
		s, err := scenario.Load(info.Name, scenario.Changes{}, all.Catalogue())
		if err != nil {
			t.Error(err)
			continue
		}
		declared += len(s.Contrasts)
		if most := analysis.Separable(s.Launches); len(s.Contrasts) > most {
			t.Errorf("%s: %d launches tell the arms of %d contrasts apart at most, and it has %d", s.Name, s.Launches, most, len(s.Contrasts))
		}
	}
	if declared == 0 {
		t.Error("no shipped scenario declares contrasts")
	}
}
