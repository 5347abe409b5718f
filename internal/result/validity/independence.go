package validity

import (
	"fmt"
	"math"

	"authbench/bench"
	"authbench/internal/stat"
)

const (
	// maxSerialCorrelation is the correlation of successive rounds above which a launch has far fewer
	// independent rounds than rounds: at 0.3, half as many.
	maxSerialCorrelation = 0.3
	// fewestPairs is the least number of pairs of successive rounds for this check. The
	// correlation of 50 independent pairs has a standard deviation of 0.14 and a mean a
	// little below 0, so that three standard deviations stay below the limit.
	fewestPairs = 50
)

// independence checks whether one round's comparison predicts the next one's, pooled within
// launches. It compares an arm with the baseline in the same round; that the machine itself
// has good and bad seconds is the reason for pairing, and no finding. The run gets one
// finding, which shows the worst.
func independence(r run) []finding {
	worst, correlated := 0.0, 0
	var text string
	for _, c := range r.cells {
		baseline := r.cell(r.header.Scenario.Baseline, c.load)
		if baseline == nil || baseline.arm == c.arm {
			continue
		}
		for _, f := range figures {
			rho := c.serialCorrelation(f, *baseline)
			if rho <= maxSerialCorrelation {
				continue
			}
			correlated++
			if rho > worst {
				worst = rho
				text = fmt.Sprintf("the %s of %s under %s load, compared with the baseline's, goes on from round to round (lag-1 Spearman correlation %.2f, at most %.1f)",
					f.name, c.arm, c.load, rho, maxSerialCorrelation)
			}
		}
	}
	if correlated == 0 {
		return nil
	}
	if correlated > 1 {
		text += fmt.Sprintf(", most of %d such figures", correlated)
	}
	text += "; rounds of one launch say less than their number: use more launches rather than more rounds"
	return []finding{{bench.Warning{Code: CodeSerial, Level: bench.Suspicious, Text: text}, worst}}
}

// serialCorrelation is the correlation of successive rounds' log-ratios to the baseline; 0 if there are
// too few.
func (c cell) serialCorrelation(f figure, baseline cell) float64 {
	other := map[[2]int]float64{}
	for _, b := range baseline.blocks {
		for _, r := range b.rounds {
			other[[2]int{b.launch, r.index}] = f.round(r)
		}
	}
	var groups [][]float64
	pairs := 0
	for _, b := range c.blocks {
		var ratios []float64
		for _, r := range b.rounds {
			if mine, its := f.round(r), other[[2]int{b.launch, r.index}]; mine > 0 && its > 0 {
				ratios = append(ratios, math.Log(mine/its))
			}
		}
		if len(ratios) > 1 {
			groups, pairs = append(groups, ratios), pairs+len(ratios)-1
		}
	}
	if pairs < fewestPairs {
		return 0
	}
	return stat.SerialCorrelation(groups)
}
