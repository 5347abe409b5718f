package serve

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
)

// revoking is a result of a real run with episodes.
const revoking = "../../../results/published/2026-11-30-revocation"

// TestEpisodeNow: a page names each episode of a real run while it goes on, though the run writes
// nothing then, and says how far its plan is; none before, and none after the last.
func TestEpisodeNow(t *testing.T) {
	run, err := result.ReadFile(filepath.Join(revoking, result.FileName))
	if err != nil {
		t.Fatal(err)
	}
	all, footer := run.Episodes, run.Footer
	if len(all) < 10 || episodeNow(run, 0) != "" {
		t.Fatalf("%d episodes; after the run: %q", len(all), episodeNow(run, 0))
	}
	run.Footer = nil
	for n, next := range all {
		run.Episodes = all[:n]
		before := 0 // taken back in earlier starts of the same servers
		for _, e := range all[:n] {
			if e.Episode == next.Episode && e.Arm == next.Arm {
				before += len(e.Revocations)
			}
		}
		begins := fmt.Sprintf("Episode %s of %s, arm ", next.Episode, next.Arm)
		at := func(since time.Duration, taken int) {
			t.Helper()
			got := episodeNow(run, since)
			if !strings.HasPrefix(got, begins) || !strings.Contains(got, fmt.Sprintf(" %d of 40 credentials are taken back by now", taken)) {
				t.Errorf("after %d records and %v: %q, want %d of %s of %s", n, since, got, taken, next.Episode, next.Arm)
			}
		}
		at(0, before)
		half := len(next.Revocations) / 2
		at(time.Duration(next.Revocations[half].Planned), before+half+1)
		at(time.Hour, before+len(next.Revocations))
	}
	run.Episodes = all
	if got := episodeNow(run, 0); got != "" {
		t.Errorf("after the last: %q", got)
	}
	launches := run.Launches
	run.Launches, run.Episodes = launches[:len(launches)-1], nil
	if got := episodeNow(run, 0); got != "" {
		t.Errorf("in the last launch: %q", got)
	}
	run.Launches = launches
	run.Warnings = append(run.Warnings, bench.Warning{Code: bench.WarnTargetLost, Arm: all[0].Arm})
	if got := episodeNow(run, 0); got == "" || strings.Contains(got, " of "+all[0].Arm+",") {
		t.Errorf("of an arm that was lost: %q", got)
	}
	run.Footer = footer
}

// TestEpisodesSoFar: what is over stands on the page with what became of it.
func TestEpisodesSoFar(t *testing.T) {
	run := &result.Run{Episodes: []bench.EpisodeRecord{
		{Episode: "worst", Arm: "a", Revocations: []bench.Revocation{{Acknowledged: 1, Refused: 2e6}, {Acknowledged: 3, Refused: 5e6}, {Acknowledged: 4}, {Failed: "it was not let in before"}}},
		{Episode: "worst", Arm: "b", Failed: "the server ended"},
	}}
	rows := episodesSoFar(run)
	if len(rows) != 2 || rows[0] != (episodeRow{Episode: "worst", Arm: "a", Taken: 3, Refused: 2, Longest: "5.00 ms"}) || rows[1].Failed != "the server ended" {
		t.Errorf("%+v", rows)
	}
}

// TestPageOfEpisodes: a page that follows a run says which episode is under way, and has a row
// for each that is over.
func TestPageOfEpisodes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(revoking, result.FileName))
	if err != nil {
		t.Fatal(err)
	}
	const record = `{"kind":"episode",`
	parts := strings.SplitAfterN(string(text), "\n"+record, 4) // up to the third episode
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a", result.FileName), []byte(strings.TrimSuffix(strings.Join(parts[:3], ""), record)))
	body := holds(t, open(t, dir), "/live/a", 200, "Episode worst of ", ", arm 3 of 11: by its plan ", "<h2>Episodes</h2>")
	if got := strings.Count(body, "<td>worst</td>"); got != 2 {
		t.Errorf("%d rows, want 2", got)
	}
}
