package advice

import (
	"fmt"
	"math"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// safety says what the attack catalogue found. It is not called for an arm that accepts a
// bad credential, because that arm is no option.
func safety(arm *analysis.Arm) Check {
	c := arm.Conformance
	switch {
	case c == nil:
		return Check{Limit: "safe", Fit: Open, Text: "the run did not attack it",
			question: openQuestion{kind: unexamined, open: "whether it is safe, because the run did not attack it"}}
	case c.Untested != "":
		return Check{Limit: "safe", Fit: Open, Text: "it was not attacked: " + c.Untested,
			question: openQuestion{kind: untestable, open: "whether it is safe, because " + c.Untested}}
	case c.Failed > 0:
		return Check{Limit: "safe", Fit: Meets, Text: fmt.Sprintf("let nobody in, but answered %d of %d attacks wrongly", c.Failed, c.Passed+c.Failed)}
	}
	return Check{Limit: "safe", Fit: Meets, Text: fmt.Sprintf("withstood all %d attacks", c.Passed)}
}

// latency compares the p99, with the added distance of the store, with the objective. It
// decides only if the whole interval lies on one side.
func latency(s *analysis.Summary, o Option, open analysis.Load, n Need, distance float64) Check {
	c := Check{Limit: "p99 ≤ " + unit.Time(n.P99), Fit: Open}
	p99, known := open.Metrics["response_p99_us"]
	if !known {
		c.question = noP99(s, o, open)
		c.Text = "not known: " + c.question.open
		return c
	}
	move := func(v float64) *float64 { v = max(0, v+distance); return &v }
	p99.Value = *move(p99.Value)
	lo, hi := p99.Value, p99.Value
	if p99.Lo != nil && p99.Hi != nil {
		p99.Lo, p99.Hi = move(*p99.Lo), move(*p99.Hi)
		lo, hi = *p99.Lo, *p99.Hi
	}
	c.Text = fmt.Sprintf("%s, measured at %s for one server", estimate(p99), unit.Rate(open.Rate))
	switch limit := float64(n.P99) / float64(time.Microsecond); {
	case hi <= limit:
		c.Fit = Meets
	case lo > limit:
		c.Fit = Misses
	default:
		c.Text += "; the interval holds the limit"
		// An interval is half as wide with four times as many launches; it must not reach
		// from the value to the limit.
		c.question = openQuestion{kind: undecided, open: "whether the p99 is within " + unit.Time(n.P99) + ", because the interval holds the limit",
			factor: max(2, math.Pow((hi-lo)/2/math.Abs(limit-p99.Value), 2))}
	}
	return c
}

// noP99 says why a p99 is not known.
func noP99(s *analysis.Summary, o Option, open analysis.Load) openQuestion {
	// A p99 needs so many requests of a launch; see package analysis.
	const needed = 5000
	enough := func(perLaunch float64) float64 { return 1.25 * needed / max(1, perLaunch) } // some requests are bad
	rounds := float64(max(1, s.Protocol.Rounds))
	if open.Name == "" {
		return openQuestion{kind: unmeasured, open: "the p99, because no load was sent at a rate"}
	}
	if open.Rate == 0 {
		rate := math.Max(1, math.Floor(0.3e6/o.CPU.Value)) // where no queue is to speak of
		perLaunch := rate * rounds * s.Protocol.Slice.Std().Seconds()
		return openQuestion{kind: tooSlow, open: "the p99, because it is too slow for the rate of the open load", rate: rate, factor: max(1, enough(perLaunch))}
	}
	for _, w := range s.Warnings {
		if w.Arm == o.Arm && w.Load == open.Name && w.Level == bench.Void {
			return openQuestion{kind: withheld, open: "the p99, because " + w.Text}
		}
	}
	return openQuestion{kind: tooFew, open: "the p99, because too few requests were measured",
		factor: max(2, enough(float64(open.Requests)/float64(max(1, s.Launches))))}
}

// addedDistance is what a need's round trip to the store adds to the arm's response times, µs:
// for each question to the store, the difference from the round trip that was measured.
func addedDistance(arm *analysis.Arm, n Need) float64 {
	if n.StoreRoundTrip == nil || !arm.Remote() {
		return 0
	}
	lookups := 1.0
	if e, known := arm.Metrics["store_lookups_per_request"]; known {
		lookups = e.Value
	}
	return float64(*n.StoreRoundTrip-bench.Params(arm.Params).Duration("latency")) / float64(time.Microsecond) * lookups
}

// shifted is a time under an open load plus by, µs; nil if it is not known.
func shifted(open analysis.Load, metric string, by float64) *float64 {
	e, known := open.Metrics[metric]
	if !known {
		return nil
	}
	v := max(0, e.Value+by)
	return &v
}
