package validity

import (
	"fmt"

	"authbench/bench"
	"authbench/internal/result/limit"
)

// unmeasured finds servers that answered no request, or with which no request succeeded. Their
// times and costs are those of refusals, or of nothing.
func (r run) unmeasured(g group) (finding, bool) {
	a := limit.NewAnswers()
	var completed, good int64
	for _, s := range g.slices {
		completed += s.Completed
		a.Add(s, func(class bench.Class, status int) bool { return r.isExpected(g.arm, class, status) })
	}
	for _, n := range a.Statuses[bench.Valid] {
		good += n
	}
	switch {
	case a.Requests == 0:
		return g.finding(CodeUnanswered, bench.Void, 1, "no request came to an end; measure for longer, or at a higher rate"), true
	case completed == 0:
		return g.finding(CodeUnanswered, bench.Void, 1, fmt.Sprintf(
			"no request was answered, of %d: %s; look at the server's log", a.Requests, a.Breakdown())), true
	case good > 0 && a.Right[bench.Valid] == 0:
		a.Statuses = map[bench.Class]map[int]int64{bench.Valid: a.Statuses[bench.Valid]}
		return g.finding(CodeNoSuccess, bench.Void, 1, fmt.Sprintf(
			"no request succeeded: where success was expected came %s; %s", a.Breakdown(), r.successRemedy)), true
	}
	return finding{}, false
}

// isExpected reports whether a class may get a status from an arm of the run's scenario.
func (r run) isExpected(arm string, class bench.Class, status int) bool {
	if r.success != nil && class == bench.Valid {
		return r.success(status)
	}
	for _, a := range r.header.Scenario.Arms {
		if a.Name == arm {
			return a.Expects(class, status)
		}
	}
	return bench.Arm{}.Expects(class, status)
}
