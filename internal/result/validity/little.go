package validity

import (
	"fmt"
	"math"

	"authbench/internal/text/unit"
)

// littleLimits bound the difference, as a share, between the number of requests in the system
// as the engine counts it and as rate and response times give it (Little 1961). Both are about
// the same requests, so that the law holds exactly; histograms round by 0.1 %. A larger
// difference is a defect.
var littleLimits = limits{suspicious: 0.02, void: 0.05}

// littlesLaw checks the histograms of each arm's open load against an independent count:
// L = λW.
func littlesLaw(r run) []finding {
	var out []finding
	for _, c := range r.cells {
		var occupancy, responses float64
		var measured int64
		for _, b := range c.blocks {
			occupancy, responses, measured = occupancy+b.occupancy, responses+b.responses, measured+b.measured
		}
		if occupancy == 0 || measured <= 0 {
			continue
		}
		apart := math.Abs((occupancy - responses) / occupancy)
		if level := littleLimits.level(apart); level != "" {
			out = append(out, c.finding(CodeLittle, level, apart, fmt.Sprintf(
				"the response times contradict the generator's own count: %s requests were in the system on average, by Little's law %s (%s apart, at most %s); this is a defect of the generator: report it, with the result file",
				unit.Plain(occupancy/float64(measured), 3), unit.Plain(responses/float64(measured), 3), unit.About(apart), unit.About(littleLimits.passed(level)))))
		}
	}
	return out
}
