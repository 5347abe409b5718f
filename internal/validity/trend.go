package validity

import (
	"fmt"
	"math"

	"authbench/bench"
	"authbench/internal/stat"
)

const (
	// mostTrend and mostDrift: figures that nearly only rise, or nearly only
	// fall, and have moved further than arms differ. Of ten launches without a
	// trend, two in a thousand have |τ| > 0.7.
	mostTrend = 0.7
	mostDrift = 0.05
	// fewestForTrend: of seven launches without a trend three in a hundred have
	// such a τ, for each figure of each arm; of eight, 1.4.
	fewestForTrend = 8
)

// figure is one that arms are compared by.
type figure struct {
	name   string
	launch func(block) float64
	round  func(round) float64
}

// figures are judged where they are known: CPU is not that of a server by URL,
// and closed loads have no response time.
var figures = []figure{
	{
		name: "CPU per request",
		launch: func(b block) float64 {
			var sum round
			for _, r := range b.rounds {
				sum.cpu, sum.answered = sum.cpu+r.cpu, sum.answered+r.answered
			}
			return sum.cpuPerRequest()
		},
		round: round.cpuPerRequest,
	},
	{
		name:   "median response time",
		launch: func(b block) float64 { return b.response.median },
		round:  func(r round) float64 { return r.response },
	},
}

// cpuPerRequest is in ns; 0 if it is not known.
func (r round) cpuPerRequest() float64 {
	if r.answered <= 0 {
		return 0
	}
	return float64(r.cpu) / float64(r.answered)
}

// stationarity: figures that drift from launch to launch speak of no one state of
// the machine or the server. It is one finding for the run, which shows the worst.
func stationarity(r run) []finding {
	var worst, drifting = 0.0, 0
	var text string
	for _, c := range r.cells {
		for _, f := range figures {
			drift, tau := c.drift(f)
			if math.Abs(tau) <= mostTrend || math.Abs(drift) <= mostDrift {
				continue
			}
			drifting++
			if math.Abs(drift) > math.Abs(worst) {
				worst = drift
				text = fmt.Sprintf("the %s of %s under %s load changed by %+.0f %% from the first to the last third of the launches (Kendall's τ %.2f)",
					f.name, c.arm, c.load, 100*drift, tau)
			}
		}
	}
	if drifting == 0 {
		return nil
	}
	if drifting > 1 {
		text += fmt.Sprintf(", most of %d figures that drift", drifting)
	}
	text += fmt.Sprintf("; at most %.0f %% or %.1f: look for what fills up or heats up, or run again when the machine has settled", 100*mostDrift, mostTrend)
	return []finding{{bench.Warning{Code: CodeDrift, Level: bench.Suspicious, Text: text}, math.Abs(worst)}}
}

// drift returns how far a figure moved from the first third of the launches to
// the last, and Kendall's τ over all of them; 0, 0 where it is not known.
func (c cell) drift(f figure) (drift, tau float64) {
	var values []float64
	for _, b := range c.blocks {
		if v := f.launch(b); v > 0 {
			values = append(values, v)
		}
	}
	if len(values) < fewestForTrend {
		return 0, 0
	}
	third := len(values) / 3
	first, last := stat.Median(values[:third]), stat.Median(values[len(values)-third:])
	return last/first - 1, stat.KendallTrend(values)
}
