package gate

import (
	"fmt"
	"math"
	"strconv"
)

// reason explains the verdict in a sentence.
func (c Cell) reason() string {
	switch {
	case c.Verdict == Pass:
		return fmt.Sprintf("a slow-down of %s or more is ruled out", c.size(c.Target))
	case c.Verdict == Fail:
		return fmt.Sprintf("slower by %s, which is no chance; the target is %s", c.size(*c.Change), c.size(c.Target))
	case c.Launches < FirstLook:
		return fmt.Sprintf("%d launches are too few: nothing is decided before %d", c.Launches, FirstLook)
	case c.Whole != nil && *c.Whole >= c.Target && c.RuledOut != nil && *c.RuledOut < c.Target:
		return fmt.Sprintf("its slices rule a slow-down of %s out, and in whole launches head's server used %s more: in bursts, between the slices, or in processes that it started meanwhile",
			c.size(c.Target), c.size(*c.Whole))
	case c.Verdict == Bounded && c.RuledOut != nil:
		return fmt.Sprintf("too noisy here for the target of %s: a slow-down up to %s is not ruled out", c.size(c.Target), c.size(*c.RuledOut))
	}
	return fmt.Sprintf("after %d launches neither a slow-down of %s nor its absence is shown", c.Launches, c.size(c.Target))
}

func (c Cell) size(share float64) string { return Size(c.Metric, share) }

// Size prints the size of a slow-down in a metric, a share, in per cent or percentage points.
// It rounds up, so that the printed size is ruled out, too.
func Size(metric string, share float64) string {
	symbol := "%"
	if Aims[metric].difference {
		symbol = "pp"
	}
	percent, decimals := 100*share, 1
	if percent >= 10 {
		decimals = 0
	}
	step := math.Pow(10, float64(decimals))
	return strconv.FormatFloat(math.Ceil(step*percent-1e-9)/step, 'f', decimals, 64) + "\u00a0" + symbol
}
