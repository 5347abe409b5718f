package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/stat"
)

// Front is what an episode leaves to choose from: arms that no other one beats in cost and in
// the time for which revoked credentials work on.
type Front struct {
	// Episode is that of the scenario.
	Episode string `json:"episode"`
	// Choices are the arms that are not beaten, by rising CPU time per request.
	Choices []string `json:"choices"`
	// Beaten names for each other arm the cheapest one that beats it: it uses less CPU time
	// per request for certain, and its revoked credentials stop working sooner for certain, or
	// all of them are refused from the next request on.
	Beaten map[string]string `json:"beaten,omitempty"`
}

// CostLoad is the load of which an arm's CPU time per request counts: the first closed one,
// the first open one where there is none. It is nil if the arm has neither.
func (a *Arm) CostLoad() *Load {
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		if i := slices.IndexFunc(a.Loads, func(l Load) bool { return l.Kind == kind }); i >= 0 {
			return &a.Loads[i]
		}
	}
	return nil
}

// priced is an arm of an episode that may be compared.
type priced struct {
	name  string
	cell  *cell
	cpu   float64
	works []float64
}

// fronts are those of the episodes, in their order. An episode has none if fewer than two of
// its arms have a CPU time, or if no launches could tell any of them apart.
func (s *runData) fronts(arms []Arm, stale []Staleness) []Front {
	var out []Front
	for _, name := range episodesOf(stale) {
		var all []priced
		for i := range arms {
			if one, ok := s.pricedOf(&arms[i], stale, name); ok {
				all = append(all, one)
			}
		}
		if len(all) > 1 && len(all)-1 <= Separable(len(s.launches)) {
			out = append(out, frontOf(name, all))
		}
	}
	return out
}

// Episodes are the names of the episodes with figures, in their order.
func (s *Summary) Episodes() []string { return episodesOf(s.Staleness) }

func episodesOf(stale []Staleness) []string {
	var out []string
	for _, one := range stale {
		if !slices.Contains(out, one.Episode) {
			out = append(out, one.Episode)
		}
	}
	return out
}

func (s *runData) pricedOf(a *Arm, stale []Staleness, episode string) (_ priced, ok bool) {
	i := slices.IndexFunc(stale, func(one Staleness) bool { return one.Arm == a.Name && one.Episode == episode })
	l := a.CostLoad()
	if i < 0 || l == nil || a.Status != ArmOK {
		return priced{}, false
	}
	e, ok := l.Metrics[cpuPerRequest.name]
	return priced{a.Name, s.cells[cellKey{a.Name, l.Name}], e.Value, stale[i].Works}, ok
}

// frontOf tests each arm against one challenger: the cheapest of those that refuse sooner, or
// at once. So there are as many tests as arms and not as pairs, which a few launches
// can bear: the signed-rank test of the paired CPU times, and Holm's procedure over the arms.
func frontOf(episode string, all []priced) Front {
	slices.SortStableFunc(all, func(a, b priced) int { return cmp.Compare(a.cpu, b.cpu) })
	sooner := soonerThan(all)
	challenger := make([]int, len(all)) // by arm, below 0 for none
	var p []float64
	for i, one := range all {
		challenger[i] = slices.IndexFunc(all[:i], func(other priced) bool { return sooner(other.name, one.name) })
		if challenger[i] >= 0 {
			p = append(p, cheaper(all[challenger[i]].cell, one.cell))
		}
	}
	adjusted := stat.Holm(p)
	out := Front{Episode: episode, Beaten: map[string]string{}}
	for i, one := range all {
		if challenger[i] >= 0 {
			certain := adjusted[0] <= tieLevel
			adjusted = adjusted[1:]
			if certain {
				out.Beaten[one.name] = all[challenger[i]].name
				continue
			}
		}
		out.Choices = append(out.Choices, one.name)
	}
	return out
}

// cheaper is the chance that two arms whose CPU times differ as measured cost the same; 1 if
// the interval of the difference holds zero, or nothing can be said.
func cheaper(a, b *cell) float64 {
	m, ok := a.metric(cpuPerRequest.name)
	if !ok {
		return 1
	}
	paired := pairLaunches(m, a, b)
	if c, ok := paired.comparison(); !ok || c.holdsZero() {
		return 1
	}
	return stat.SignedRankTest(paired.logRatios).TwoSided
}

// soonerThan tells whether the revoked credentials of one arm stop working sooner than
// another's, by the rank-sum test of each pair and Holm's procedure over all of them, or all at
// once, which nothing can be sooner than.
func soonerThan(all []priced) func(a, b string) bool {
	type pair struct{ a, b string }
	var pairs []pair
	var p []float64
	first := map[pair]bool{} // the first of the pair is the sooner one
	for i, b := range all {
		for _, a := range all[:i] {
			test := stat.RankSumTest(a.works, b.works)
			pairs, p = append(pairs, pair{a.name, b.name}), append(p, test.TwoSided)
			first[pair{a.name, b.name}] = test.Higher > 0.5
		}
	}
	told := map[pair]bool{}
	for i, adjusted := range stat.Holm(p) {
		if adjusted > tieLevel {
			continue
		}
		if at := pairs[i]; first[at] {
			told[at] = true
		} else {
			told[pair{at.b, at.a}] = true
		}
	}
	atOnce := map[string]bool{}
	for _, one := range all {
		atOnce[one.name] = one.works[len(one.works)-1] == 0
	}
	return func(a, b string) bool { return told[pair{a, b}] || atOnce[a] }
}

// Knobs are series of arms that differ by one time of their methods alone, such as how long a
// cache believes an entry: the names of each series' arms, by rising time.
func (s *Summary) Knobs() [][]string {
	type member struct {
		arm  string
		time time.Duration
	}
	series := map[string][]member{}
	for _, a := range s.Arms {
		for name, value := range a.Params {
			t, err := time.ParseDuration(bench.Params{name: value}.Text(name))
			if err != nil || t <= 0 {
				continue
			}
			others := maps.Clone(a.Params)
			delete(others, name)
			key := fmt.Sprintf("%s %s %v %d %v", a.Method, name, others, a.Replicas, a.Own)
			series[key] = append(series[key], member{a.Name, t})
		}
	}
	var out [][]string
	for _, key := range slices.Sorted(maps.Keys(series)) {
		of := series[key]
		if len(of) < 2 {
			continue
		}
		slices.SortStableFunc(of, func(a, b member) int { return cmp.Compare(a.time, b.time) })
		var names []string
		for _, m := range of {
			names = append(names, m.arm)
		}
		out = append(out, names)
	}
	return out
}
