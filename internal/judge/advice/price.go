package advice

import (
	"fmt"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

const cpuMetric = "cpu_us_per_request"

// pricing chooses whose CPU times options are priced by: those of the load whose rate is the
// nearest to what a server of the need gets. A request costs more on a server that sleeps between
// requests, and not each method as much more.
type pricing struct {
	loads   []analysis.PriceLoad
	nearest analysis.PriceLoad
	need    Need
}

func pricingOf(s *analysis.Summary, n Need) pricing {
	p := pricing{loads: s.PriceLoads(), need: n}
	p.nearest = p.at(n.Rate)
	return p
}

// at is the load whose rate is the nearest to one that all replicas share.
func (p pricing) at(rate float64) analysis.PriceLoad {
	return analysis.Nearest(p.loads, rate/float64(p.need.Replicas))
}

// costs fills in the CPU time by the nearest load, or by another one where that does not tell. ok
// is false if none does.
func (p pricing) costs(arm *analysis.Arm, o *Option) (ok bool) {
	var known []analysis.Load
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		for _, l := range arm.Loads {
			if _, has := l.Metrics[cpuMetric]; has && l.Kind == kind {
				known = append(known, l)
			}
		}
	}
	if len(known) == 0 {
		return false
	}
	o.under = map[string]float64{}
	for _, l := range known {
		cpu, _, _ := p.priced(arm, l)
		o.under[l.Name] = cpu.Value
	}
	l := known[max(0, slices.IndexFunc(known, func(l analysis.Load) bool { return l.Name == p.nearest.Name }))]
	o.At, o.AtRate, o.Tied = l.At(), l.Rate, l.Ties[cpuMetric]
	moved := false
	if o.CPU, o.Priced, moved = p.priced(arm, l); moved {
		o.Tied = "" // the ties are those of what was measured
	}
	return true
}

// priced is what a request costs with an arm, by one load. What an exchange of keys for tokens
// costs is shared by fewer or more requests than it was there: clients exchange by the clock, not
// by the request.
func (p pricing) priced(arm *analysis.Arm, l analysis.Load) (cpu analysis.Estimate, how string, moved bool) {
	cpu = l.Metrics[cpuMetric]
	if l.Refreshes == nil || l.Refreshes.PerToken.Value <= 0 {
		return cpu, "", false
	}
	rate := l.Rate
	if l.Kind == bench.Closed {
		rate = l.Metrics["throughput_rps"].Value
	}
	perToken := l.Refreshes.PerToken.Value
	issuer, known := l.Metrics["issuer_cpu_us_per_request"]
	if !known || rate <= 0 {
		return cpu, fmt.Sprintf("its CPU time holds for %s requests per token", unit.Plain(perToken, 2)), false
	}
	exchanges, whose := rate/perToken, "as its clients made there; --clients says how many yours make"
	if r := arm.Facts.Renewal; p.need.Clients > 0 && r.After > 0 {
		period := time.Duration(r.After).Seconds() * (1 - r.Jitter/2)
		exchanges, whose = float64(p.need.Clients)/period, "as your clients make"
	}
	by := issuer.Value*perToken*exchanges/p.need.Rate - issuer.Value
	cpu.Value += by
	if cpu.Lo != nil && cpu.Hi != nil {
		lo, hi := *cpu.Lo+by, *cpu.Hi+by
		cpu.Lo, cpu.Hi = &lo, &hi
	}
	return cpu, fmt.Sprintf("priced with %s exchanges a second, %s (%s requests per token; measured at %s)",
		unit.Plain(exchanges, 3), whose, unit.Plain(p.need.Rate/exchanges, 2), unit.Plain(perToken, 2)), true
}

// oneCPU is the rate from which on a dearer option costs one CPU more than another, by the load
// that is the nearest to that rate, if there is such a load; else by the one that both are priced
// by. ok is false if it costs no more.
func (p pricing) oneCPU(cheap, dear Option) (rate float64, ok bool) {
	for _, l := range p.loads {
		a, both := cheap.under[l.Name]
		b, known := dear.under[l.Name]
		if gap := b - a; both && known && gap > 0 && p.at(1e6/gap).Name == l.Name {
			return 1e6 / gap, true
		}
	}
	gap := dear.CPU.Value - cheap.CPU.Value
	return 1e6 / gap, gap > 0
}
