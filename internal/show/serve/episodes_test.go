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
		begins := fmt.Sprintf("Episode %s of %s, arm ", next.Episode, next.Arm)
		if got := episodeNow(run, 0); !strings.HasPrefix(got, begins) || !strings.Contains(got, " 0 of 40 credentials are taken back by now") {
			t.Errorf("after %d episodes: %q, and then came %s of %s", n, got, next.Episode, next.Arm)
		}
		half := time.Duration(next.Revocations[19].Planned)
		if got := episodeNow(run, half); !strings.Contains(got, " 20 of 40 credentials are taken back by now") {
			t.Errorf("%s of %s after %v: %q", next.Episode, next.Arm, half, got)
		}
		if got := episodeNow(run, time.Hour); !strings.Contains(got, " 40 of 40 credentials are taken back by now; about 0s of it left") {
			t.Errorf("%s of %s much later: %q", next.Episode, next.Arm, got)
		}
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
