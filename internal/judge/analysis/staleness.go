package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"authbench/bench"
	"authbench/internal/result"
	"authbench/internal/result/validity"
	"authbench/internal/stat"
	"authbench/internal/text/unit"
)

// Staleness is what an arm's episode found: for how long revoked credentials went on
// working, from the acknowledgement of their revocation on. Times are in µs.
type Staleness struct {
	Episode  string `json:"episode"`
	Arm      string `json:"arm"`
	Replicas int    `json:"replicas"`
	// Event is how credentials were taken back; absent: they were revoked.
	Event bench.Event `json:"event,omitempty"`
	// ClientRate is how many requests per second the holder of each credential sent before,
	// 0 for the worst case: every server had seen it just before.
	ClientRate float64 `json:"client_rate,omitempty"`
	// Revocations is how many were timed, AtOnce how many of them were refused from the next
	// request on.
	Revocations int `json:"revocations"`
	AtOnce      int `json:"at_once"`
	// Longer is how many of them were still let in when nobody asked any more: all that is
	// known of their times is that they are longer.
	Longer int `json:"longer,omitempty"`
	// Works are the times in rising order, each the middle of the interval that the truth
	// lies in; 0 for those that were refused at once. The last Longer of them are the times of
	// the last requests that were let in.
	Works []float64 `json:"works_us"`
	// Resolution is the longest of the intervals of those that were refused at once: what
	// could not be told from 0.
	Resolution float64 `json:"resolution_us"`
	// Within is where most of the times above 0 are too short to tell them from what revocations
	// took to be acknowledged: the longest time from an order to the last refusal. 0: they are not.
	Within float64 `json:"within_us,omitempty"`
	// P50 and P95 are quantiles of Works with their 95 % intervals, whose upper end is absent
	// where too few credentials were taken back. Longest is the greatest upper end of the
	// intervals that the truth lies in: the last refusal of all; 0 if all were refused at once.
	P50     Estimate `json:"p50"`
	P95     Estimate `json:"p95"`
	Longest float64  `json:"longest_us"`
	// Groups is how many starts of servers the revocations are of, where those of one start end
	// together: intervals and the law are over starts then. 0: revocations do not depend on
	// each other.
	Groups int `json:"groups,omitempty"`
	// groups are the times by start of the servers, nil where Groups is 0.
	groups [][]float64
	// FailedRefreshes is how many refreshes of clients failed meanwhile, of whom TurnedAway
	// requests were refused though nobody took their key back.
	FailedRefreshes int64 `json:"failed_refreshes,omitempty"`
	TurnedAway      int64 `json:"turned_away,omitempty"`
	// ByLaw is the time within which 95 % stop working by the design, µs, where nobody waited for
	// that; nil where the times were measured, or the design says nothing.
	ByLaw *float64 `json:"by_law_us,omitempty"`
	// Law is what the design lets one expect; nil where it says nothing, or speaks of times that
	// cannot be told from 0.
	Law *Law `json:"law,omitempty"`
}

// leastLevel is how unlikely a distance from the law must be before a run says that it
// disagrees: one run in a thousand does by chance, of each arm.
const leastLevel = 0.001

// staleness says what the run's episodes found, and what is doubtful about them.
func (s *runData) staleness() ([]Staleness, []bench.Warning) {
	var out []Staleness
	var warnings []bench.Warning
	for _, r := range bench.MergeEpisodes(s.run.Episodes) {
		i := slices.IndexFunc(s.run.Header.Scenario.Arms, func(a bench.Arm) bool { return a.Name == r.Arm })
		if i < 0 {
			continue
		}
		facts := result.FactsOf(s.run.Header, s.run.Header.Scenario.Arms[i])
		for _, w := range validity.Episode(r, facts) {
			said := func(o bench.Warning) bool { return o.Code == w.Code && o.Arm == w.Arm }
			if !slices.ContainsFunc(s.run.Warnings, said) { // results of before episodes hold it
				warnings = append(warnings, w)
			}
		}
		one, ok := stalenessOf(r, facts)
		if !ok {
			continue
		}
		out = append(out, one)
		if w, differs := s.otherHitRate(r); differs {
			warnings = append(warnings, w)
		}
		if one.Law != nil && one.Law.Judged > 0 && one.Law.P < leastLevel {
			warnings = append(warnings, bench.Warning{Arm: r.Arm, Level: bench.Suspicious, Code: codeOffTheLaw, Text: fmt.Sprintf(
				"episode %s: revoked credentials did not work on as long as its design lets expect: at the median for %v, by the law %v; look for a cache, or a poll, that works otherwise than its parameters say",
				r.Episode, micros(one.P50.Value), micros(one.Law.quantile(0.5)))})
		}
	}
	order := func(one Staleness) (episode, arm int) {
		h := s.run.Header.Scenario
		return slices.IndexFunc(h.Episodes, func(e bench.Episode) bool { return e.Name == one.Episode }),
			slices.IndexFunc(h.Arms, func(a bench.Arm) bool { return a.Name == one.Arm })
	}
	slices.SortStableFunc(out, func(a, b Staleness) int {
		episodeA, armA := order(a)
		episodeB, armB := order(b)
		return cmp.Or(episodeA-episodeB, armA-armB)
	})
	return out, warnings
}

// mostApart is by how much the share of look-ups that a cache answers may differ between an
// episode and the slices that the arm's cost is of, before a remark says so.
const mostApart = 0.02

// otherHitRate says that an arm's cost and its staleness were measured with a cache that
// answered other parts of the look-ups. A probe is one that the cache answers nearly always, so
// that probes do not count.
func (s *runData) otherHitRate(r bench.EpisodeRecord) (_ bench.Warning, differs bool) {
	l := r.Load.Lookups
	for _, one := range r.Revocations {
		l.Hits -= int64(one.Probes)
	}
	beside, asked := lookupShares(l)["cache_hit_share"], l.Hits+l.Misses+l.Filtered
	usual, known := s.armMetrics(r.Arm)["cache_hit_share"]
	if l.Hits <= 0 || asked < fewestLookups || !known || math.Abs(beside-usual.Value) <= mostApart {
		return bench.Warning{}, false
	}
	costs := "more"
	if beside > usual.Value {
		costs = "less"
	}
	return bench.Warning{Arm: r.Arm, Level: bench.Info, Code: codeOtherHitRate, Text: fmt.Sprintf(
		"episode %s: the cache answered about %s of the look-ups beside the revocations, and %s in the slices that the cost is of, where requests came at another rate: in such an episode a request costs %s than the table says",
		r.Episode, unit.About(beside), unit.About(usual.Value), costs)}, true
}

// fewestLookups is how many it takes for a share that chance moves by less than [mostApart].
const fewestLookups = 2500

func micros(us float64) time.Duration {
	return time.Duration(us * 1e3).Round(100 * time.Microsecond)
}

// stalenessOf sums an episode up; ok is false if no revocation was timed.
func stalenessOf(r bench.EpisodeRecord, facts bench.Facts) (_ Staleness, ok bool) {
	facts = facts.In(r.Event)
	out := Staleness{Episode: r.Episode, Arm: r.Arm, Replicas: max(1, r.Replicas), Event: r.Event, ClientRate: r.ClientRate}
	var longer []float64
	groups := map[int][]float64{}
	// By credential, which says nothing of when each was taken back.
	for _, one := range slices.SortedFunc(slices.Values(r.Revocations), func(a, b bench.Revocation) int { return b.Credential - a.Credential }) {
		if one.Failed != "" {
			continue
		}
		works := worked(one)
		groups[one.Turn] = append(groups[one.Turn], works)
		switch {
		case one.Refused == 0:
			longer = append(longer, works)
			continue
		case one.Accepted == 0:
			out.AtOnce++
			out.Resolution = max(out.Resolution, float64(one.Refused)/1e3)
		}
		out.Works = append(out.Works, works)
	}
	slices.Sort(out.Works)
	slices.Sort(longer)
	out.Works, out.Longer = append(out.Works, longer...), len(longer)
	if out.Revocations = len(out.Works); out.Revocations == 0 {
		return out, false
	}
	if facts.Fetched() {
		for _, turn := range slices.Sorted(maps.Keys(groups)) {
			out.groups = append(out.groups, groups[turn])
		}
		out.Groups = len(out.groups)
	}
	if renewed := r.Load.Refreshes; renewed != nil {
		out.FailedRefreshes, out.TurnedAway = renewed.Failed, r.Load.Statuses[bench.Valid][http.StatusUnauthorized]
	}
	out.P50, out.P95 = out.quantile(0.5), out.quantile(0.95)
	out.Longest, out.Within = longest(r.Revocations)
	law := lawOf(facts, r)
	if law != nil && out.Longer == 0 && law.Bound > out.Resolution {
		law.judge(out.independent())
		out.Law = law
	}
	out.ByLaw = out.byLaw(facts, law)
	return out, true
}

// byLaw is the time that nobody waited for, µs, by its law or its bound; nil where it is known.
func (s *Staleness) byLaw(facts bench.Facts, law *Law) *float64 {
	bound := facts.Longest()
	if !s.Open(0.95) || bound <= 0 {
		return nil
	}
	micros := float64(bound) / 1e3
	if law != nil {
		micros = law.quantile(0.95)
	}
	return &micros
}

// worked is for how long a credential worked, µs: the middle of the interval that the truth lies
// in, 0 if it was refused at once, and the time of the last acceptance if it was never refused.
func worked(one bench.Revocation) float64 {
	if one.Refused == 0 || one.Accepted == 0 {
		return float64(one.Accepted) / 1e3
	}
	return float64(one.Accepted+one.Refused) / 2e3
}

// toldFrom is how many times as long as the acknowledgements a time must be to be told from them.
const toldFrom = 10

// longest is the greatest upper end of the times of revocations, µs, or the last acceptance of
// one that was never refused; 0 if all were refused at once. within is the greatest time from an
// order to the last refusal, where the acknowledgements of most that worked on at all took too
// long to say more; else 0.
func longest(all []bench.Revocation) (longest, within float64) {
	var end, sinceOrder int64
	later, untold := 0, 0
	for _, one := range all {
		if one.Failed != "" {
			continue
		}
		took := one.Acknowledged - one.Ordered
		end, sinceOrder = max(end, one.Refused, one.Accepted), max(sinceOrder, took+one.Refused)
		if one.Accepted > 0 {
			later++
			if max(one.Refused, one.Accepted) < toldFrom*took {
				untold++
			}
		}
	}
	switch {
	case later == 0:
		return 0, 0
	case 2*untold > later:
		return float64(end) / 1e3, float64(sinceOrder) / 1e3
	}
	return float64(end) / 1e3, 0
}

// fewestGroups is how many starts of servers an interval needs, or a verdict about a law.
const fewestGroups = 6

// independent are times that do not depend on each other: all, or one of each start of the
// servers; nil where there are too few starts.
func (s *Staleness) independent() []float64 {
	if s.Groups == 0 {
		return s.Works
	}
	if s.Groups < fewestGroups {
		return nil
	}
	var out []float64
	for _, group := range s.groups {
		out = append(out, group[0])
	}
	return out
}

// quantile is a quantile of Works with the interval that order statistics give, or, where they
// depend on each other, that of the starts of servers. One that may lie among those of which
// only the least is known has no upper end.
func (s *Staleness) quantile(q float64) Estimate {
	e := Estimate{Value: stat.Quantile(s.Works, q), N: len(s.Works)}
	i := stat.QuantileInterval(s.Works, q, 0.95)
	switch {
	case s.Groups > 0 && s.Groups < fewestGroups:
		return e
	case s.Groups > 0:
		apart := stat.GroupedQuantileInterval(s.groups, q, 0.95)
		i.Lo, i.Hi = min(i.Lo, apart.Lo), max(i.Hi, apart.Hi)
	}
	if !math.IsInf(i.Lo, 0) {
		e.Lo = &i.Lo
	}
	known := math.Inf(1)
	if s.Longer > 0 {
		known = s.Works[len(s.Works)-s.Longer]
	}
	if !math.IsInf(i.Hi, 0) && i.Hi < known {
		e.Hi = &i.Hi
	}
	return e
}

// Open reports whether a quantile lies among those of which only the least is known.
func (s *Staleness) Open(q float64) bool {
	return s.Longer > 0 && math.Ceil(q*float64(len(s.Works)-1)) >= float64(len(s.Works)-s.Longer)
}

// revocation is the longest time that a revoked credential of an arm went on working in any
// episode: the truth lies between the latest request that was let in, and the latest first
// refusal of any of them, from its order on where no more can be told ([Staleness.Within]).
func (s *runData) revocation(arm string) map[string]Estimate {
	var lo, hi float64
	n := 0
	for _, r := range bench.MergeEpisodes(s.run.Episodes) {
		if r.Arm != arm || r.Event == bench.RemoveKey {
			continue
		}
		for _, one := range r.Revocations {
			if one.Failed == "" && one.Refused > 0 {
				n++
				lo, hi = max(lo, float64(one.Accepted)/1e3), max(hi, float64(one.Refused)/1e3)
			}
		}
		_, within := longest(r.Revocations)
		hi = max(hi, within)
	}
	if n == 0 {
		return nil
	}
	return map[string]Estimate{"revoked_works_us": {Value: hi, Lo: &lo, Hi: &hi, N: n}}
}
