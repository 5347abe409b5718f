package report

import (
	"math"
	"slices"
	"strings"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/result"
)

// sampleArms are the arms of an ordinary run: CPU per request and p99 in µs,
// sizes in bytes, allocations per request.
var sampleArms = []struct {
	name, method              string
	params                    map[string]any
	cpu, p99, request, allocs float64
	cpuTies, p99Ties          string
}{
	{"none", "none", nil, 9.1, 96, 38, 0, "a", "a"},
	{"apikey", "apikey", map[string]any{"hash": "sha256", "store": "memory"}, 10.6, 102, 121, 2, "b", "a"},
	{"jwt-hs256", "jwt", map[string]any{"alg": "HS256"}, 17, 128, 392, 62, "c", "b"},
	{"jwt-rs256", "jwt", map[string]any{"alg": "RS256"}, 41.2, 225, 691, 71, "d", "c"},
	{"jwt-eddsa", "jwt", map[string]any{"alg": "EdDSA"}, 52.4, 270, 435, 64, "e", "d"},
}

// sample is the analysis of an ordinary, valid run. Each call returns a new one.
func sample() *analysis.Analysis {
	a := &analysis.Analysis{Summary: analysis.Summary{
		Version: analysis.SummaryVersion, Scenario: "quick",
		Question: "What does each common way to authenticate a request cost?",
		Started:  "2026-03-14T09:26:53Z", Validity: result.Valid, Status: bench.Completed,
		Host: bench.Host{OS: "linux", Arch: "amd64", Kernel: "6.8.0", CPUModel: "Example CPU 2.60GHz", CPUs: 2,
			MemoryBytes: 8 << 30, Virtualization: "kvm", ServerCPUs: []int{0}, GeneratorCPUs: []int{1}},
		Build: bench.Build{Version: "v0.1.0", Revision: "0123456789ab", Go: "go1.26.8"},
		Seed:  42, Engine: "epoll", Baseline: "none", Launches: 10, Command: []string{"authbench", "run", "quick", "--seed", "42"},
		Health: analysis.Health{Sending: &analysis.Sending{LagP50: 0.2, LagP99: 31, LateShare: 0.0004, Delivered: 1, CPU: 0.31}, Repeated: 0.0025, Steal: 0.004},
		Warnings: []bench.Warning{
			{Code: "few_samples", Level: bench.Info, Arm: "jwt-eddsa", Load: "open", Text: "too few samples: p999 needs 212 more requests per launch; use more rounds, longer slices or a higher rate"},
			{Code: "few_samples", Level: bench.Info, Arm: "jwt-rs256", Load: "open", Text: "too few samples: p999 needs 212 more requests per launch; use more rounds, longer slices or a higher rate"},
		},
	}}
	for _, from := range sampleArms {
		arm := analysis.Arm{Name: from.name, Method: from.method, Params: from.params, Status: analysis.ArmOK,
			CredentialBytes: from.request - 38,
			Metrics:         map[string]analysis.Estimate{"allocations_per_request": estimate(from.allocs, 0.001), "memory_bytes": estimate(21<<20, 0.01)},
			Loads: []analysis.Load{
				{Name: "closed", Kind: bench.Closed, Requests: int64(8e6 / from.cpu), Metrics: map[string]analysis.Estimate{
					"cpu_us_per_request": estimate(from.cpu, 0.02), "throughput_rps": estimate(0.97e6/from.cpu, 0.03),
					"service_p50_us": estimate(31*from.cpu, 0.02), "service_p99_us": estimate(60*from.cpu, 0.05),
					"request_bytes": estimate(from.request, 0.001), "wrong_verdicts": {Value: 0},
				}, Ties: map[string]string{"cpu_us_per_request": from.cpuTies}},
				{Name: "open", Kind: bench.Open, Rate: 9250, Utilisation: 9250 * from.cpu / 0.97e6, Requests: 74_000, Metrics: map[string]analysis.Estimate{
					"response_p50_us": estimate(30+from.cpu, 0.02), "response_p90_us": estimate(38+2*from.cpu, 0.02), "response_p99_us": estimate(from.p99, 0.05),
				}, Ties: map[string]string{"response_p99_us": from.p99Ties}},
			}}
		if from.name != "none" {
			d := from.cpu - 9.1
			arm.Loads[0].VersusBaseline = map[string]analysis.Comparison{"cpu_us_per_request": {
				Ratio: from.cpu / 9.1, Lo: from.cpu / 9.2, Hi: from.cpu / 9, Difference: d, DifferenceLo: 0.97*d - 0.05, DifferenceHi: 1.02*d + 0.05, N: 10}}
		}
		a.Summary.Arms = append(a.Summary.Arms, arm)
		a.Distributions = append(a.Distributions, distribution(from.name, "open", 30+from.cpu), distribution(from.name, "closed", 31*from.cpu))
		for k := range 80 {
			a.Points = append(a.Points, analysis.Point{Arm: from.name, Load: "closed", Launch: 1 + k/8, Round: k % 8,
				Seconds: 1.5 * float64(k), CPUMicros: from.cpu * (1 + 0.05*math.Sin(float64(k*k))), ThroughputRPS: 0.97e6 / from.cpu, MedianMicros: 31 * from.cpu})
		}
	}
	return a
}

func estimate(v, share float64) analysis.Estimate {
	lo, hi := v*(1-share), v*(1+share)
	return analysis.Estimate{Value: v, Lo: &lo, Hi: &hi, N: 10}
}

func distribution(arm, load string, middle float64) analysis.Distribution {
	d := analysis.Distribution{Arm: arm, Load: load, Kind: bench.LoadKind(load), Count: 74_000}
	for k := range 60 {
		nines := float64(k) / 20
		d.Quantiles = append(d.Quantiles, analysis.Quantile{P: 1 - math.Pow(10, -nines), Micros: middle * math.Exp(0.25*nines*nines+0.2*nines-0.1)})
	}
	first := math.Floor(20 * math.Log10(middle/2))
	for k := range 25 {
		edge := func(n float64) float64 { return math.Pow(10, n/20) }
		z := (float64(k) - 6) / 2.2
		d.Bins = append(d.Bins, analysis.Bin{LoMicros: edge(first + float64(k)), HiMicros: edge(first + float64(k) + 1), Count: int64(12_000*math.Exp(-z*z/2)) + 12})
	}
	return d
}

// awkward are runs that went wrong in different ways, by name.
func awkward() map[string]*analysis.Analysis {
	interrupted := sample()
	s := &interrupted.Summary
	s.Launches, s.Status, s.Reason, s.Validity = 1, bench.Interrupted, "interrupted by the user", result.Suspicious
	s.Warnings = []bench.Warning{
		{Code: "unfinished", Level: bench.Suspicious, Text: "the run was interrupted (interrupted by the user): what follows is from 1 of 10 launches; run again for the rest"},
		{Code: "few_launches", Level: bench.Suspicious, Text: "launches measured whole: 1; without 6 there are no intervals and no comparisons: use at least 6 launches"}}
	for i := range s.Arms {
		for k := range s.Arms[i].Loads {
			l := &s.Arms[i].Loads[k]
			l.VersusBaseline, l.Ties = nil, nil
			for name, e := range l.Metrics {
				l.Metrics[name] = analysis.Estimate{Value: e.Value, N: 1}
			}
		}
	}

	mixed := sample()
	s = &mixed.Summary
	s.Validity = result.Suspicious
	s.Arms[2].Status, s.Arms[2].Reason = analysis.ArmUnsafe, "let 12 forged credentials in"
	s.Arms[3].Status, s.Arms[3].Reason = analysis.ArmFailed, "the target died: exit status 2"
	s.Arms[4].Name, s.Arms[4].Method, s.Arms[4].Params = "my-gateway", "jwt", nil
	s.Arms[4].Metrics = nil
	delete(s.Arms[4].Loads[0].Metrics, "cpu_us_per_request")
	s.Arms[4].Loads[0].VersusBaseline = nil
	s.Arms[1].Loads[0].Ties["cpu_us_per_request"] = "a"
	s.Arms[1].Loads[0].VersusBaseline["cpu_us_per_request"] = analysis.Comparison{Ratio: 1.01, Lo: 0.98, Hi: 1.04, Difference: 0.1, DifferenceLo: -0.2, DifferenceHi: 0.4, N: 10}
	s.Warnings = []bench.Warning{
		{Code: "false_accepts", Level: bench.Void, Arm: "jwt-hs256", Text: "let 12 forged credentials in"},
		{Code: "steal", Level: bench.Suspicious, Launch: 3, Text: "in 4 launches, worst in launch 3: the hypervisor took 4.2 % of the CPU time; run again when the host is quieter, or on a machine of your own"},
		{Code: "not_restarted", Level: bench.Info, Arm: "my-gateway", Text: "the server was not restarted between launches: its intervals cover rounds only, and another start may give other figures"}}

	baseless := sample()
	s = &baseless.Summary
	s.Validity = result.Invalid
	s.Arms[0].Status, s.Arms[0].Reason = analysis.ArmSkipped, "the server's port was refused"
	for i := range s.Arms {
		s.Arms[i].Loads[0].VersusBaseline = nil
	}
	s.Warnings = []bench.Warning{{Code: "arm_skipped", Level: bench.Void, Arm: "none", Text: "the server's port was refused"}}

	nothing := sample()
	s = &nothing.Summary
	s.Launches, s.Validity, s.Status, s.Reason = 0, result.Invalid, bench.Failed, "no space left on device"
	s.Warnings = []bench.Warning{{Code: "no_launches", Level: bench.Void, Text: "no launch was measured whole: there is nothing to report; run again"}}
	nothing.Distributions, nothing.Points = nil, nil
	for i := range s.Arms {
		s.Arms[i].Status, s.Arms[i].Reason = analysis.ArmSkipped, "no launch with it was measured whole"
		s.Arms[i].Metrics = nil
		for k := range s.Arms[i].Loads {
			l := &s.Arms[i].Loads[k]
			l.Metrics, l.VersusBaseline, l.Ties, l.Requests = nil, nil, nil, 0
		}
	}

	return map[string]*analysis.Analysis{"closed": closedOnly(), "searched": searched(), "laddered": laddered(), "interrupted": interrupted, "mixed": mixed, "baseless": baseless, "nothing": nothing, "empty": {}}
}

// closedOnly has no open load. One arm was starved, and nobody knows whether another is
// safe.
func closedOnly() *analysis.Analysis {
	a := sample()
	s := &a.Summary
	s.Health.Sending, s.Validity = nil, result.Suspicious
	for i := range s.Arms {
		s.Arms[i].Loads = s.Arms[i].Loads[:1]
	}
	delete(s.Arms[4].Loads[0].Metrics, "cpu_us_per_request")
	delete(s.Arms[4].Loads[0].Metrics, "throughput_rps")
	s.Arms[4].Loads[0].VersusBaseline = nil
	s.Warnings = []bench.Warning{
		{Code: "unsaturated", Level: bench.Void, Arm: "jwt-eddsa", Load: "closed", Text: "in 9 of 10 launches, worst in launch 3: its server used 22 % of its CPU time under the closed load, not nearly all of it"},
		{Code: "not_examined", Level: bench.Info, Arm: "jwt-rs256", Text: "this run does not tell whether it is safe: its requests are not plain GETs, as the catalogue's are"}}
	return a
}

// laddered takes two of its costs apart; a third ladder has a hole.
func laddered() *analysis.Analysis {
	a := sample()
	parts := []analysis.Part{analysis.PartServer, analysis.PartTransport, analysis.PartParsing, analysis.PartVerification}
	for arm, costs := range map[string][]float64{"jwt-hs256": {9.1, 0.4, 5.2, 2.3}, "jwt-rs256": {9.1, 0.5, 5.4, 26.2}} {
		l := analysis.Ladder{Arm: arm, Load: "closed"}
		for i, part := range parts {
			l.Steps = append(l.Steps, analysis.Step{Arm: arm, Part: part, Micros: estimate(costs[i], 0.05)})
		}
		a.Summary.Ladders = append(a.Summary.Ladders, l)
	}
	slices.SortFunc(a.Summary.Ladders, func(a, b analysis.Ladder) int { return strings.Compare(a.Arm, b.Arm) })
	a.Summary.Ladders = append(a.Summary.Ladders, analysis.Ladder{Arm: "jwt-eddsa", Load: "closed", Missing: "parse-eddsa is failed"})
	return a
}

// everything is a run with all that a page can show: an unsafe arm, one that failed and
// one whose cost is taken apart, every kind of load, limits and warnings of every level.
func everything() *analysis.Analysis {
	a, search, mixed := shown(), searched(), awkward()["mixed"]
	s := &a.Summary
	s.Validity, s.Warnings = mixed.Summary.Validity, append(s.Warnings, mixed.Summary.Warnings...)
	for i := range s.Arms {
		s.Arms[i].Loads = append(s.Arms[i].Loads, search.Summary.Arms[i].Loads[0])
	}
	s.Arms[4].Status, s.Arms[4].Reason = analysis.ArmFailed, "the target died: exit status 2"
	s.Ladders = laddered().Summary.Ladders[1:]
	s.BreakEvens, s.Limits = breakEven().BreakEvens, someLimits()
	return a
}

// searched is a run that looked for capacities and swept: it has no other load.
func searched() *analysis.Analysis {
	a := sample()
	a.Summary.Scenario, a.Summary.Launches, a.Summary.Warnings = "capacity", 6, nil
	a.Distributions, a.Points = nil, nil
	for i, from := range sampleArms {
		arm, capacity := &a.Summary.Arms[i], 0.93e6/from.cpu
		sweep := analysis.Load{Name: "sweep", Kind: bench.Sweep, Requests: 40_000}
		for _, f := range []float64{0.5, 0.9} {
			sweep.Levels = append(sweep.Levels, analysis.Level{Fraction: f, Rate: f * 0.97e6 / from.cpu, Metrics: map[string]analysis.Estimate{
				"throughput_rps": estimate(f*0.97e6/from.cpu, 0.001), "response_p99_us": estimate(40+3*from.cpu/(1-f), 0.1)}})
		}
		search := analysis.Load{Name: "capacity", Kind: bench.Capacity, SLO: "p99 < 2ms", Requests: 90_000, Failures: 12,
			Metrics: map[string]analysis.Estimate{"capacity_rps": estimate(capacity, 0.02)}}
		switch from.name {
		case "none":
		case "apikey":
			search.Metrics = map[string]analysis.Estimate{"capacity_at_least_rps": {Value: 80_000}}
		default:
			search.VersusBaseline = map[string]analysis.Comparison{"capacity_rps": {Ratio: 9.1 / from.cpu, Lo: 9 / from.cpu, Hi: 9.2 / from.cpu, N: 6}}
		}
		arm.Loads = []analysis.Load{sweep, search}
	}
	a.Summary.Arms[3].Status, a.Summary.Arms[3].Reason = analysis.ArmFailed, "the target died: exit status 2"
	a.Summary.Warnings = []bench.Warning{
		{Code: "generator_limit", Level: bench.Info, Arm: "apikey", Load: "capacity", Text: "limited by the generator in 2 of 6 launches: the arm's capacity is at least what is shown; give the generator more CPUs (cpus.generator)"}}
	return a
}
