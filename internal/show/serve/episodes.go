package serve

import (
	"fmt"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/text/unit"
	"authbench/internal/text/usertext"
)

// episodeRow is what an arm's episode found, which is over.
type episodeRow struct {
	Episode, Arm string
	// Taken of the credentials were taken back, and Refused of these in the end, the last of
	// them after Longest.
	Taken, Refused int
	Longest        string
	Failed         string
}

// episodesSoFar are those of a run that are over, in the order in which they were.
func episodesSoFar(run *result.Run) (rows []episodeRow) {
	for _, e := range bench.MergeEpisodes(run.Episodes) {
		row := episodeRow{Episode: usertext.Clean(e.Episode), Arm: usertext.Clean(e.Arm), Failed: usertext.Clean(e.Failed), Longest: "–"}
		var longest int64
		for _, r := range e.Revocations {
			if r.Acknowledged > 0 && r.Failed == "" {
				row.Taken++
			}
			if r.Refused > 0 {
				row.Refused++
				longest = max(longest, r.Refused)
			}
		}
		if row.Refused > 0 {
			row.Longest = unit.Duration(float64(longest))
		}
		rows = append(rows, row)
	}
	return rows
}

// episodeNow says which episode is under way, "" for none. The run writes nothing while it is:
// how far it is follows from its plan, and since when from when the run last wrote something.
func episodeNow(run *result.Run, since time.Duration) string {
	s := run.Header.Scenario
	if run.Footer != nil || wholeLaunches(run) < s.Launches {
		return ""
	}
	for i, e := range s.Episodes {
		order := s.EpisodeOrder(run.Header.Seed, i, armsOfEpisode(run, e))
		for n, name := range order {
			info := infoOf(run, name)
			arm := s.Arms[slices.IndexFunc(s.Arms, func(a bench.Arm) bool { return a.Name == name })]
			starts := s.Timelines(run.Header.Seed, i, arm, *info.Facts, info.Credentials)
			turn, ended := turnsOf(run, e, name)
			if ended || turn >= len(starts) {
				continue
			}
			taken := 0
			for _, start := range starts[:turn] {
				taken += len(start.Revocations)
			}
			for _, p := range starts[turn].Revocations {
				if p.At <= since {
					taken++
				}
			}
			whole := e.Length(*info.Facts, arm)
			left := max(0, whole-whole*time.Duration(turn)/time.Duration(len(starts))-since).Round(time.Second)
			return fmt.Sprintf("Episode %s of %s, arm %d of %d: by its plan %d of %d credentials are taken back by now; about %v of it left.",
				usertext.Clean(e.Name), usertext.Clean(name), n+1, len(order), taken, e.Revocations, left)
		}
	}
	return ""
}

// turnsOf are how many starts of an arm's servers are over in an episode; ended says that none
// follows: one failed, or all credentials were taken back, as in results of before there were
// several starts.
func turnsOf(run *result.Run, e bench.Episode, arm string) (turns int, ended bool) {
	taken := 0
	for _, r := range run.Episodes {
		if r.Episode == e.Name && r.Arm == arm {
			turns, taken, ended = turns+1, taken+len(r.Revocations), ended || r.Failed != ""
		}
	}
	return turns, ended || taken >= e.Revocations
}

// armsOfEpisode are the arms that have an episode, in the scenario's order.
func armsOfEpisode(run *result.Run, e bench.Episode) (names []string) {
	for _, a := range run.Header.Scenario.Arms {
		lost := func(w bench.Warning) bool { return w.Code == bench.WarnTargetLost && w.Arm == a.Name }
		if info := infoOf(run, a.Name); info.Takes(e.Event) && info.Facts != nil && !slices.ContainsFunc(run.Warnings, lost) {
			names = append(names, a.Name)
		}
	}
	return names
}

// infoOf is what the run knew of an arm, nothing if it is not in the result.
func infoOf(run *result.Run, arm string) bench.ArmInfo {
	at := slices.IndexFunc(run.Header.Arms, func(i bench.ArmInfo) bool { return i.Name == arm })
	if at < 0 {
		return bench.ArmInfo{Name: arm}
	}
	return run.Header.Arms[at]
}
