package analysis

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/stat"
)

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
		"tokens":         {bench.Facts{Revocation: bench.RevokedByExchange, RevocationLag: lag, Renewal: bench.Renewal{After: 1}}, 2, true},
		"tokens, worst":  {bench.Facts{Revocation: bench.RevokedByExchange, RevocationLag: lag, Renewal: bench.Renewal{After: 1}}, 0, true},
		"tokens, before": {bench.Facts{Revocation: bench.RevokedByExchange, RevocationLag: lag}, 2, false},
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

// remaining returns for how long tokens go on working after their keys were taken back, by
// acting clients' lives out on a clock that stands still in between. It shares nothing with the
// law.
func remaining(r *rand.Rand, n int, renewal bench.Renewal, fresh bool) []float64 {
	out := make([]float64, n)
	for i := range out {
		now, fetched := time.Unix(1_800_000_000, r.Int64N(1e9)), time.Time{}
		revoked := now.Add(20*time.Duration(renewal.After) + time.Duration(r.Int64N(renewal.After)))
		for now = now.Add(time.Duration(r.Int64N(renewal.After))); now.Before(revoked); {
			fetched = now
			now = now.Add(time.Duration(float64(renewal.After) * (1 - renewal.Jitter*r.Float64())))
		}
		if fresh {
			fetched = revoked
		}
		ends := fetched.Add(time.Duration(renewal.Lifetime))
		if whole := ends.Truncate(time.Second); whole.Before(ends) {
			ends = whole.Add(time.Second)
		}
		out[i] = max(0, float64(ends.Sub(revoked).Nanoseconds())/1e3)
	}
	return out
}

// The law of tokens is that of clients that are acted out, whatever their policy, and tells one
// policy from another.
func TestLawAgainstClients(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	second := time.Second.Nanoseconds()
	of := func(lifetime, after int64, jitter float64) bench.Renewal {
		return bench.Renewal{Lifetime: lifetime * second, After: after * second, Jitter: jitter}
	}
	policies := []bench.Renewal{of(5, 4, 0), of(5, 4, 0.5), of(10, 5, 0.1), of(30, 29, 0.25), of(3600, 60, 0)}
	const n = 4000
	for i, policy := range policies {
		for _, fresh := range []bool{false, true} {
			works := remaining(r, n, policy, fresh)
			facts := bench.Facts{Revocation: bench.RevokedByExchange, RevocationLag: policy.Lifetime + second, Renewal: policy}
			record := bench.EpisodeRecord{Replicas: 3, ClientRate: map[bool]float64{true: 0, false: 2}[fresh]}
			law := lawOf(facts, record)
			law.judge(works)
			if law.P < 0.001 {
				t.Errorf("%+v, fresh %v: distance %.4f, p %.5f", policy, fresh, law.Distance, law.P)
			}
			sum := 0.0
			for _, w := range works {
				sum += w / n
			}
			if math.Abs(sum-law.Mean) > 0.01*law.Bound || math.Abs(stat.Quantile(works, 0.95)-law.P95) > 0.01*law.Bound {
				t.Errorf("%+v, fresh %v: mean %.0f, by the law %.0f; p95 %.0f, by the law %.0f", policy, fresh, sum, law.Mean, stat.Quantile(works, 0.95), law.P95)
			}
			if law.Accepted(0) < 0.999999 || law.Accepted(law.Bound) > 1e-6 {
				t.Errorf("%+v: %v at once, %v at the end", policy, law.Accepted(0), law.Accepted(law.Bound))
			}
			other := policies[(i+1)%len(policies)]
			if same := fresh && other.Lifetime == policy.Lifetime; same { // new tokens tell nothing of when the next are fetched
				continue
			}
			if facts.Renewal = other; byLaw(works, lawOf(facts, record)) > 0.001 {
				t.Errorf("%+v is not told from %+v", policy, other)
			}
		}
	}
}

// byLaw is the probability that what was measured is by a law.
func byLaw(works []float64, law *Law) float64 {
	law.judge(works)
	return law.P
}
