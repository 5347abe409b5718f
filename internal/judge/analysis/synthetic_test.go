package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/hist"
)

// synthetic is a run whose truth is known.
type synthetic struct {
	arms     []truth // the first is the baseline
	launches int
	rounds   int
	loads    []bench.Load
	// Noise, as standard deviations of logarithms: of a launch (each arm its
	// own), of a round (all arms share it), of a slice.
	launchNoise, roundNoise, sliceNoise float64
	// samples per slice; 0 leaves histograms out.
	samples int
	seed    uint64
	// contrasts are those that the scenario declares.
	contrasts []bench.Contrast
	lag       bench.EncodedHistogram // of every open slice: 500 ns
}

// truth is an arm's.
type truth struct {
	name         string
	cpuMicros    float64
	medianMicros float64
}

var bothLoads = []bench.Load{
	{Name: "closed", Kind: bench.Closed, Connections: 32},
	{Name: "open", Kind: bench.Open, Connections: 64, Utilisation: 0.5},
}

// quick is a small run like that of the quick scenario. Its seed is one of the 19
// in 20 whose intervals hold the truth; TestCoverage counts them.
func quick() synthetic {
	return synthetic{
		arms:     []truth{{"none", 10, 50}, {"apikey", 12, 52}, {"jwt", 40, 90}},
		launches: 10, rounds: 2, loads: bothLoads,
		launchNoise: 0.01, roundNoise: 0.05, sliceNoise: 0.03, samples: 2600, seed: 3,
	}
}

func (m synthetic) run(t testing.TB) *result.Run {
	t.Helper()
	if m.samples > 0 {
		halfMicro := hist.New()
		halfMicro.Record(500)
		m.lag = encode(t, halfMicro)
	}
	r := &result.Run{Footer: &bench.Footer{Status: bench.Completed}}
	h := &r.Header
	h.Scenario = bench.Scenario{Name: "synthetic", Question: "What is planted?", Baseline: m.arms[0].name, Loads: m.loads, Contrasts: slices.Clone(m.contrasts)}
	h.Scenario.Protocol = bench.Protocol{Launches: m.launches, Rounds: m.rounds, Settle: bench.Duration(20 * time.Millisecond)}
	h.Started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h.Host.GeneratorCPUs = []int{1}
	for _, a := range m.arms {
		h.Scenario.Arms = append(h.Scenario.Arms, bench.Arm{Name: a.name, Method: bench.Method{ID: "m"}})
		h.Arms = append(h.Arms, bench.ArmInfo{Name: a.name, CredentialBytes: 40, HasCPU: true, Restarts: true})
		r.Calibrations = append(r.Calibrations, bench.Calibration{Arm: a.name, Capacity: 1e6 / a.cpuMicros})
	}
	random := rand.New(rand.NewPCG(m.seed, 0))
	for launch := 1; launch <= m.launches; launch++ {
		m.launch(t, r, launch, random)
	}
	return r
}

func (m synthetic) launch(t testing.TB, r *result.Run, launch int, random *rand.Rand) {
	level := map[string]float64{}
	l := bench.Launch{Launch: launch, Length: 1e9}
	for _, a := range m.arms {
		level[a.name] = m.launchNoise * random.NormFloat64()
		l.Arms = append(l.Arms, bench.ArmLaunch{Arm: a.name, PSS: 30 << 20, Counters: &bench.Counters{Requests: 1000, Allocs: 3000, AllocBytes: 64_000, GCCycles: 4}})
	}
	for round := range m.rounds {
		for _, load := range m.loads {
			weather := m.roundNoise * random.NormFloat64()
			for position, a := range m.arms {
				factor := math.Exp(level[a.name] + weather + m.sliceNoise*random.NormFloat64())
				r.Slices = append(r.Slices, m.slice(t, a, load, bench.Slice{
					Launch: launch, Round: round, Position: position, Start: int64(len(r.Slices)) * 1e8,
				}, factor, random))
			}
		}
	}
	r.Launches = append(r.Launches, l)
}

func (m synthetic) slice(t testing.TB, a truth, load bench.Load, s bench.Slice, factor float64, random *rand.Rand) bench.Slice {
	const answered = 1000
	s.Arm, s.Load, s.Attempt, s.Counts, s.Connections = a.name, load.Name, 1, true, load.Connections
	s.Completed, s.Answered, s.Measured = answered, answered, 1e8
	s.ServerCPU = int64(a.cpuMicros * factor * 1e3 * answered)
	s.BytesOut, s.BytesIn = 100*answered, 150*answered
	s.GeneratorCPU, s.GeneratorSpin = 9e7, 7e7
	s.Statuses = map[bench.Class]map[int]int64{bench.Valid: {200: answered}}
	if load.Kind == bench.Closed {
		// One core, saturated: the throughput is what the CPU allows.
		s.Measured = s.ServerCPU
	} else {
		s.Rate, s.Scheduled, s.Sent = 10_000, answered, answered
	}
	if load.Kind == bench.Sweep {
		// The queue: at a fraction f of the capacity, times are 1/(1-f) as long.
		fraction := load.Fractions[load.Level(s.Round)]
		s.Rate = fraction * 1e6 / a.cpuMicros
		s.Measured = int64(1e9 * answered / s.Rate)
		s.GeneratorCPU, s.GeneratorSpin = s.Measured, s.Measured*3/4
		a.medianMicros /= 1 - fraction
	}
	if m.samples == 0 {
		return s
	}
	h := hist.New()
	for range m.samples {
		h.Record(int64(1e3 * a.medianMicros * factor * math.Exp(0.3*random.NormFloat64())))
	}
	s.Valid.Service = encode(t, h)
	if load.Kind.Scheduled() {
		s.Valid.Response, s.Valid.Lag, s.Valid.Service = s.Valid.Service, m.lag, ""
	}
	return s
}

func encode(t testing.TB, h *hist.Histogram) bench.EncodedHistogram {
	t.Helper()
	text, err := h.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return bench.EncodedHistogram(text)
}

func analyze(t testing.TB, r *result.Run) *Analysis {
	t.Helper()
	a, err := Analyze(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func find(t testing.TB, a *Analysis, arm, load string) *Load {
	t.Helper()
	for i := range a.Summary.Arms {
		for j := range a.Summary.Arms[i].Loads {
			if l := &a.Summary.Arms[i].Loads[j]; a.Summary.Arms[i].Name == arm && l.Name == load {
				return l
			}
		}
	}
	t.Fatalf("no arm %s under load %s", arm, load)
	return nil
}

func codes(a *Analysis) []string {
	var out []string
	for _, w := range a.Summary.Warnings {
		out = append(out, w.Code)
	}
	return slices.Compact(out)
}
