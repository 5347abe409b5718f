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

// simulate returns for how long credentials work after a revocation at a random moment, by
// acting a cache's life out: with holders that use them at a rate, spread over servers whose
// caches believe an entry for a time. It shares nothing with the law.
func simulate(r *rand.Rand, n int, rate, bound float64, servers int) []float64 {
	out := make([]float64, n)
	for i := range out {
		revoked := 20*(bound+1/rate) + r.Float64()*bound
		expires := make([]float64, servers)
		for s := range expires { // none met the client when another did
			expires[s] = r.Float64() * (bound + float64(servers)/rate)
		}
		for at := r.ExpFloat64() / rate; at < revoked; at += r.ExpFloat64() / rate {
			if s := r.IntN(servers); at >= expires[s] {
				expires[s] = at + bound
			}
		}
		for _, end := range expires {
			out[i] = max(out[i], end-revoked)
		}
	}
	return out
}

// The law is that of caches that are acted out, for one server and for three, from holders
// that hardly ever come to those that always do.
func TestLawAgainstSimulatedCaches(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, rate := range []float64{0.2, 2, 20} {
		for _, bound := range []float64{1, 2, 5} {
			for _, servers := range []int{1, 3} {
				const n = 4000
				works := simulate(r, n, rate, bound, servers)
				record := bench.EpisodeRecord{ClientRate: rate, Replicas: servers}
				for _, w := range works {
					one := bench.Revocation{Accepted: int64(w * 1e9), Refused: int64(w * 1e9)}
					if w == 0 {
						one.Refused = 1
					}
					record.Revocations = append(record.Revocations, one)
				}
				facts := bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: time.Duration(bound * float64(time.Second)).Nanoseconds()}
				got, ok := stalenessOf(record, facts)
				if !ok || got.Law == nil {
					t.Fatal("no law")
				}
				if got.Law.P < 0.0005 {
					t.Errorf("rate %v, bound %v, %d servers: distance %.3f, p %.4f", rate, bound, servers, got.Law.Distance, got.Law.P)
				}
				mean := 0.0
				for _, w := range works {
					mean += w * 1e6 / n
				}
				if math.Abs(mean-got.Law.Mean) > 0.05*got.Law.Bound {
					t.Errorf("rate %v, bound %v, %d servers: mean %.0f µs, by the law %.0f µs", rate, bound, servers, mean, got.Law.Mean)
				}
				if p95 := got.Law.P95; math.Abs(got.P95.Value-p95) > 0.1*got.Law.Bound {
					t.Errorf("rate %v, bound %v, %d servers: 95 %% within %.0f µs, by the law %.0f µs", rate, bound, servers, got.P95.Value, p95)
				}
			}
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

// Which designs have a law: what is believed for a time and used by holders at a rate, or is
// fetched every so often. The worst case of a cache is its bound, and no distribution.
func TestWhoHasALaw(t *testing.T) {
	lag := time.Second.Nanoseconds()
	for name, tt := range map[string]struct {
		facts bench.Facts
		rate  float64
		want  bool
	}{
		"cache":          {bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: lag}, 2, true},
		"cache, worst":   {bench.Facts{Revocation: bench.RevokedByRecord, RevocationLag: lag}, 0, false},
		"issuer, cached": {bench.Facts{Revocation: bench.RevokedByIssuer, RevocationLag: lag}, 2, true},
		"list, polled":   {bench.Facts{Revocation: bench.RevokedByList, RevocationLag: lag}, 0, true},
		"no cache":       {bench.Facts{Revocation: bench.RevokedByRecord}, 2, false},
		"expiry":         {bench.Facts{Revocation: bench.RevokedByExpiry, RevocationLag: lag}, 2, false},
	} {
		if got := lawOf(tt.facts, bench.EpisodeRecord{ClientRate: tt.rate}); (got != nil) != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	all := &Law{Bound: 1e6, Servers: 3}
	if math.Abs(all.mean()-0.75e6) > 1 || math.Abs(all.quantile(all.cdf(3e5))-3e5) > 1 {
		t.Errorf("the last of three polls a second: mean %v µs", all.mean())
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
	if one.P50.Hi == nil || one.P95.Hi != nil || one.P95.Value != 1e6 {
		t.Errorf("%+v, %+v", one.P50, one.P95)
	}
	for i := range record.Revocations {
		record.Revocations[i] = bench.Revocation{Accepted: 1e9}
	}
	if one, ok = stalenessOf(record, facts); !ok || one.Longer != 40 || !one.Open(0) || one.P50.Hi != nil {
		t.Errorf("none was refused: %+v", one)
	}
}
