package report

import (
	"math"

	"authbench/internal/judge/advice"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// pageRate is what each arm costs at a rate and a price that the reader may change:
// the page's script computes the same again.
type pageRate struct {
	RPS, CoreHour float64
	Rows          []pageRateRow
	// How says which CPU times count.
	How string
	// Switch is the rate below which those of the open load do; 0 if one load has all.
	Switch float64
	// Worth says whether the choice matters at that rate.
	Worth string
	// Spread is the difference between the cheapest arm and the dearest, the baseline
	// aside, µs, and Below that below Switch; 0 if there is none. Least is the number of CPUs
	// from which on it decides.
	Spread, Below, Least float64
}

type pageRateRow struct {
	Arm string
	// Micros is the CPU time per request, and Below that below the rate of the switch.
	Micros, Below                        float64
	Cores, SecondsPerMillion, MonthPrice string
}

const (
	// exampleRate is that of a service of middling size.
	exampleRate = 1000
	// exampleCoreHour is about what public clouds ask for a virtual CPU.
	exampleCoreHour = 0.04
)

// rateOf has the arms that may be compared.
func rateOf(s *analysis.Summary) pageRate {
	out := pageRate{RPS: exampleRate, CoreHour: exampleCoreHour}
	var usual, below costSpan
	for i := range s.Arms {
		a := headline(&s.Arms[i])
		cpu, ok := a.costs.Metrics[cpuMetric.name]
		if !ok || a.Status != analysis.ArmOK {
			continue
		}
		row := pageRateRow{Arm: a.Name, Micros: cpu.Value, Below: cpu.Value}
		if l := a.RateLoad(); l != nil {
			row.Below = l.Metrics[cpuMetric.name].Value
		}
		out.Rows = append(out.Rows, row)
		if a.Name != s.Baseline {
			usual.add(row.Micros)
			below.add(row.Below)
		}
	}
	out.Spread, out.Below, out.Least = usual.width(), below.width(), advice.WorthACore
	out.How, out.Switch = rateSwitch(s)
	spread := out.Spread
	if exampleRate < out.Switch {
		spread = out.Below
	}
	for i, row := range out.Rows {
		v := row.Micros
		if exampleRate < out.Switch {
			v = row.Below
		}
		out.Rows[i].Cores, out.Rows[i].SecondsPerMillion = unit.Number(advice.Cores(v, exampleRate)), unit.Number(v)
		out.Rows[i].MonthPrice = price(advice.PerMonth(advice.Cores(v, exampleRate), exampleCoreHour))
	}
	if spread > 0 {
		out.Worth = worth(advice.Cores(spread, exampleRate))
	}
	return out
}

// rateSwitch says between which loads the rate decides, and where: in the middle of the two in
// proportion.
func rateSwitch(s *analysis.Summary) (how string, rate float64) {
	loads := s.PriceLoads()
	if len(loads) < 2 {
		return "", 0
	}
	servers := 1
	for _, a := range s.Arms {
		servers = max(servers, a.Replicas)
	}
	rate = math.Sqrt(loads[0].Rate*loads[1].Rate) * float64(servers)
	return "Below " + unit.Rate(rate) + " it is the CPU per request " + loadNamed(s, loads[1].Name).At() + ", above that the one at saturation.", rate
}

// costSpan is the least and the greatest of some costs.
type costSpan struct {
	lo, hi float64
	any    bool
}

func (s *costSpan) add(v float64) {
	if !s.any {
		s.lo, s.hi, s.any = v, v, true
	}
	s.lo, s.hi = min(s.lo, v), max(s.hi, v)
}

func (s *costSpan) width() float64 { return s.hi - s.lo }

// worth puts a number of CPUs into words. The page's script says the same.
func worth(difference float64) string {
	text := "The cheapest and the dearest arm differ by " + unit.Number(difference) + " CPUs."
	if difference < advice.WorthACore {
		text += " At this rate cost does not decide: choose by their other differences."
	}
	return text
}
