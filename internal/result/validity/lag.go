package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// The generator's lag is a part of every response time, and no part of the
// server's. A median that is off by a twentieth, or a p99 by a fifth, is off by
// about what is to be resolved; beyond a fifth and a half, a difference between
// arms is as likely the generator's.
var (
	medianLagLimits = limits{suspicious: 0.05, void: 0.20}
	tailLagLimits   = limits{suspicious: 0.20, void: 0.50}
)

// lateLimits bound the share of requests sent more than 1 ms late. One in 500 is
// a fifth of what lies beyond the p99; one in 50 is twice that, and the p99 is the
// generator's.
var lateLimits = limits{suspicious: 0.002, void: 0.02}

const (
	// fewestForTail: of 5,000 values 50 lie beyond the 99th percentile, which is
	// not shown below that.
	fewestForTail = 5000
	// mostLaggingLaunches is the share of a cell's launches that may be spoilt by
	// lag and leave its latencies standing: of ten values the interval leaves out
	// the lowest and the highest, so that one moves it little and two set its end.
	// Of six good runs of ten launches on a shared machine, two had an arm with
	// one such launch.
	mostLaggingLaunches = 0.1
)

// lag judges how late each open load was sent in each launch. Launches that the
// interval bears are worth a note; a cell loses its latencies by more that are
// spoilt, and is doubted for more that lag.
func lag(r run) []finding {
	var out []finding
	for _, c := range r.cells {
		lagging, void, first := 0, 0, len(out)
		for _, b := range c.blocks {
			found := c.lagIn(b, r.lagRemedy())
			if len(found) > 0 {
				lagging++
				if worst(found).Level == bench.Void {
					void++
				}
			}
			out = append(out, found...)
		}
		borne := mostLaggingLaunches * float64(len(c.blocks))
		for i := range out[first:] {
			switch f := &out[first+i]; {
			case float64(lagging) <= borne:
				f.Level = bench.Info
			case float64(void) <= borne:
				f.Level = bench.Suspicious
			}
		}
	}
	return out
}

// lagIn compares the lag of one launch with its response times. Sizes are in
// units of what voids, so that median and tail can be ranked.
func (c cell) lagIn(b block, remedy string) []finding {
	var out []finding
	for _, x := range []struct {
		name     string
		late, of float64
		enough   bool
		limits   limits
	}{
		{"median", b.lag.median, b.response.median, b.response.count > 0, medianLagLimits},
		{"p99", b.lag.p99, b.response.p99, b.response.count >= fewestForTail, tailLagLimits},
	} {
		if !x.enough || x.of <= 0 {
			continue
		}
		share := x.late / x.of
		if level := x.limits.level(share); level != "" {
			f := c.finding(CodeLag, level, share/x.limits.void, fmt.Sprintf(
				"the generator was late: the %s of its lag is %s of the response time's (at most %s); %s",
				x.name, unit.About(share), unit.About(x.limits.passed(level)), remedy))
			f.Launch = b.launch
			out = append(out, f)
		}
	}
	return out
}

func (r run) lagRemedy() string {
	return "give the generator CPUs of its own (" + r.setting + "), stop what else runs here, or lower the rate"
}

// lateSends judges each arm's open load over the run. Where all clients are bad, no
// latency is shown, and none can be spoilt.
func lateSends(r run) []finding {
	var out []finding
	for _, g := range byArmAndLoad(r.slices) {
		var late, sent int64
		for _, s := range g.slices {
			late += s.LateSends
			sent += s.Sent
		}
		if sent <= 0 || onlyRefused(g.slices) {
			continue
		}
		share := float64(late) / float64(sent)
		if level := lateLimits.level(share); level != "" {
			out = append(out, g.finding(CodeLateSends, level, share, fmt.Sprintf(
				"the generator sent %s of the requests more than 1 ms late (at most %s); %s",
				unit.About(share), unit.About(lateLimits.passed(level)), r.lagRemedy())))
		}
	}
	return out
}

// onlyRefused reports whether some answers refused a credential, and none let one in.
func onlyRefused(taken []bench.Slice) bool {
	refused := false
	for _, s := range taken {
		if s.Valid.Response != "" {
			return false
		}
		refused = refused || s.Refused.Response != ""
	}
	return refused
}
