package analysis

import (
	"fmt"
	"strings"
	"time"

	"authbench/bench"
)

// memoryWarnings say whose servers remember for so long that they were not measured in the state
// that they have under a load that goes on.
func (s *runData) memoryWarnings() []bench.Warning {
	h := s.run.Header.Scenario
	if len(h.Pairs) > 0 { // both of a pair remember alike
		return nil
	}
	var longest time.Duration
	for _, launch := range s.launches {
		longest = max(longest, s.span(launch))
	}
	memories := bench.MemoryOf(s.run.Header.Arms)
	var out []bench.Warning
	for _, a := range h.Arms {
		memory := memories[a.Name]
		var loads []string
		for _, l := range h.Loads {
			if !h.WaitedOut(l, memory) {
				loads = append(loads, l.Name)
			}
		}
		if len(loads) == 0 {
			continue
		}
		follows := "so that no entry ended: it answered more look-ups than it would where the load goes on for longer"
		if longest > memory {
			follows = "so that entries ended in between: it answered fewer look-ups than it would under one load alone"
		}
		out = append(out, bench.Warning{Code: codeCacheInTurns, Level: bench.Info, Arm: a.Name, Text: fmt.Sprintf(
			"its cache believes an entry for %v, which was not waited out (load %s): it was measured in turns with the other arms, for up to %v, %s",
			memory, strings.Join(loads, ", "), longest.Round(100*time.Millisecond), follows)})
	}
	return out
}
