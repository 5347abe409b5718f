package validity

import (
	"fmt"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// idleLimits bound the share of its CPU time that a server under a closed load did not use:
// costs and throughput are reported as those at saturation. In a quiet run of five arms and
// ten launches the share was 0 to 7 % of a launch, 1.5 % at the median. With a busy loop on
// the server's CPU it was 14 to 30 % in a run of two arms and six launches, and up to 80 % in
// others, where an arm cost twice as much because it lost its caches. For arms with Redis or
// PostgreSQL, whose CPU time counts, it was 0 to 1 %.
var idleLimits = limits{suspicious: 0.10, void: 0.30}

// mostOverused is by how much, as a share, a server may seem to use more CPU time than its
// CPUs have, because clocks are read some microseconds before or after a slice of 100 ms.
const mostOverused = 0.05

// minSaturatingConnections is how many connections keep a server busy while answers are on their
// way: one does not.
const minSaturatingConnections = 8

// usage is what a server used of its CPUs in the closed slices of one launch.
type usage struct {
	group
	launch int
	// share is the part of the CPU time that its CPUs have, its store's part included.
	share float64
	// pressure is the share of the time in which something waited for a CPU.
	pressure float64
}

// saturation judges which share of their CPU time servers used under closed loads, launch by
// launch. The share is the product of throughput per core and CPU per request. If it is not
// one, the two figures contradict each other, and every such server gets a remark.
func saturation(r run) []finding {
	var out []finding
	for _, u := range r.usages() {
		var f finding
		level := idleLimits.level(1 - u.share)
		switch {
		case u.share > 1+mostOverused:
			f = u.finding(CodeUnconfined, bench.Suspicious, u.share, fmt.Sprintf(
				"its server used %s of the CPU time that its CPUs have: it ran on others, too, and its throughput per core is that of more than one; leave its processes on the CPUs that they are started on, or give it more (cpus.server)",
				unit.About(u.share)))
		case level == "":
		case r.shouldSaturate(u.slices[0]):
			f = u.finding(CodeUnsaturated, level, 1-u.share, fmt.Sprintf(
				"its server used %s of its CPU time under the closed load, not nearly all of it: something else ran on its CPUs, or the generator could not keep it busy; stop what else runs here, or give the server CPUs of its own (cpus.server); its costs and its throughput are not those at saturation",
				unit.About(u.share)))
		default:
			f = u.finding(CodeUnsaturated, bench.Info, 1-u.share, fmt.Sprintf(
				"its server used %s of its CPU time under the closed load and waited for the rest of it: its throughput per core is lower than its CPU per request would allow; more connections may show what a core can do",
				unit.About(u.share)))
		}
		if f.Code != "" {
			f.Launch = u.launch
			out = append(out, f)
		}
	}
	return out
}

// usages are those of arms under closed loads whose CPU time is known. It leaves out arms that
// are too slow for their load: they are measured over one connection and have no throughput.
func (r run) usages() []usage {
	cpus := float64(max(1, len(r.header.Host.ServerCPUs)))
	var out []usage
	for _, l := range r.launches {
		var taken []bench.Slice
		for _, s := range r.slices {
			if s.Launch == l.Launch && s.Scheduled == 0 && s.Rate == 0 && s.Connections == r.connections(s.Load) && r.info(s.Arm).HasCPU {
				taken = append(taken, s)
			}
		}
		for _, g := range byArmAndLoad(taken) {
			var used, measured int64
			var waited float64
			for _, s := range g.slices {
				used += s.ServerCPU
				for _, b := range s.Backends {
					used += b.CPU
				}
				measured += s.Measured
				waited += s.Pressure * float64(s.Measured)
			}
			if measured > 0 {
				out = append(out, usage{g, l.Launch, float64(used) / (float64(measured) * cpus), waited / float64(measured)})
			}
		}
	}
	return out
}

// connections is the planned number of connections of a load.
func (r run) connections(load string) int {
	for _, l := range r.header.Scenario.Loads {
		if l.Name == load {
			return l.Connections
		}
	}
	return 0
}

// info is what the header says of an arm.
func (r run) info(arm string) bench.ArmInfo {
	for _, info := range r.header.Arms {
		if info.Name == arm {
			return info
		}
	}
	return bench.ArmInfo{}
}

// replicated reports whether several servers of an arm share their CPUs.
func (r run) replicated(arm string) bool {
	return slices.ContainsFunc(r.header.Scenario.Arms, func(a bench.Arm) bool { return a.Name == arm && a.Servers() > 1 })
}

// shouldSaturate reports whether a closed load is to keep the CPUs of a slice's server busy,
// because it has nothing else to wait for. Arms whose stores are far away, or of which
// the CPU time is not known, wait for those; a user's own server may not be able to use
// all of its CPUs.
func (r run) shouldSaturate(s bench.Slice) bool {
	if s.Connections < minSaturatingConnections {
		return false
	}
	for _, a := range r.header.Scenario.Arms {
		if a.Name == s.Arm && (a.Target != nil || a.Method.Params["latency"] != nil) {
			return false
		}
	}
	return !slices.ContainsFunc(r.info(s.Arm).Backends, func(b bench.Backend) bool { return b.Awaited && !b.HasCPU })
}

// closedPressureLimits bound the share of the time of closed loads in which something waited
// for a CPU. On a quiet machine with two CPUs it was 0.03 to 0.05 for nine arms, and 0.20 in
// the worst of 135 slices of 0.1 s. With a busy loop on the server's CPU it was 0.50 to 0.66 in
// each of 50 slices, even if the server kept 0.86 of its CPU. (The kernel takes the mean over
// the CPUs that are not idle; nothing ever waits for the generator's.) It voids nothing,
// because it does not tell who waited.
var closedPressureLimits = limits{suspicious: 0.25, void: math.Inf(1)}

// closedPressure judges how long something waited for a CPU under closed loads. It leaves out
// arms with a store, which must wait while the server runs (0.21 to 0.34, with Redis and
// PostgreSQL), and arms with replicas (0.53, three on one CPU).
func closedPressure(r run) []finding {
	var out []finding
	for _, u := range r.usages() {
		level := closedPressureLimits.level(u.pressure)
		if level == "" || !r.shouldSaturate(u.slices[0]) || r.info(u.arm).Awaits() || r.replicated(u.arm) {
			continue
		}
		f := u.finding(CodePressure, level, u.pressure, fmt.Sprintf(
			"in %s of the time under the closed load something that could have run waited for a CPU (at most %s); stop what else runs here, or give the servers CPUs of their own (cpus.server)",
			unit.About(u.pressure), unit.About(closedPressureLimits.suspicious)))
		f.Launch = u.launch
		out = append(out, f)
	}
	return out
}
