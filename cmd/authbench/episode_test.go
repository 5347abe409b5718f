package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// episodesFrom runs a scenario with a seed.
func episodesFrom(t *testing.T, scenario string) *result.Run {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	h := start(t, "run", scenario, "--seed", "7", "--out", dir)
	if code := h.code(); code != "0" && code != "3" { // 3 on a noisy machine
		t.Fatalf("exit code %s\n%s", code, h.stderr.String())
	}
	run, err := result.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// whatHappens are a run's episodes in their order, and to which credentials what happens when.
func whatHappens(run *result.Run) (out []string) {
	for _, e := range run.Episodes {
		for _, r := range e.Revocations {
			out = append(out, fmt.Sprintf("%s %s: %d at %v", e.Episode, e.Arm, r.Credential, time.Duration(r.Planned)))
		}
	}
	return out
}

// A run takes credentials back on servers with replicas, at the times that the seed decides, the
// same in another run, and finds that those in memory stop at once, and cached ones after the life of an entry at
// the latest.
func TestEpisodesOfARun(t *testing.T) {
	t.Parallel()
	scenario := tiny(t, `  - {name: replicated, method: {id: apikey}, replicas: 2}
  - {name: asked, method: {id: introspection, cache_size: 100, cache_ttl: 300ms}, replicas: 2}
  - {name: polled, method: {id: jwt, alg: HS256, revocation: polled, poll: 50ms}}
episodes:
  - {name: worst, revocations: 6, spread: 300ms}
  - {name: typical, revocations: 6, client_rate: 20, spread: 300ms}
`)
	text, err := os.ReadFile(scenario)
	if err != nil {
		t.Fatal(err)
	}
	enough := strings.Replace(string(text), "credentials: 40", "credentials: 200", 1)
	if err := os.WriteFile(scenario, []byte(enough), 0o644); err != nil {
		t.Fatal(err)
	}
	run, again := episodesFrom(t, scenario), episodesFrom(t, scenario)
	if first, second := whatHappens(run), whatHappens(again); !slices.Equal(first, second) {
		t.Errorf("the same seed has\n%v\nand\n%v", first, second)
	}
	if len(run.Episodes) != 6+2*6 { // the polling server starts afresh for each of its six revocations
		t.Fatalf("%d records of episodes", len(run.Episodes))
	}
	s := run.Header.Scenario
	for _, e := range run.Episodes {
		index, arm := 0, s.Arms[slices.IndexFunc(s.Arms, func(a bench.Arm) bool { return a.Name == e.Arm })]
		if e.Episode == "typical" {
			index = 1
		}
		facts := result.FactsOf(run.Header, arm)
		plan := s.Timelines(run.Header.Seed, index, arm, facts, 200)[e.Turn]
		if e.Failed != "" || e.Replicas != arm.Servers() || len(e.Revocations) != len(plan.Revocations) || e.Load.Answered == 0 || len(e.Load.Parts) == 0 {
			t.Fatalf("%+v", e)
		}
		for i, r := range e.Revocations {
			if p := plan.Revocations[i]; r.Credential != p.Credential || r.Planned != p.At.Nanoseconds() || r.Ordered < r.Planned {
				t.Errorf("%s, %s: planned %+v, done %+v", e.Episode, e.Arm, p, r)
			}
			if r.Failed != "" || r.Refused == 0 {
				t.Errorf("%s, %s: %+v", e.Episode, e.Arm, r)
			}
			if e.Arm != "asked" && e.Arm != "polled" && r.Accepted != 0 {
				t.Errorf("%s, %s: it worked on in memory: %+v", e.Episode, e.Arm, r)
			}
			if e.Arm == "asked" && e.Episode == "worst" && r.Accepted == 0 {
				t.Errorf("a cached token stopped at once, though it was used just before: %+v", r)
			}
		}
	}
	a, err := analysis.Analyze(run)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Summary.Staleness) != 8 {
		t.Fatalf("%+v", a.Summary.Staleness)
	}
	if asked := a.Summary.Staleness[6]; asked.Groups != 0 || asked.Law == nil || asked.Law.Bound != float64(300*time.Millisecond/time.Microsecond) {
		t.Errorf("%+v", asked)
	}
	if polled := a.Summary.Staleness[7]; polled.Revocations != 6 || polled.Groups != 6 || polled.Law == nil || polled.Law.Judged != 6 {
		t.Errorf("%+v", polled)
	}
}
