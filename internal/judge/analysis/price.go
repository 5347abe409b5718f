package analysis

import (
	"math"
	"slices"

	"authbench/bench"
	"authbench/internal/text/unit"
)

// PriceLoad is a load whose CPU times say what a request costs at about its rate: one of those of
// which a report shows costs.
type PriceLoad struct {
	Name string
	Kind bench.LoadKind
	// Rate is that of one server, requests per second: what a closed load got, what an open one
	// asked for. It is the median of the arms' besides the baseline.
	Rate float64
}

// PriceLoads are those of a result, the closed one first.
func (s *Summary) PriceLoads() []PriceLoad {
	var out []PriceLoad
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		found := PriceLoad{Kind: kind}
		var rates []float64
		for _, a := range s.Arms {
			i := slices.IndexFunc(a.Loads, func(l Load) bool { return l.Kind == kind })
			if i < 0 || a.Status != ArmOK || a.Name == s.Baseline {
				continue
			}
			l := a.Loads[i]
			rate := l.Rate
			if kind == bench.Closed {
				rate = l.Metrics[throughput.name].Value
			}
			if _, known := l.Metrics[cpuPerRequest.name]; known && rate > 0 {
				found.Name, rates = l.Name, append(rates, rate/float64(max(1, a.Replicas)))
			}
		}
		if len(rates) > 0 {
			slices.Sort(rates)
			found.Rate = rates[len(rates)/2]
			out = append(out, found)
		}
	}
	return out
}

// Nearest is the load whose rate is the nearest, in proportion, to one of a server; the zero
// value if there is none.
func Nearest(loads []PriceLoad, perServer float64) PriceLoad {
	var best PriceLoad
	least := math.Inf(1)
	for _, l := range loads {
		if off := math.Abs(math.Log(l.Rate / perServer)); off < least {
			best, least = l, off
		}
	}
	return best
}

// At says where on a server's way to saturation the load's figures were taken: "at saturation",
// "at 1.00 k/s".
func (l *Load) At() string {
	switch {
	case l.Kind == bench.Closed:
		return "at saturation"
	case l.Rate == 0:
		return "under the " + l.Name + " load"
	}
	return "at " + unit.Rate(l.Rate)
}
