package validity

import (
	"fmt"
	"math"
	"time"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// stealLimits bound the share of CPU time that the hypervisor gave to others. Over a launch,
// /proc/stat, which counts ticks, cannot tell less than 1 % from zero. Above 10 %, others have
// replaced the content of the server's CPU caches.
var stealLimits = limits{suspicious: 0.01, void: 0.10}

// pressureLimits bound the share of the time of open loads in which something waited for a
// CPU. With a server at half its capacity and nothing else on the machine it is 0.19 to 0.21
// in each launch: mostly the monitor thread of the Go runtime, which waits for the other
// threads. With a compiler running as well it was 0.31 to 0.74. It voids nothing, because it
// does not tell who waited.
var pressureLimits = limits{suspicious: 0.25, void: math.Inf(1)}

// Launch returns what is doubtful about one launch, given its slices.
func Launch(l bench.Launch, taken []bench.Slice) []bench.Warning {
	var out []bench.Warning
	for _, f := range launchFindings(l, withoutProbes(taken)) {
		out = append(out, f.Warning)
	}
	return out
}

func launchFindings(l bench.Launch, taken []bench.Slice) []finding {
	launchChecks := []func(bench.Launch, []bench.Slice) []finding{steal, throttled, cpuPressure, delivered, clipped}
	var out []finding
	for _, check := range launchChecks {
		for _, f := range check(l, taken) {
			f.Launch = l.Launch
			out = append(out, f)
		}
	}
	return out
}

func steal(l bench.Launch, _ []bench.Slice) []finding {
	level := stealLimits.level(l.Noise.Steal)
	if level == "" {
		return nil
	}
	return []finding{{bench.Warning{Code: CodeSteal, Level: level, Text: fmt.Sprintf(
		"the hypervisor took %s of the CPU time; run again when the host is quieter, or on a machine of your own", unit.About(l.Noise.Steal))}, l.Noise.Steal}}
}

// throttled finds launches that a CPU quota held back: they measure the quota.
func throttled(l bench.Launch, _ []bench.Slice) []finding {
	if l.Noise.Throttled == 0 {
		return nil
	}
	return []finding{{bench.Warning{Code: CodeThrottled, Level: bench.Void, Text: fmt.Sprintf(
		"the control group's CPU quota held the run back for %v; raise the quota or give the container whole CPUs", time.Duration(l.Noise.Throttled))}, float64(l.Noise.Throttled)}}
}

// cpuPressure finds launches whose open loads had to wait for CPUs. An open load leaves the server
// spare time, unless others take it.
func cpuPressure(l bench.Launch, _ []bench.Slice) []finding {
	level := pressureLimits.level(l.Noise.Pressure)
	if level == "" {
		return nil
	}
	return []finding{{bench.Warning{Code: CodePressure, Level: level, Text: fmt.Sprintf(
		"in %s of the time under open load something that could have run waited for a CPU (at most %s); stop what else runs here, or give the servers more CPUs (cpus.server)",
		unit.About(l.Noise.Pressure), unit.About(pressureLimits.suspicious))}, l.Noise.Pressure}}
}

// delivered finds requests of counted slices that were not sent.
func delivered(_ bench.Launch, taken []bench.Slice) []finding {
	var out []finding
	for _, g := range byArmAndLoad(withoutRamps(taken)) {
		var missing, scheduled int64
		for _, s := range g.slices {
			missing += Unsent(s)
			scheduled += s.Scheduled
		}
		if missing > 0 {
			out = append(out, g.finding(CodeDelivered, bench.Suspicious, float64(missing), fmt.Sprintf(
				"%d of %d requests were due and not sent: no connection was free; lower the rate or the utilisation, or use more connections", missing, scheduled)))
		}
	}
	return out
}

// clipped finds times beyond the histograms' range. Every figure that includes them is wrong.
func clipped(_ bench.Launch, taken []bench.Slice) []finding {
	var out []finding
	for _, g := range byArmAndLoad(taken) {
		var n int64
		for _, s := range g.slices {
			n += s.Clipped
		}
		if n > 0 {
			out = append(out, g.finding(CodeClipped, bench.Void, float64(n), fmt.Sprintf(
				"%d times lay beyond the histograms' range; shorten the load's timeout", n)))
		}
	}
	return out
}
