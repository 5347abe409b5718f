package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// The generator's lag is a part of every response time that the server does not cause. A
// median that is wrong by a twentieth, or a p99 by a fifth, is wrong by about the smallest
// difference to be resolved. Beyond a fifth and a half, a difference between arms may as well
// come from the generator.
var (
	medianLagLimits = limits{suspicious: 0.05, void: 0.20}
	tailLagLimits   = limits{suspicious: 0.20, void: 0.50}
)

// lateLimits bound the share of requests sent more than 1 ms late. One in 500 is a fifth of
// those beyond the p99. One in 50 is twice as many as lie beyond the p99, so that the
// generator determines the p99.
var lateLimits = limits{suspicious: 0.002, void: 0.02}

const (
	// fewestForTail: of 5,000 values, 50 lie beyond the p99, the least with which it is
	// shown.
	fewestForTail = 5000
	// mostLaggingLaunches is the share of a cell's launches that lag may spoil without
	// voiding the cell's latencies. Of ten values the interval leaves out the lowest and the
	// highest, so that one spoilt value moves it little, while two would set its end. Of six
	// good runs of ten launches on a shared machine, two had an arm with one such launch.
	mostLaggingLaunches = 0.1
)

// lag judges how late each open load was sent, by launch. Few launches that lag only get a
// note. With more of them the cell is suspicious; with more that are spoilt its latencies are
// void.
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

// lagIn compares the lag of one launch with its response times. Sizes are relative to the
// void limit, so that median and tail can be ranked.
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

// lateSends judges each arm's open load over the run. If all clients hold bad credentials, no
// latency is shown, so that none can be spoilt.
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
