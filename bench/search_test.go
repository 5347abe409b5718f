package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var within2ms = Load{Name: "capacity", Kind: Capacity, SLO: "p99 < 2ms", Connections: 64, Arrivals: Poisson, Timeout: defaultTimeout}

// searching plays one launch's search of one arm and returns its slices and what
// they come to.
func searching(s Scenario, seed uint64, launch int, calibrated float64, fare func(Visit) Probe) ([]Slice, *Search) {
	o := Outcomes{Launches: launch + 1, Calibrations: []Calibration{{Arm: s.Baseline, Capacity: calibrated}}}
	for {
		step := Next(s, seed, o)
		if step.Kind != StepRound {
			return o.Last, NewSearch(s.Loads[0], s.Rounds, o.Last)
		}
		v := step.Visits[0]
		o.Last = append(o.Last, Slice{
			Arm: v.Arm, Load: step.Load.Name, Launch: launch, Round: step.Round, Attempt: 1, Rate: v.Rate, Probe: new(fare(v)),
		})
	}
}

func searchScenario() Scenario {
	s := Scenario{Name: "search", Baseline: "a", Arms: []Arm{{Name: "a", Method: Method{ID: "none"}}}, Loads: []Load{within2ms}}
	s.Launches, s.Rounds, s.Slice = 6, 4, Duration(200*time.Millisecond)
	return s.WithDefaults(catalogue{})
}

// fraction is a slice of many requests of which that share missed the objective.
func fraction(share float64) Probe {
	const requests = 1e12
	return Probe{Requests: requests, Missed: int64(min(1, share) * requests)}
}

// A server without noise: the search ends with the two rates 5 % apart around the
// true capacity, wherever that is, each confirmed by at least four slices in turns.
func TestSearchBracketsTheCapacity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := searchScenario()
		s.Rounds = rapid.IntRange(1, 8).Draw(t, "rounds")
		calibrated := math.Pow(10, rapid.Float64Range(4, 5.5).Draw(t, "calibrated"))
		truth := calibrated * math.Pow(10, rapid.Float64Range(-1.4, 1).Draw(t, "share"))
		steep := rapid.Float64Range(1, 30).Draw(t, "steep")
		taken, search := searching(s, rapid.Uint64().Draw(t, "seed"), 1, calibrated, func(v Visit) Probe {
			return fraction(0.01 * math.Pow(v.Rate/truth, steep))
		})
		lo, hi := search.Bounds()
		rate, ok := search.Capacity()
		if !ok || lo > truth*(1+1e-6) || hi < truth*(1-1e-6) || hi/lo > 1.0501 || math.Abs(rate/truth-1) > 1e-3 {
			t.Fatalf("truth %v: found %v (%v) between %v and %v", truth, rate, ok, lo, hi)
		}
		counts := map[float64]int{}
		for _, slice := range taken[len(taken)-2*max(s.Rounds, 4):] {
			counts[slice.Rate]++
		}
		if counts[lo] != max(s.Rounds, 4) || counts[hi] != counts[lo] {
			t.Fatalf("confirmed by %v slices, the rates are %v and %v", counts, lo, hi)
		}
	})
}

// Whatever the slices say, a search ends, and what it found lies in its bounds.
func TestSearchEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := searchScenario()
		taken, search := searching(s, 1, 1, rapid.Float64Range(0, 1e6).Draw(t, "calibrated"), func(Visit) Probe {
			return Probe{rapid.SampledFrom([]int64{0, 1, 1000}).Draw(t, "requests"), rapid.SampledFrom([]int64{0, 1, 10, 11, 1000}).Draw(t, "missed")}
		})
		if len(taken) > mostProbes(s.Rounds) {
			t.Fatalf("%d slices", len(taken))
		}
		lo, hi := search.Bounds()
		if rate, ok := search.Capacity(); ok && !(rate >= lo && rate <= hi) {
			t.Fatalf("%v is not between %v and %v", rate, lo, hi)
		}
	})
}

func TestSearchOutOfRange(t *testing.T) {
	for _, c := range []struct {
		name       string
		calibrated float64
		missed     float64
		lo, hi     bool // whether there is such a bound
	}{
		{"never met", 50_000, 0.02, false, true},
		{"always met", 50_000, 0.009, true, false},
		{"too slow for a p99", 200, 0, false, false},
		{"did not answer", 0, 0, false, false},
	} {
		_, search := searching(searchScenario(), 1, 1, c.calibrated, func(Visit) Probe { return fraction(c.missed) })
		lo, hi := search.Bounds()
		if _, ok := search.Capacity(); ok || lo > 0 != c.lo || !math.IsInf(hi, 1) != c.hi {
			t.Errorf("%s: capacity %v between %v and %v", c.name, ok, lo, hi)
		}
	}
}

// The last slice of a pair that was misled moves it on; a pair that turns back
// ends the search at the rate that it turned at.
func TestConfirmationMovesOn(t *testing.T) {
	const lo, hi = 10_000.0, 10_400.0
	up, down := hi*resolution, lo/resolution
	pairs := func(from, to float64, atFrom, atTo float64) (out []Slice) {
		for range leastPairs {
			out = append(out, Slice{Rate: from, Probe: new(fraction(atFrom))}, Slice{Rate: to, Probe: new(fraction(atTo))})
		}
		return out
	}
	const met, missed = 0.005, 0.02 // what may miss is their geometric mean
	bracket := []Slice{{Rate: lo, Probe: new(fraction(met))}, {Rate: hi, Probe: new(fraction(missed))}}
	for _, c := range []struct {
		name  string
		taken [][]Slice
		rate  float64
	}{
		{"confirmed", [][]Slice{pairs(lo, hi, met, missed)}, math.Sqrt(lo * hi)},
		{"both met, then confirmed", [][]Slice{pairs(lo, hi, met, met), pairs(hi, up, met, missed)}, math.Sqrt(hi * up)},
		{"both missed, then confirmed", [][]Slice{pairs(lo, hi, missed, missed), pairs(down, lo, met, missed)}, math.Sqrt(down * lo)},
		{"up and back", [][]Slice{pairs(lo, hi, met, met), pairs(hi, up, missed, missed)}, hi},
		{"down and back", [][]Slice{pairs(lo, hi, missed, missed), pairs(down, lo, met, met)}, lo},
	} {
		taken := slices.Concat(append([][]Slice{bracket}, c.taken...)...)
		search := NewSearch(within2ms, leastPairs, taken)
		if rate, ok := search.Capacity(); !ok || math.Abs(rate/c.rate-1) > 1e-9 {
			t.Errorf("%s: %v (%v), want %v", c.name, rate, ok, c.rate)
		}
		if NewSearch(within2ms, leastPairs, taken[:len(taken)-1]).Done() {
			t.Errorf("%s: done before its last slice", c.name)
		}
	}
}

// queue is a server with Poisson arrivals, one CPU and a fixed service time.
type queue struct{ service time.Duration }

// take runs one slice against a limit on the response time.
func (q queue) take(v Visit, limit time.Duration, r *rand.Rand) (p Probe) {
	now, free := 0.0, 0.0
	service := q.service.Seconds()
	settle, end := v.Settle.Seconds(), (v.Settle + v.Measure).Seconds()
	for {
		now += r.ExpFloat64() / v.Rate
		if now > end {
			return p
		}
		free = max(free, now) + service
		if now < settle {
			continue
		}
		p.Requests++
		if free-now >= limit.Seconds() {
			p.Missed++
		}
	}
}

// capacity is the rate at which one response in a hundred takes longer than the
// limit, by the exponential tail of the M/D/1 queue (Cramér and Lundberg), which
// is exact but for terms that vanish for waits of many service times.
func (q queue) capacity(limit time.Duration) float64 {
	service := q.service.Seconds()
	beyond := func(rate float64) float64 {
		// The positive root of rate·(exp(x·service)−1) = x.
		lo, hi := 1e-9/service, 50/service
		for range 200 {
			if x := (lo + hi) / 2; rate*math.Expm1(x*service) < x {
				lo = x
			} else {
				hi = x
			}
		}
		tail := (1 - rate*service) / (rate*service*math.Exp(lo*service) - 1)
		return tail * math.Exp(-lo*(limit.Seconds()-service))
	}
	lo, hi := 0.2/service, 0.9999/service
	for range 100 {
		if rate := (lo + hi) / 2; beyond(rate) < 0.01 {
			lo = rate
		} else {
			hi = rate
		}
	}
	return lo
}

// Of 200 simulated runs at least nine in ten have an interval over launches that
// holds the true capacity. Launches and slices differ as they do on a shared
// machine, and so does the calibration.
func TestSearchCoversTheTruth(t *testing.T) {
	const (
		runs                                    = 200
		launchNoise, sliceNoise, calibratedWith = 0.015, 0.02, 0.05
	)
	server := queue{100 * time.Microsecond}
	limit := within2ms.Objective().Limit
	truth := server.capacity(limit)
	s := searchScenario()
	r := rand.New(rand.NewPCG(1, 2))
	noisy := func(sd float64) float64 { return math.Exp(sd * r.NormFloat64()) }
	covered, slicesTaken := 0, 0
	for run := range runs {
		calibrated := noisy(calibratedWith) / server.service.Seconds()
		var found []float64
		for launch := range s.Launches {
			level := noisy(launchNoise)
			taken, search := searching(s, uint64(run), launch+1, calibrated, func(v Visit) Probe {
				slow := level * noisy(sliceNoise)
				return queue{time.Duration(slow * float64(server.service))}.take(v, limit, r)
			})
			slicesTaken += len(taken)
			rate, ok := search.Capacity()
			if !ok {
				t.Fatalf("run %d, launch %d: no capacity after %d slices", run, launch, len(taken))
			}
			found = append(found, rate)
		}
		// The extremes of six numbers hold their median with 96.9 %.
		if slices.Min(found) <= truth && truth <= slices.Max(found) {
			covered++
		}
	}
	t.Logf("true capacity %.0f/s; %d of %d intervals hold it; %.1f slices per search", truth, covered, runs, float64(slicesTaken)/runs/float64(s.Launches))
	if covered < 9*runs/10 {
		t.Errorf("%d of %d intervals hold the true capacity", covered, runs)
	}
}
