package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// idleLimits bound the share of its CPUs that a server under a closed load did not use.
// Costs and throughput are said to be those at saturation. In a quiet run of five arms
// and ten launches a launch's share was 0 to 7 %, 1.5 % at the median. With one busy loop
// on the server's CPU it was 14 to 30 % in a run of two arms and six launches, and up to
// 80 % in others, where an arm cost twice as much: others had its caches.
var idleLimits = limits{suspicious: 0.10, void: 0.30}

// saturation judges each launch of the arms under closed loads that have nothing else to
// wait for than their CPUs. Arms whose stores are far away, or of which the CPU time is
// not known, wait for those; a user's own server may not be able to use all of its CPUs.
func saturation(r run) []finding {
	cpus := float64(max(1, len(r.header.Host.ServerCPUs)))
	var out []finding
	for _, l := range r.launches {
		var taken []bench.Slice
		for _, s := range r.slices {
			if s.Launch == l.Launch && s.Scheduled == 0 && s.Rate == 0 && r.saturates(s) {
				taken = append(taken, s)
			}
		}
		for _, g := range byArmAndLoad(taken) {
			var used, measured int64
			for _, s := range g.slices {
				used += s.ServerCPU + s.StoreCPU
				measured += s.Measured
			}
			if measured <= 0 {
				continue
			}
			share := float64(used) / (float64(measured) * cpus)
			level := idleLimits.level(1 - share)
			if level == "" {
				continue
			}
			f := g.finding(CodeUnsaturated, level, 1-share, fmt.Sprintf(
				"its server used %s of its CPU time under the closed load, not nearly all of it: something else ran on its CPUs, or the generator could not keep it busy; its costs and its throughput are not those at saturation; stop what else runs here, or give the server CPUs of its own (cpus.server)",
				unit.About(share)))
			f.Launch = l.Launch
			out = append(out, f)
		}
	}
	return out
}

// saturates reports whether a closed load is to keep the CPUs of a slice's server busy.
func (r run) saturates(s bench.Slice) bool {
	if !s.Counts || s.Connections < leastToSaturate {
		return false
	}
	for _, a := range r.header.Scenario.Arms {
		if a.Name == s.Arm && (a.Target != nil || a.Method.Params["latency"] != nil) {
			return false
		}
	}
	for _, info := range r.header.Arms {
		if info.Name == s.Arm {
			return info.HasCPU && (info.Store == "" || !info.StoreServer || info.StoreCPU)
		}
	}
	return false
}

// leastToSaturate is how many connections keep a server busy while answers are on their
// way: one does not, which arms that are too slow for their load are measured with.
const leastToSaturate = 8
