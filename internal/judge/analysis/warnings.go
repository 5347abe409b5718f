package analysis

import (
	"cmp"
	"fmt"
	"slices"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
)

// The codes of warnings that come from the analysis itself.
const (
	codeFewSamples    = "few_samples"
	codeFewLaunches   = "few_launches"
	codeNoLaunches    = "no_launches"
	codeUnfinished    = "unfinished"
	codeNotRestarted  = "not_restarted"
	codeNotComparable = "not_comparable"
	codeSlowArm       = "slow_arm"
	codeOnlyBad       = "only_bad"
	codeNoCapacity    = "no_capacity"
	codeNoReplacement = "no_replacement"
	codeNotExamined   = "not_examined"

	codeOffTheLaw      = "off_the_law"
	codeOtherHitRate   = "other_hit_rate"
	codeCacheInTurns   = "cache_in_turns"
	codeStoreFailed    = "store_failed"
	codeStoreUnmetered = "store_unmetered"
	codePoolWaits      = "pool_waits"
	codeLatencyAdded   = "latency_added"
)

// voided says what the warnings make void.
type voided struct {
	arms  map[string]bench.Warning // whole arms, by the first warning
	loads map[cellKey]bool         // latencies of an arm under one load
	costs map[cellKey]bool         // costs and throughput of an arm under one load
}

func findVoid(warnings []bench.Warning) voided {
	v := voided{map[string]bench.Warning{}, map[cellKey]bool{}, map[cellKey]bool{}}
	for _, w := range warnings {
		if w.Level != bench.Void || w.Arm == "" {
			continue
		}
		if w.Load != "" {
			v.loads[cellKey{w.Arm, w.Load}] = true
			if w.Code == validity.CodeUnsaturated {
				v.costs[cellKey{w.Arm, w.Load}] = true
			}
			continue
		}
		// A credential that is let in wrongly outweighs whatever else happened to the arm.
		if before, known := v.arms[w.Arm]; !known || letsIn(w) && !letsIn(before) {
			v.arms[w.Arm] = w
		}
	}
	return v
}

// letsIn reports whether a warning is about a bad credential that was let in, or about one that
// was taken back and worked on for longer than the method promises.
func letsIn(w bench.Warning) bool {
	return w.Code == validity.CodeFalseAccepts || w.Code == bench.WarnStillAccepted
}

// status says what became of an arm.
func (v voided) status(arm, skipped string, measured bool) (ArmStatus, string) {
	w, void := v.arms[arm]
	switch {
	case skipped != "":
		return ArmSkipped, skipped
	case void && letsIn(w):
		return ArmUnsafe, w.Text
	case void:
		return ArmFailed, w.Text
	case !measured:
		return ArmSkipped, "no launch with it was measured whole"
	}
	return ArmOK, ""
}

// judge sums the warnings up. One void arm leaves the others usable, unless it
// is the one that they are compared with.
func judge(warnings []bench.Warning, baseline string) result.Validity {
	worst := result.Valid
	for _, w := range warnings {
		whole := w.Arm == "" || w.Arm == baseline && w.Load == ""
		switch {
		case w.Level == bench.Void && whole:
			return result.Invalid
		case w.Level == bench.Void, w.Level == bench.Suspicious:
			worst = result.Suspicious
		}
	}
	return worst
}

// ending says how a run ended.
func ending(r *result.Run) (bench.Status, string) {
	if r.Footer == nil {
		return bench.Interrupted, "cut off: the harness was killed"
	}
	return r.Footer.Status, r.Footer.Reason
}

// unfinished is the first warning of a run that did not complete. It is never nil:
// in JSON, no warnings are an empty list.
func (s *runData) unfinished(status bench.Status, reason string) []bench.Warning {
	if status == bench.Completed {
		return []bench.Warning{}
	}
	text := string(status)
	if reason != "" {
		text += " (" + reason + ")"
	}
	return []bench.Warning{{Code: codeUnfinished, Level: bench.Suspicious, Text: fmt.Sprintf(
		"the run was %s: what follows is from %d of %d launches; run again for the rest", text, len(s.launches), s.run.Header.Scenario.Launches)}}
}

// byLevel sorts what matters most to the front, what concerns the whole run before
// what concerns an arm, and leaves out the kind of record, which says nothing in a
// list of warnings.
func byLevel(warnings []bench.Warning) []bench.Warning {
	order := []bench.Level{bench.Void, bench.Suspicious, bench.Info}
	slices.SortStableFunc(warnings, func(a, b bench.Warning) int {
		return cmp.Or(
			cmp.Compare(slices.Index(order, a.Level), slices.Index(order, b.Level)),
			cmp.Compare(min(len(a.Arm), 1), min(len(b.Arm), 1)),
		)
	})
	for i := range warnings {
		warnings[i].Kind = ""
	}
	return warnings
}
