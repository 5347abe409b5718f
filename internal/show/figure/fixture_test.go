package figure

import (
	"fmt"
	"math"
	"math/rand/v2"

	"authbench/bench"
	"authbench/internal/judge/analysis"
)

// quickArms are the arms of an ordinary run and their CPU per request in µs.
var quickArms = []struct {
	name string
	cpu  float64
}{{"none", 9.1}, {"apikey", 10.6}, {"jwt-hs256", 17}, {"jwt-rs256", 41.2}, {"jwt-eddsa", 52.4}}

// sample makes up the analysis of a run of n arms, 10 launches, 8 rounds. Equal
// arguments give equal samples.
func sample(n int) *analysis.Analysis {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	a := &analysis.Analysis{Summary: analysis.Summary{Scenario: "quick", Baseline: "none", Launches: 10}}
	for i := range n {
		name, cpu := fmt.Sprintf("jwt-variant-%d", i), 12+3*float64(i)
		if i < len(quickArms) {
			name, cpu = quickArms[i].name, quickArms[i].cpu
		}
		a.Summary.Arms = append(a.Summary.Arms, sampleArm(name, cpu))
		for _, load := range []string{"closed", "open"} {
			a.Distributions = append(a.Distributions, sampleDistribution(name, load, cpu))
		}
		for k := range 80 {
			launch := k / 8
			drift := 1 + 0.01*math.Sin(float64(launch)+float64(i))
			a.Points = append(a.Points, analysis.Point{
				Arm: name, Load: "closed", Launch: launch + 1, Round: k % 8,
				Seconds:   12*float64(launch) + float64(k%8) + 0.13*float64(i),
				CPUMicros: cpu * drift * math.Exp(0.05*r.NormFloat64()), ThroughputRPS: 1e6 / cpu, MedianMicros: 30 * cpu,
			})
		}
	}
	for _, l := range []struct {
		arm   string
		costs []float64
	}{{"jwt-hs256", []float64{9.1, 0.4, 5.2, 2.3}}, {"jwt-rs256", []float64{9.1, 0.5, 5.4, 26.2}}} {
		a.Summary.Ladders = append(a.Summary.Ladders, sampleLadder(l.arm, l.costs))
	}
	if n == 0 {
		a.Summary.Ladders = nil
	}
	return a
}

// sampleLadder has the steps of a JWT.
func sampleLadder(arm string, costs []float64) analysis.Ladder {
	l := analysis.Ladder{Arm: arm, Load: "closed"}
	for i, part := range []analysis.Part{analysis.PartServer, analysis.PartTransport, analysis.PartParsing, analysis.PartVerification} {
		l.Steps = append(l.Steps, analysis.Step{Arm: fmt.Sprintf("%s-%d", arm, i), Part: part, Micros: estimate(costs[i], 0.05)})
	}
	return l
}

func sampleArm(name string, cpu float64) analysis.Arm {
	return analysis.Arm{Name: name, Method: "jwt", Status: analysis.ArmOK, Loads: []analysis.Load{
		{Name: "closed", Kind: bench.Closed, Metrics: map[string]analysis.Estimate{
			"cpu_us_per_request": estimate(cpu, 0.02), "throughput_rps": estimate(0.97e6/cpu, 0.03),
			"service_p50_us": estimate(31*cpu, 0.02), "service_p99_us": estimate(60*cpu, 0.05),
		}, VersusBaseline: taxOf(name, cpu)},
		{Name: "open", Kind: bench.Open, Rate: 9700, Utilisation: 9700 * cpu / 1e6, Metrics: map[string]analysis.Estimate{
			"cpu_us_per_request": estimate(cpu*1.2, 0.02),
			"response_p50_us":    estimate(30+cpu, 0.02), "response_p99_us": estimate(60+4*cpu, 0.05),
		}},
		sampleSweep(cpu),
		sampleRamp(cpu),
		{Name: "capacity", Kind: bench.Capacity, SLO: "p99 < 2ms", Metrics: map[string]analysis.Estimate{"capacity_rps": estimate(0.93e6/cpu, 0.02)}},
	}}
}

// sampleSweep rises as a queue does.
func sampleSweep(cpu float64) analysis.Load {
	l := analysis.Load{Name: "sweep", Kind: bench.Sweep}
	for _, f := range []float64{0.1, 0.3, 0.5, 0.7, 0.8, 0.9} {
		l.Levels = append(l.Levels, analysis.Level{Fraction: f, Rate: f * 0.97e6 / cpu, Metrics: map[string]analysis.Estimate{
			"throughput_rps": estimate(f*0.97e6/cpu, 0.001), "response_p99_us": estimate(40+3*cpu/(1-f), 0.04+f/5),
		}})
	}
	return l
}

// sampleRamp rises to the server's capacity.
func sampleRamp(cpu float64) analysis.Load {
	l := analysis.Load{Name: "ramp", Kind: bench.Ramped, Ramp: "from 0 /s to 20.0 k/s in 20s"}
	for i := range bench.RampParts {
		rate := 500*float64(i) + 250
		l.Course = append(l.Course, analysis.RampPart{From: 0.5 * float64(i), Length: 0.5, Rate: rate, Metrics: map[string]analysis.Estimate{
			"response_p99_us": estimate(40+3*cpu/(1-min(0.99, rate*cpu/1e6)), 0.1),
		}})
	}
	return l
}

func taxOf(name string, cpu float64) map[string]analysis.Comparison {
	if name == "none" {
		return nil
	}
	d := cpu - 9.1
	return map[string]analysis.Comparison{"cpu_us_per_request": {
		Ratio: cpu / 9.1, Lo: cpu / 9.3, Hi: cpu / 8.9, Difference: d, DifferenceLo: d - 0.1 - 0.02*d, DifferenceHi: d + 0.1 + 0.02*d, N: 10,
	}}
}

func estimate(v, share float64) analysis.Estimate {
	lo, hi := v*(1-share), v*(1+share)
	return analysis.Estimate{Value: v, Lo: &lo, Hi: &hi, N: 10}
}

// sampleDistribution is log-normal with a heavy tail, as latencies are.
func sampleDistribution(name, load string, cpu float64) analysis.Distribution {
	d := analysis.Distribution{Arm: name, Load: load, Kind: bench.LoadKind(load), Count: 800_000}
	middle, tail := 30+cpu, 0.9
	if load == "closed" {
		middle, tail = 31*cpu, 0.4
	}
	for k := range 84 {
		nines := float64(k) / 20
		d.Quantiles = append(d.Quantiles, analysis.Quantile{P: 1 - math.Pow(10, -nines), Micros: middle * math.Exp(tail*(nines*nines/5+nines/3-0.12))})
	}
	first := math.Floor(20 * math.Log10(middle*0.6))
	for k := range 45 {
		lo := math.Pow(10, (first+float64(k))/20)
		z := math.Log(lo*1.06/middle) / (0.25 * tail)
		d.Bins = append(d.Bins, analysis.Bin{LoMicros: lo, HiMicros: math.Pow(10, (first+float64(k)+1)/20), Count: int64(4e5*math.Exp(-z*z/2) + 3000*math.Exp(-z/4))})
	}
	return d
}
