package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"time"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// armMetrics estimates the figures of an arm's processes, over all its loads.
func (s *runData) armMetrics(arm string) map[string]Estimate {
	out := map[string]Estimate{}
	for name, v := range s.armValues(arm) {
		out[name] = absolute(v)
	}
	maps.Copy(out, s.keyMetrics(arm))
	maps.Copy(out, s.revocation(arm))
	return out
}

// armValues returns those figures' values by launch.
func (s *runData) armValues(arm string) map[string][]float64 {
	values := map[string][]float64{}
	add := func(name string, v float64) {
		if finite(v) {
			values[name] = append(values[name], v)
		}
	}
	for _, launch := range s.launches {
		for _, a := range launch.Arms {
			if a.Arm != arm {
				continue
			}
			if a.PSS > 0 {
				add("memory_bytes", float64(a.PSS))
			}
			for name, pss := range a.BackendPSS {
				add(limit.BackendMemory(name), float64(pss))
			}
			if n := a.Counters; n != nil {
				add("allocations_per_request", quotient(float64(n.Allocs), float64(n.Requests)))
				add("allocated_bytes_per_request", quotient(float64(n.AllocBytes), float64(n.Requests)))
				add("gc_cycles_per_second", quotient(float64(n.GCCycles), s.visited(arm, launch.Launch).Seconds()))
				if c := n.Store; c != nil {
					add("store_lookups_per_request", quotient(float64(c.Lookups), float64(n.Requests)))
					add("store_wait_share", quotient(float64(c.Waits), float64(c.Lookups)))
				}
				for name, share := range lookupShares(s.lookups(arm, launch.Launch, n.Lookups)) {
					add(name, share)
				}
				if n.KeySet != nil {
					add("key_fetches_per_second", quotient(float64(n.KeySet.Fetches), s.span(launch).Seconds()))
				}
			}
		}
	}
	return values
}

// lookups are those of an arm's cache in the slices of a launch that its cost is of; whole,
// those of the launch, where its slices have none: those of a filter, or of an older result.
func (s *runData) lookups(arm string, launch int, whole bench.Lookups) bench.Lookups {
	load, ok := costLoad(s.run.Header.Scenario.Loads)
	if !ok {
		return whole
	}
	for _, b := range s.cells[cellKey{arm, load}].blocks {
		if b.launch == launch {
			return cmp.Or(b.lookups, whole)
		}
	}
	return whole
}

// lookupShares are the shares of the lookups that a cache or a filter before the store
// or the engine answered; none where there is neither.
func lookupShares(l bench.Lookups) map[string]float64 {
	asked := float64(l.Hits + l.Misses + l.Filtered)
	if asked == 0 {
		return nil
	}
	return map[string]float64{
		"cache_hit_share": float64(l.Hits) / asked, "cache_negative_share": float64(l.Negative) / asked,
		"cache_miss_share": float64(l.Misses) / asked, "cache_coalesced_share": float64(l.Coalesced) / asked,
		"filtered_share": float64(l.Filtered) / asked,
	}
}

// visited is for how long an arm was under load in a launch: its server idles
// while others are visited.
func (s *runData) visited(arm string, launch int) time.Duration {
	var total time.Duration
	for _, slice := range s.run.Slices {
		if slice.Arm == arm && slice.Launch == launch {
			total += time.Duration(slice.Warmed) + s.run.Header.Scenario.Settle.Std() + time.Duration(slice.Measured)
		}
	}
	return total
}

// span is how long the slices of a launch took, with what lies between them: the
// time in which its servers had requests.
func (s *runData) span(launch bench.Launch) time.Duration {
	end := launch.Start + launch.Length
	first := end
	for _, slice := range s.run.Slices {
		if slice.Launch == launch.Launch {
			first = min(first, slice.Start)
		}
	}
	return time.Duration(end - first)
}

// keyMetrics are the counts of an arm whose server fetches its keys: what failed, and
// how replacements of the key went, over all launches.
func (s *runData) keyMetrics(arm string) map[string]Estimate {
	fetches, failed, replaced, learned, unlearned := false, int64(0), 0, int64(0), false
	for _, launch := range s.launches {
		for _, a := range launch.Arms {
			if a.Arm != arm {
				continue
			}
			if n := a.Counters; n != nil && n.KeySet != nil {
				fetches = true
				failed += n.KeySet.Failed
			}
			if r := a.Rotation; r != nil && r.Used {
				replaced++
				learned, unlearned = max(learned, r.Learned), unlearned || r.Learned == 0
			}
		}
	}
	out := map[string]Estimate{}
	if fetches {
		out["failed_key_fetches"] = Estimate{Value: float64(failed)}
	}
	if replaced > 0 {
		out["key_replacements"] = Estimate{Value: float64(replaced)}
	}
	if replaced > 0 && !unlearned {
		out["new_key_learned_us"] = Estimate{Value: float64(learned) / 1e3}
	}
	return out
}

// replacementWarnings warns where launches were too short for the replacement of a key.
func (s *runData) replacementWarnings(arm string) []bench.Warning {
	short := 0
	for _, launch := range s.launches {
		for _, a := range launch.Arms {
			if a.Arm == arm && a.Rotation != nil && !a.Rotation.Used {
				short++
			}
		}
	}
	if short == 0 {
		return nil
	}
	return []bench.Warning{{Code: codeNoReplacement, Level: bench.Suspicious, Arm: arm, Text: fmt.Sprintf(
		"%d of %d launches ended before clients used the issuer's new key, and show nothing of its replacement: use more rounds, or a shorter rotation", short, len(s.launches))}}
}
