package analysis

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/result"
)

// A revocation's interval is from the last request that was let in to the first that was
// refused; the longest of an arm counts, and where nothing was found out there is no figure.
func TestRevocationMetric(t *testing.T) {
	of := func(arm string, all ...bench.Revocation) bench.EpisodeRecord {
		return bench.EpisodeRecord{Arm: arm, Revocations: all}
	}
	s := &runData{run: &result.Run{Episodes: []bench.EpisodeRecord{
		of("cached", bench.Revocation{Accepted: 1, Refused: 2}, bench.Revocation{Accepted: 9_000_000, Refused: 10_000_000}),
		of("bolt", bench.Revocation{Failed: "read only"}), of("deaf", bench.Revocation{Accepted: 5}), of("gone"),
	}}}
	e, ok := s.revocation("cached")["revoked_works_us"]
	if !ok || e.Value != 10_000 || *e.Lo != 9000 || *e.Hi != 10_000 || e.N != 2 {
		t.Errorf("%+v", e)
	}
	for _, arm := range []string{"bolt", "deaf", "gone", "none"} {
		if m := s.revocation(arm); len(m) != 0 {
			t.Errorf("%s: %v", arm, m)
		}
	}
}

// A run whose cache believes for shorter than its parameters say is told of.
func TestOffTheLaw(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	arm := bench.Arm{Name: "cached", Method: bench.Method{ID: "apikey"}}
	facts := bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: time.Second.Nanoseconds()}
	for bound, want := range map[float64]bool{1: false, 0.5: true} {
		record := bench.EpisodeRecord{Episode: "typical", Arm: "cached", ClientRate: 20, Replicas: 1}
		for _, w := range simulate(r, 60, 20, bound, 1) {
			record.Revocations = append(record.Revocations, bench.Revocation{Accepted: int64(w * 1e9), Refused: int64(w*1e9) + 1000})
		}
		s := &runData{run: &result.Run{
			Header:   bench.Header{Scenario: bench.Scenario{Arms: []bench.Arm{arm}}, Arms: []bench.ArmInfo{{Name: "cached", Facts: &facts}}},
			Episodes: []bench.EpisodeRecord{record},
		}}
		_, warnings := s.staleness()
		if got := len(warnings) == 1 && warnings[0].Code == codeOffTheLaw; got != want {
			t.Errorf("a cache of %v s instead of 1 s: %+v", bound, warnings)
		}
	}
}

// A cache that answers another share of the look-ups in an episode than in the slices is
// remarked on; probes, which it nearly always answers, do not count.
func TestOtherHitRate(t *testing.T) {
	m := quick()
	r := m.run(t)
	for i := range r.Launches {
		r.Launches[i].Arms = append(r.Launches[i].Arms, bench.ArmLaunch{Arm: "apikey", Counters: &bench.Counters{Requests: 1000, Lookups: bench.Lookups{Hits: 800, Misses: 200}}})
	}
	s, err := newRunData(r, decodeBuckets)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hits, misses int64
		probes       int
		want         string
	}{
		{4000, 1000, 0, ""}, {5000, 1000, 1000, ""}, {3000, 2000, 0, "costs more than"}, {4900, 100, 0, "costs less than"},
		{9000, 2000, 6000, "costs more than"}, {30, 20, 0, ""}, {0, 0, 0, ""}, {100, 5000, 200, ""},
	} {
		e := bench.EpisodeRecord{Episode: "worst", Arm: "apikey", Revocations: []bench.Revocation{{Probes: c.probes}}}
		e.Load.Lookups = bench.Lookups{Hits: c.hits, Misses: c.misses}
		w, differs := s.otherHitRate(e)
		if differs != (c.want != "") || !strings.Contains(w.Text, c.want) || differs && w.Level != bench.Info {
			t.Errorf("%+v: %+v", c, w)
		}
	}
}

// Of credentials that were let in for longer than anybody asked nothing is known but that:
// they are the longest, no quantile among them has an upper end, and no law is judged.
func TestLongerThanWatched(t *testing.T) {
	record := bench.EpisodeRecord{Arm: "a", Event: bench.RemoveKey, Watched: 1e9}
	facts := bench.Facts{KeyRemovalLag: 3600e9, Revocation: bench.RevokedByList, RevocationLag: 1e9}
	for i := range int64(30) {
		record.Revocations = append(record.Revocations, bench.Revocation{Accepted: 1e6 * i, Refused: 1e6 * (i + 1)})
	}
	for range 10 {
		record.Revocations = append(record.Revocations, bench.Revocation{Accepted: 1e9})
	}
	one, ok := stalenessOf(record, facts)
	if !ok || one.Revocations != 40 || one.Longer != 10 || one.AtOnce != 1 || one.Longest != 1e6 || one.Law != nil {
		t.Fatalf("%+v", one)
	}
	for q, open := range map[float64]bool{0.5: false, 0.7: false, 0.8: true, 0.95: true, 1: true} {
		if one.Open(q) != open {
			t.Errorf("quantile %v is open: %v", q, !open)
		}
	}
	if one.Groups != 1 || one.P50.Hi != nil || one.P50.Lo != nil || one.P95.Lo != nil || one.P95.Value != 1e6 || one.ByLaw == nil || *one.ByLaw != 3600e6 {
		t.Errorf("%+v, %+v, %v", one.P50, one.P95, one.ByLaw) // of one start: what ended together is one event
	}
	for i := range record.Revocations {
		record.Revocations[i].Turn = i % 10
	}
	if one, _ = stalenessOf(record, facts); one.Groups != 10 || one.P50.Hi == nil || one.P95.Lo == nil || one.P95.Hi != nil {
		t.Errorf("%+v, %+v", one.P50, one.P95)
	}
	if ended, some := one.LastEnded(); !some || ended != 29_500 {
		t.Errorf("of those that were refused the last after %v µs", ended)
	}
	for i := range record.Revocations {
		record.Revocations[i] = bench.Revocation{Accepted: 1e9}
	}
	if one, ok = stalenessOf(record, facts); !ok || one.Longer != 40 || !one.Open(0) || one.P50.Hi != nil {
		t.Errorf("none was refused: %+v", one)
	}
	if _, some := one.LastEnded(); some {
		t.Error("none was refused, and one was the last")
	}
	record.Event = bench.Revoke // of a list that is fetched every second, three servers
	record.Replicas = 3
	if one, _ = stalenessOf(record, facts); one.ByLaw == nil || *one.ByLaw > 1e6 || *one.ByLaw < 0.9e6 || one.Law != nil {
		t.Errorf("by the law of a list: %v", one.ByLaw)
	}
}

// How many credentials may not be refused at once, of which all were: (1 − share)ⁿ is 5 %.
func TestMostLater(t *testing.T) {
	for _, c := range []struct {
		revocations, atOnce int
		want                float64
	}{{40, 40, 0.0722}, {20, 20, 0.1391}, {59, 59, 0.0495}, {40, 39, -1}, {0, 0, -1}} {
		s := Staleness{Revocations: c.revocations, AtOnce: c.atOnce}
		got, all := s.MostLater()
		if all != (c.want >= 0) || all && math.Abs(got-c.want) > 1e-4 {
			t.Errorf("%d of %d: %v, %v", c.atOnce, c.revocations, got, all)
		}
	}
}

// Where a cache, or a poll, is quicker than what can be told from nothing, no law is judged:
// its credentials are refused at once.
func TestBoundBelowTheResolution(t *testing.T) {
	facts := bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: time.Millisecond.Nanoseconds()}
	for answered, want := range map[time.Duration]bool{200 * time.Microsecond: true, 2 * time.Millisecond: false} {
		record := bench.EpisodeRecord{Arm: "a", ClientRate: 2}
		for range 40 {
			record.Revocations = append(record.Revocations, bench.Revocation{Refused: answered.Nanoseconds()})
		}
		one, ok := stalenessOf(record, facts)
		if !ok || one.AtOnce != 40 || one.Longest != 0 || (one.Law != nil) != want || one.Resolution != float64(answered.Microseconds()) {
			t.Errorf("answered after %v: %+v", answered, one)
		}
	}
}

// The longest time is the greatest upper end, whichever revocation's it is. Where most of the
// times are shorter than ten times what their revocations took to be acknowledged, they are told
// from their orders on; those that were refused at once do not count.
func TestLongest(t *testing.T) {
	us := int64(time.Microsecond)
	of := func(ack, accepted, refused int64) bench.Revocation {
		return bench.Revocation{Ordered: 7, Acknowledged: 7 + ack*us, Accepted: accepted * us, Refused: refused * us}
	}
	for name, c := range map[string]struct {
		all             []bench.Revocation
		longest, within float64
	}{
		"none":                      {nil, 0, 0},
		"at once":                   {[]bench.Revocation{of(900, 0, 200), of(100, 0, 300)}, 0, 0},
		"a later refusal":           {[]bench.Revocation{of(100, 995_000, 1_015_000), of(100, 990_000, 1_022_000)}, 1_022_000, 0},
		"shorter than its call":     {[]bench.Revocation{of(3000, 0, 400), of(200, 600, 1000)}, 1000, 3400},
		"one slow call of three":    {[]bench.Revocation{of(9000, 4000, 5000), of(10, 4000, 5000), of(10, 4000, 5100)}, 5100, 0},
		"two slow calls of three":   {[]bench.Revocation{of(9000, 4000, 5000), of(9000, 4000, 5000), of(10, 4000, 5100)}, 5100, 14_000},
		"just long enough":          {[]bench.Revocation{of(200, 1990, 2000)}, 2000, 0},
		"not long enough":           {[]bench.Revocation{of(201, 1990, 2000)}, 2000, 2201},
		"one at once, refused last": {[]bench.Revocation{of(10, 0, 5000), of(10, 900, 1000)}, 5000, 0},
		"never refused":             {[]bench.Revocation{of(100, 15_000_000, 0), of(100, 900, 1000)}, 15_000_000, 0},
		"not timed":                 {[]bench.Revocation{{Failed: "gone", Acknowledged: 1e9}, of(10, 900, 1000)}, 1000, 0},
	} {
		longest, within := longest(c.all)
		if longest != c.longest || within != c.within {
			t.Errorf("%s: %v, within %v; want %v, %v", name, longest, within, c.longest, c.within)
		}
		record := bench.EpisodeRecord{Arm: "a", Revocations: c.all}
		if one, ok := stalenessOf(record, bench.Facts{}); ok && (one.Longest != c.longest || one.Within != c.within) {
			t.Errorf("%s: %+v", name, one)
		}
		s := &runData{run: &result.Run{Episodes: []bench.EpisodeRecord{record}}}
		if e, ok := s.revocation("a")["revoked_works_us"]; ok && c.longest > 0 && name != "never refused" && (e.Value != max(c.longest, c.within) || *e.Hi != e.Value || *e.Lo > e.Value) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// Revocations of one start share the moments of its servers' fetches: an interval and a verdict
// are over starts, and there is none over few. The law of three servers holds over many starts,
// and never within one.
func TestStartsAreTheUnits(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	facts := bench.Facts{Revocation: bench.RevokedByList, RevocationLag: time.Second.Nanoseconds()}
	const second = 1e9
	for _, c := range []struct {
		turns  int
		judged int
	}{{0, 0}, {1, 0}, {5, 0}, {6, 6}, {10, 10}} {
		wrong := 0
		for range 200 {
			record := bench.EpisodeRecord{Arm: "a", Replicas: 3}
			for turn := range max(1, c.turns) {
				phases := []float64{r.Float64(), r.Float64(), r.Float64()}
				for i := range 8 {
					at, works := r.Float64(), 0.0
					for _, phase := range phases {
						wait := phase - at
						if wait < 0 {
							wait++
						}
						works = max(works, wait)
					}
					record.Revocations = append(record.Revocations, bench.Revocation{Credential: 100*turn + i, Turn: turn, Accepted: int64(works * second), Refused: int64(works*second) + 1000})
				}
			}
			one, ok := stalenessOf(record, facts)
			if !ok || one.Groups != max(1, c.turns) || one.Law == nil || one.Law.Judged != c.judged || (one.P50.Lo != nil) != (c.judged > 0) || len(one.independent()) != c.judged {
				t.Fatalf("%d starts: %+v, law %+v", c.turns, one, one.Law)
			}
			if c.judged == 0 && (one.Law.P != 1 || one.P95.Lo != nil) {
				t.Fatalf("%d starts: a verdict, p %v", c.turns, one.Law.P)
			}
			// The law's median of three servers.
			if median := 1e6 * 0.7937; c.judged > 0 && (*one.P50.Lo > median || one.P50.Hi != nil && *one.P50.Hi < median) || one.Law.P < leastLevel {
				wrong++
			}
		}
		if wrong > 20 { // a tenth, of intervals that miss one in twenty
			t.Errorf("%d starts: %d of 200 intervals or verdicts are wrong", c.turns, wrong)
		}
	}
}
