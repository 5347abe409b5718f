package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// Conditions are what must be known about a load test besides its slice.
type Conditions struct {
	// Overdue counts the requests that were sent after the measured part.
	Overdue int64
	Noise   bench.Noise
	// CPUs is how many the generator had.
	CPUs int
	// Success says which statuses are success.
	Success func(status int) bool
}

// LoadTest returns what is doubtful about a load test, which is one slice. It has no arms, and
// nothing is taken again: a void warning voids the whole test. Such a test may be about failed
// requests, so they only cause a remark, unless no request succeeded.
func LoadTest(s bench.Slice, c Conditions) []bench.Warning {
	s.Arm, s.Load, s.Launch, s.Counts = "", "", 0, true
	launch := bench.Launch{Noise: c.Noise}
	r := run{launches: []bench.Launch{launch}, slices: []bench.Slice{s}, cpus: float64(max(1, c.CPUs)), setting: "--cpus",
		success: c.Success, successRemedy: "mend the request or the server, or say with --expect-status what success is"}
	cells, out := cellsOf(r.slices)
	r.cells = cells
	for _, f := range falseAccepts(r.slices) {
		f.Text = "the server " + f.Text
		out = append(out, f)
	}
	out = append(out, undelivered(r, c.Overdue)...)
	for _, f := range failures(r) {
		if f.Code == CodeFailures {
			f.Level = bench.Suspicious
		}
		out = append(out, f)
	}
	for _, check := range []func(run) []finding{unsolicited, resent, saturated, generatorCPU, lag, lateSends, littlesLaw} {
		out = append(out, check(r)...)
	}
	for _, check := range []func(bench.Launch, []bench.Slice) []finding{steal, throttled, clipped} {
		out = append(out, check(launch, r.slices)...)
	}
	return fold(out, 1)
}

// undelivered checks that the requests that were due in the measured part were sent in it. The
// server's share counts, too, because nothing is taken again. The finding says whether the
// generator or the server was the limit.
func undelivered(r run, overdue int64) []finding {
	s := r.slices[0]
	late := overdue + max(0, s.Scheduled-s.Sent)
	if float64(late) <= (1-leastDelivered)*float64(s.Scheduled) {
		return nil
	}
	waiting := fmt.Sprintf("all %d connections were", s.Connections)
	if s.Connections == 1 {
		waiting = "the one connection was"
	}
	limit := fmt.Sprintf("the server was the limit: %s waiting for it; lower the rate, or use more connections if it can serve more at once", waiting)
	if busy := Busy(r.slices, r.cpus); busy > generatorLimits.void {
		limit = fmt.Sprintf("the generator was the limit: it was busy for %s of its CPU time; give it more threads and CPUs (-t, %s), or lower the rate", unit.About(busy), r.setting)
	} else if float64(s.LateSends) > lateLimits.void*float64(s.Sent) && s.LateSends > s.Errors["timeout"] {
		// A server that stalls holds the connections for so long that few requests are sent,
		// and one late request is a large share of them.
		limit = "the generator was the limit: something else held it up; " + r.lagRemedy()
	}
	share := float64(late) / float64(s.Scheduled)
	return []finding{{bench.Warning{Code: CodeDelivered, Level: bench.Void, Text: fmt.Sprintf(
		"the rate was not delivered: %d of %d requests that were due could not be sent in time (%s, at most %s); %s",
		late, s.Scheduled, unit.About(share), unit.About(1-leastDelivered), limit)}, share}}
}

// saturated finds closed loads whose generator may have been slower than the server.
func saturated(r run) []finding {
	busy := Busy(r.slices, r.cpus)
	if r.slices[0].Scheduled > 0 || busy <= generatorLimits.void {
		return nil
	}
	return []finding{{bench.Warning{Code: CodeGeneratorLimit, Level: bench.Info, Text: fmt.Sprintf(
		"the generator was busy for %s of its CPU time: the server may be able to answer more; give the generator more threads (-t)", unit.About(busy))}, busy}}
}
