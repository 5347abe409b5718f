package report

import (
	"authbench/internal/judge/advice"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// pageRate is what each arm costs at a rate and a price that the reader may change:
// the page's script computes the same again.
type pageRate struct {
	RPS, CoreHour float64
	Rows          []pageRateRow
	// Worth says whether the choice matters at that rate.
	Worth string
	// Spread is the difference between the cheapest arm and the dearest, the baseline
	// aside, µs; 0 if there is none. Least is the number of CPUs from which on it decides.
	Spread, Least float64
}

type pageRateRow struct {
	Arm string
	// Micros is the CPU time per request.
	Micros                               float64
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
	least, most := 0.0, 0.0
	for i := range s.Arms {
		cpu, ok := headline(&s.Arms[i]).costs.Metrics[cpuMetric.name]
		if !ok || s.Arms[i].Status != analysis.ArmOK {
			continue
		}
		v := cpu.Value
		out.Rows = append(out.Rows, pageRateRow{s.Arms[i].Name, v, unit.Number(advice.Cores(v, exampleRate)), unit.Number(v), price(advice.PerMonth(advice.Cores(v, exampleRate), exampleCoreHour))})
		if s.Arms[i].Name != s.Baseline {
			most = max(most, v)
			if least == 0 || v < least {
				least = v
			}
		}
	}
	if most > least {
		out.Spread, out.Least = most-least, advice.WorthACore
		out.Worth = worth(advice.Cores(most-least, exampleRate))
	}
	return out
}

// worth puts a number of CPUs into words. The page's script says the same.
func worth(difference float64) string {
	text := "The cheapest and the dearest arm differ by " + unit.Number(difference) + " CPUs."
	if difference < advice.WorthACore {
		text += " At this rate cost does not decide: choose by their other differences."
	}
	return text
}
