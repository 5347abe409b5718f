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
	// Load is the one whose CPU times are compared.
	Load string `json:"load"`
	// Choices are the arms that are not beaten, by rising CPU time per request.
	Choices []string `json:"choices"`
	// Told are those of them whose servers authbench itself told of each revocation. The way
	// of the news is left out of their times, so that they beat only one another.
	Told []string `json:"told,omitempty"`
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

// RateLoad is the first open load, beside [Arm.CostLoad] where that is another one; nil if there
// is none, or its CPU time is not known.
func (a *Arm) RateLoad() *Load {
	i := slices.IndexFunc(a.Loads, func(l Load) bool { return l.Kind == bench.Open })
	if i < 0 || a.CostLoad().Kind == bench.Open {
		return nil
	}
	if _, known := a.Loads[i].Metrics[cpuPerRequest.name]; !known {
		return nil
	}
	return &a.Loads[i]
}

// priced is an arm of an episode that may be compared.
type priced struct {
	name  string
	cell  *cell
	cpu   float64
	works []float64 // that do not depend on each other
	// atOnce: all of its credentials were refused at once.
	atOnce bool
	told   bool // see [Arm.ToldIn]
}

// ToldIn reports whether authbench itself told each of the arm's servers of the revocations of
// an episode, so that the time that news takes to several of them is not part of what was found.
func (a *Arm) ToldIn(one Staleness) bool {
	return one.Replicas > 1 && one.Event != bench.RemoveKey && a.Told()
}

// fronts are those of the episodes, in their order, each under the first closed load and under
// the first open one: which of two arms costs less may depend on the load. There is none if fewer
// than two arms have a CPU time, or if no launches could tell any of them apart.
func (s *runData) fronts(arms []Arm, stale []Staleness) []Front {
	var out []Front
	for _, name := range episodesOf(stale) {
		for _, load := range s.costLoads() {
			var all []priced
			for i := range arms {
				if one, ok := s.pricedOf(&arms[i], stale, name, load); ok {
					all = append(all, one)
				}
			}
			if len(all) > 1 && len(all)-1 <= Separable(len(s.launches)) {
				out = append(out, frontOf(name, load, all))
			}
		}
	}
	return out
}

// costLoads are the names of the loads whose CPU times a report shows: the first closed one and
// the first open one.
func (s *runData) costLoads() []string {
	var out []string
	for _, kind := range []bench.LoadKind{bench.Closed, bench.Open} {
		if i := slices.IndexFunc(s.run.Header.Scenario.Loads, func(l bench.Load) bool { return l.Kind == kind }); i >= 0 {
			out = append(out, s.run.Header.Scenario.Loads[i].Name)
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

func (s *runData) pricedOf(a *Arm, stale []Staleness, episode, load string) (_ priced, ok bool) {
	i := slices.IndexFunc(stale, func(one Staleness) bool { return one.Arm == a.Name && one.Episode == episode })
	at := slices.IndexFunc(a.Loads, func(l Load) bool { return l.Name == load })
	c := s.cells[cellKey{a.Name, load}]
	if i < 0 || at < 0 || a.Status != ArmOK || !s.hasSharedRate(c) {
		return priced{}, false
	}
	e, ok := a.Loads[at].Metrics[cpuPerRequest.name]
	return priced{a.Name, c, e.Value, stale[i].independent(), stale[i].AtOnce == stale[i].Revocations, a.ToldIn(stale[i])}, ok
}

// frontOf tests each arm against one challenger: the cheapest of those that refuse sooner, or
// at once. So there are as many tests as arms and not as pairs, which a few launches
// can bear: the signed-rank test of the paired CPU times, and Holm's procedure over the arms.
func frontOf(episode, load string, all []priced) Front {
	slices.SortStableFunc(all, func(a, b priced) int { return cmp.Compare(a.cpu, b.cpu) })
	sooner := soonerThan(all)
	challenger := make([]int, len(all)) // by arm, below 0 for none
	var p []float64
	for i, one := range all {
		challenger[i] = slices.IndexFunc(all[:i], func(other priced) bool { return sooner(other.name, one.name) })
		if challenger[i] >= 0 {
			p = append(p, apart(cpuPerRequest.name, all[challenger[i]].cell, one.cell))
		}
	}
	adjusted := stat.Holm(p)
	out := Front{Episode: episode, Load: load, Beaten: map[string]string{}}
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
		if one.told {
			out.Told = append(out.Told, one.name)
		}
	}
	return out
}

// soonerThan tells whether the revoked credentials of one arm stop working sooner than
// another's, by the rank-sum test of each pair and Holm's procedure over all of them, or all at
// once, which nothing can be sooner than. Those that authbench told are sooner than none whose
// servers hear the news in another way.
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
	atOnce, byUs := map[string]bool{}, map[string]bool{}
	for _, one := range all {
		atOnce[one.name], byUs[one.name] = one.atOnce, one.told
	}
	return func(a, b string) bool { return (told[pair{a, b}] || atOnce[a]) && (byUs[b] || !byUs[a]) }
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
