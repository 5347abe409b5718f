package advice

import (
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// safety says what the attack catalogue found. An arm that lets a bad credential in is
// no option at all, and never comes here.
func safety(arm *analysis.Arm) Check {
	c := arm.Conformance
	switch {
	case c == nil:
		return Check{Limit: "safe", Fit: Open, Text: "the run did not put the attack catalogue to it"}
	case c.Untested != "":
		return Check{Limit: "safe", Fit: Open, Text: "the attack catalogue was not put to it: " + c.Untested}
	case c.Failed > 0:
		return Check{Limit: "safe", Fit: Meets, Text: fmt.Sprintf("let nobody in; failed %d of %d cases of the attack catalogue that mean no access", c.Failed, c.Passed+c.Failed)}
	}
	return Check{Limit: "safe", Fit: Meets, Text: fmt.Sprintf("passed all %d cases of the attack catalogue", c.Passed)}
}

// latency judges p99 against the objective.
func latency(o Option, n Need, rate float64) Check {
	limit := "p99 ≤ " + n.P99.String()
	if o.P99 == nil {
		return Check{Limit: limit, Fit: Open, Text: "too few samples for a p99, or no open load"}
	}
	fit := Meets
	if *o.P99 > float64(n.P99)/float64(time.Microsecond) {
		fit = Misses
	}
	return Check{Limit: limit, Fit: fit, Text: fmt.Sprintf("%s, measured at %s for one server", unit.Micros(*o.P99), unit.Rate(rate))}
}

// farther is what a need's round trip adds to the arm's response times, µs: for each
// question to its store the difference to the distance that was measured.
func farther(arm *analysis.Arm, n Need) float64 {
	if n.StoreRoundTrip == nil || !remote(arm) {
		return 0
	}
	lookups := 1.0
	if e, known := arm.Metrics["store_lookups_per_request"]; known {
		lookups = e.Value
	}
	return float64(*n.StoreRoundTrip-bench.Params(arm.Params).Duration("latency")) / float64(time.Microsecond) * lookups
}

// shifted is a time of an open load with the store moved away; nil if it is not known.
func shifted(open analysis.Load, metric string, by float64) *float64 {
	e, known := open.Metrics[metric]
	if !known {
		return nil
	}
	v := max(0, e.Value+by)
	return &v
}

// remote reports whether the arm's records lie behind a connection.
func remote(arm *analysis.Arm) bool {
	kind := bench.Params(arm.Params).Text("store")
	return kind == "redis" || kind == "postgres"
}
