package bench

import (
	"fmt"
	"math"
	"regexp"
	"time"
)

// Objective is a service level objective on the response time: the share
// Quantile of the requests (0 to 1) is answered in less than Limit.
type Objective struct {
	// Name is the quantile as the objective writes it: "p99".
	Name     string
	Quantile float64
	Limit    time.Duration
}

var objectiveForm = regexp.MustCompile(`^\s*(p50|p90|p95|p99|p99\.9)\s*<\s*([^\s<>]+)\s*$`)

// ParseObjective reads an objective as scenarios write it, such as "p99 < 2ms".
func ParseObjective(text string) (Objective, error) {
	parts := objectiveForm.FindStringSubmatch(text)
	if parts == nil {
		return Objective{}, fmt.Errorf("%q is not an objective: write p50, p90, p95, p99 or p99.9, '<' and a time, such as p99 < 2ms", text)
	}
	quantile := map[string]float64{"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}[parts[1]]
	limit, err := time.ParseDuration(parts[2])
	if err != nil || limit <= 0 {
		return Objective{}, fmt.Errorf("%q is not a time above zero: write a number with a unit, such as 2ms", parts[2])
	}
	return Objective{Name: parts[1], Quantile: quantile, Limit: limit}, nil
}

// Objective is the capacity load's objective; zero for other loads. It expects a
// load that [Scenario.Validate] found good.
func (l Load) Objective() Objective {
	o, _ := ParseObjective(l.SLO)
	return o
}

// String formats o as [ParseObjective] reads it.
func (o Objective) String() string { return fmt.Sprintf("%s < %v", o.Name, o.Limit) }

// Met reports whether the requests of a probe kept the objective.
func (o Objective) Met(p Probe) bool {
	return p.Requests > 0 && float64(p.Missed) <= (1-o.Quantile)*float64(p.Requests)
}

// A probe should hold so many requests that the given number of them lies beyond
// the objective's quantile. With 50, as for any quantile that is shown, simulated
// searches are right within 0.5 %; with 10 they end 2.5 % too high, because
// requests over the limit come in clusters that most slices then lack. A slow arm
// is content with the lower one.
const (
	wishBeyond  = 50
	leastBeyond = 10
)

// requests is how many of them a slice needs for so many beyond the quantile.
func (o Objective) requests(beyond float64) float64 { return math.Round(beyond / (1 - o.Quantile)) }
