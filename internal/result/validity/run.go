package validity

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

const (
	// mostFailures is the share of failed requests that an arm may have. With more, failures
	// decide its p99.9.
	mostFailures = 0.001
	// mostResent is the share of requests that may be sent a second time. A server that
	// closes idle connections sometimes does so while a request is on its way; a server that
	// closes connections instead of answering does it far more often.
	mostResent = 0.05
	// boundLevel is that of a two-sided 95 % interval, whose lower bound is compared, so that
	// a few chance failures in a short run void nothing.
	boundLevel = 0.95

	// mostInvalidPairs is the share of pairs that may be invalid at their first attempt.
	// Repetitions select quieter moments; beyond a twentieth, this selection shapes the result.
	mostInvalidPairs = 0.05
	// unequalLevel is the chance of a false finding that invalidity depends on the arm. Such
	// a finding means that the checks react to the server, and voids the run, so it must
	// hardly ever come by chance.
	unequalLevel = 0.001
)

// generatorLimits bound the busy share of the generator's CPUs under an open
// load, polling excluded. At 70 % a Poisson load already queues in the generator
// (lag); at 85 % it queues more than it measures.
var generatorLimits = limits{suspicious: 0.70, void: 0.85}

// run is what the checks of a whole run look at, without the calibration.
type run struct {
	header   bench.Header
	launches []bench.Launch
	slices   []bench.Slice
	cells    []cell
	// cpus is the number of the generator's CPUs; setting names the option that changes it.
	cpus    float64
	setting string
	// success says which statuses are a success in a load test; nil: the scenario's arms say
	// it. successRemedy is what to do if no request succeeds.
	success       func(status int) bool
	successRemedy string
}

// cell returns an arm's under a load, nil if it has none.
func (r run) cell(arm, load string) *cell {
	i := slices.IndexFunc(r.cells, func(c cell) bool { return c.arm == arm && c.load == load })
	if i < 0 {
		return nil
	}
	return &r.cells[i]
}

// Run returns what is doubtful about a run. Findings that differ only in their launch make one
// warning, which shows the worst. Slices of the calibration are only searched for false
// accepts.
func Run(h bench.Header, launches []bench.Launch, taken []bench.Slice) []bench.Warning {
	out := append(falseAccepts(taken), refreshes(withoutProbes(taken))...)
	r := run{header: h, cpus: float64(max(1, len(h.Host.GeneratorCPUs))), setting: "cpus.generator",
		successRemedy: "look at the target's log, or say with the arm's expect what is right"}
	byLaunch := map[int][]bench.Slice{}
	for _, s := range withoutProbes(taken) {
		if s.Launch > 0 {
			r.slices = append(r.slices, s)
			byLaunch[s.Launch] = append(byLaunch[s.Launch], s)
		}
	}
	for _, l := range launches {
		if l.Launch > 0 {
			r.launches = append(r.launches, l)
		}
	}
	var damaged []finding
	r.cells, damaged = cellsOf(r.slices)
	out = append(out, damaged...)
	runChecks := []func(run) []finding{
		failures, unsolicited, resent, invalidPairs, unequalInvalidity, generatorCPU, lag, lateSends, littlesLaw, saturation, closedPressure, stationarity, independence,
	}
	for _, check := range runChecks {
		out = append(out, check(r)...)
	}
	for _, l := range r.launches {
		out = append(out, launchFindings(l, byLaunch[l.Launch])...)
	}
	return fold(out, len(r.launches))
}

// falseAccepts finds arms that accepted a bad credential, at any time.
func falseAccepts(taken []bench.Slice) []finding {
	var out []finding
	for _, g := range byArm(taken) {
		var n int64
		for _, s := range g.slices {
			n += s.FalseAccepts
		}
		if n > 0 {
			out = append(out, g.finding(CodeFalseAccepts, bench.Void, float64(n), fmt.Sprintf(
				"let %d bad credentials in (forged, revoked, expired or the like); its figures are void: mend its verification", n)))
		}
	}
	return out
}

// failures judges the requests that failed, all attempts alike: no failure is
// repeated away.
func failures(r run) []finding {
	var out []finding
	for _, g := range byArm(r.slices) {
		if f, ok := r.unmeasured(g); ok {
			out = append(out, f)
			continue
		}
		var failed, wrong, all int64
		for _, s := range withoutRamps(g.slices) {
			failed += Failures(s)
			wrong += s.WrongVerdicts - s.FalseAccepts
			all += Requests(s)
		}
		// A damaged file may hold any numbers.
		failed = min(failed, all)
		if failed <= 0 {
			continue
		}
		share := float64(failed) / float64(all)
		if stat.ClopperPearson(failed, all, boundLevel).Lo > mostFailures {
			out = append(out, g.finding(CodeFailures, bench.Void, share, fmt.Sprintf(
				"%d of %d requests failed (%s), %d of them with the wrong status; %s", failed, all, unit.About(share), wrong, causes(g.slices))))
		} else if wrong > 0 {
			out = append(out, g.finding(CodeWrongVerdicts, bench.Suspicious, share, fmt.Sprintf(
				"%d of %d requests got a status that was not expected; look at the statuses", wrong, all)))
		}
	}
	return out
}

// causes says why requests failed: what was wrong with malformed answers, else where to look.
func causes(taken []bench.Slice) string {
	malformed := map[string]int64{}
	for _, s := range taken {
		for reason, n := range s.Malformed {
			malformed[reason] += n
		}
	}
	if len(malformed) == 0 {
		return "look at the statuses and errors, and at the server's log"
	}
	return Malformed(malformed)
}

// Malformed words counts of malformed answers by what was wrong with them, the most
// frequent first.
func Malformed(counts map[string]int64) string {
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%s ×%d", reason, counts[reason])
	}
	return "malformed: " + strings.Join(reasons, ", ")
}

// unsolicited: a server that answers what nobody asked for confuses requests, or leaves
// bytes behind an answer; which answer belongs to which request is then a guess.
func unsolicited(r run) []finding {
	var out []finding
	for _, g := range byArm(r.slices) {
		var n, all int64
		for _, s := range g.slices {
			n += s.Unsolicited
			all += Requests(s)
		}
		if n > 0 {
			out = append(out, g.finding(CodeUnsolicited, bench.Suspicious, float64(n), fmt.Sprintf(
				"connections that were dropped because bytes came that no request had asked for: %d, in %d requests; see what the server sends behind its answers, or before it closes an idle connection", n, all)))
		}
	}
	return out
}

// resent judges how often the server closed a connection without an answer. That may happen a
// few times while a request is on its way. If it happens more often, the server does not keep
// connections open as it should, and times include a second connection.
func resent(r run) []finding {
	var out []finding
	for _, g := range byArm(r.slices) {
		var again, all int64
		for _, s := range g.slices {
			again += s.Resent
			all += Requests(s)
		}
		again = min(again, all)
		if again > 0 && stat.ClopperPearson(again, all, boundLevel).Lo > mostResent {
			share := float64(again) / float64(all)
			out = append(out, g.finding(CodeResent, bench.Suspicious, share, fmt.Sprintf(
				"the server closed the connection instead of answering %d of %d requests (%s), which were sent once more: have it keep idle connections for longer, or say \"Connection: close\" with the last answer", again, all, unit.About(share))))
		}
	}
	return out
}

// generatorCPU judges each arm's open load in each launch.
func generatorCPU(r run) []finding {
	byLaunch := map[int][]bench.Slice{}
	for _, s := range r.slices {
		if s.Scheduled > 0 {
			byLaunch[s.Launch] = append(byLaunch[s.Launch], s)
		}
	}
	var out []finding
	for _, l := range r.launches {
		for _, g := range byArmAndLoad(byLaunch[l.Launch]) {
			share := Busy(g.slices, r.cpus)
			if level := generatorLimits.level(share); level != "" {
				f := g.finding(CodeGeneratorCPU, level, share, fmt.Sprintf(
					"the generator was busy for %s of its CPU time: its own queue is part of the latencies; give it more CPUs (%s) or lower the rate", unit.About(share), r.setting))
				f.Launch = l.Launch
				out = append(out, f)
			}
		}
	}
	return out
}

// Busy returns the share of the generator's CPU time in which it had work.
func Busy(taken []bench.Slice, cpus float64) float64 {
	var busy, measured int64
	for _, s := range taken {
		busy += s.GeneratorCPU - s.GeneratorSpin
		measured += s.Measured
	}
	if measured <= 0 {
		return 0
	}
	return float64(busy) / (float64(measured) * cpus)
}
