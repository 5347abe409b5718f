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
	if one.P50.Hi == nil || one.P95.Hi != nil || one.P95.Value != 1e6 || one.ByLaw == nil || *one.ByLaw != 3600e6 {
		t.Errorf("%+v, %+v, %v", one.P50, one.P95, one.ByLaw)
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
