package validity

import (
	"fmt"
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

const (
	// mostTrend and mostDrift bound τ and the change of a figure. Beyond both, it nearly only
	// rises or nearly only falls, and moves further than arms differ. Without a trend, two in
	// a thousand series of ten launches have |τ| > 0.7.
	mostTrend = 0.7
	mostDrift = 0.05
	// fewestForTrend is the least number of launches for this check. Without a trend, three in
	// a hundred series of seven launches have such a τ, for each figure of each arm; of eight
	// launches, 1.4.
	fewestForTrend = 8
)

// figure is a figure by which arms are compared.
type figure struct {
	name   string
	launch func(block) float64
	round  func(round) float64
}

// figures are judged if they are known: the CPU time of a server given by its URL is not, and
// closed loads have no response time.
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

// stationarity finds figures that drift from launch to launch, and thus describe no single
// state of the server. An arm is judged by its ratio to the baseline in the same launch. This
// ratio shows a cache that fills or memory that leaks; it does not show fast and slow minutes
// of the machine, which are the reason for pairing. If other arms are compared with the
// baseline, its own drift is reported as the machine's.
func stationarity(r run) []finding {
	servers, machine := trend{code: CodeDrift, level: bench.Suspicious}, trend{code: CodeMachineDrift, level: bench.Info}
	for _, c := range r.cells {
		baseline := r.baselineCell(c)
		for _, f := range figures {
			size, tau := drift(c.series(f, baseline))
			switch where := fmt.Sprintf("%s under %s load", c.arm, c.load); {
			case baseline == nil:
				servers.add(size, tau, f.name+" of "+where)
			case baseline.arm == c.arm:
				machine.add(size, tau, f.name+" of the baseline, "+where+",")
			default:
				servers.add(size, tau, f.name+" of "+where+", compared with the baseline's,")
			}
		}
	}
	return append(
		servers.findings("look for what fills up or heats up, or run again when the machine has settled"),
		machine.findings("the machine, or the baseline's server, got slower or faster: times, differences of times among them, are of no one speed; ratios are taken launch by launch, and suffer least")...)
}

// trend collects figures that drift into one finding, which shows the worst.
type trend struct {
	code  string
	level bench.Level
	count int
	worst float64
	text  string
}

func (t *trend) add(size, tau float64, whose string) {
	if math.Abs(tau) <= mostTrend || math.Abs(size) <= mostDrift {
		return
	}
	if t.count++; math.Abs(size) > math.Abs(t.worst) {
		t.worst = size
		t.text = fmt.Sprintf("the %s changed by %s from the first to the last third of the launches (Kendall's τ %.2f)", whose, unit.Change(size), tau)
	}
}

func (t *trend) findings(meaning string) []finding {
	if t.count == 0 {
		return nil
	}
	if t.count > 1 {
		t.text += fmt.Sprintf(", most of %d figures that drift", t.count)
	}
	t.text += fmt.Sprintf("; at most %s or %.1f: %s", unit.About(mostDrift), mostTrend, meaning)
	return []finding{{bench.Warning{Code: t.code, Level: t.level, Text: t.text}, math.Abs(t.worst)}}
}

// baselineCell is the baseline's cell that c is compared with: c itself if it is the
// baseline's, nil if there is none.
func (r run) baselineCell(c cell) *cell {
	others := slices.ContainsFunc(r.cells, func(o cell) bool { return o.load == c.load && o.arm != c.arm })
	if !others {
		return nil
	}
	return r.cell(r.header.Scenario.Baseline, c.load)
}

// series is a figure by launch, divided by the baseline's if that is another cell.
func (c cell) series(f figure, baseline *cell) []float64 {
	other := map[int]float64{}
	paired := baseline != nil && baseline.arm != c.arm
	if paired {
		for _, b := range baseline.blocks {
			other[b.launch] = f.launch(b)
		}
	}
	var out []float64
	for _, b := range c.blocks {
		switch v := f.launch(b); {
		case v <= 0:
		case !paired:
			out = append(out, v)
		case other[b.launch] > 0:
			out = append(out, v/other[b.launch])
		}
	}
	return out
}

// drift returns how far a figure moved from the first third of the launches to the last, and
// Kendall's τ over all of them; 0, 0 if they are too few.
func drift(values []float64) (drift, tau float64) {
	if len(values) < fewestForTrend {
		return 0, 0
	}
	third := len(values) / 3
	first, last := stat.Median(values[:third]), stat.Median(values[len(values)-third:])
	return last/first - 1, stat.KendallTrend(values)
}
