package analysis

import (
	"math"

	"authbench/bench"
	"authbench/internal/stat"
)

// Law is the distribution of the staleness that a design gives: of entries that a server
// believes for a time, a cache's, or the list that it fetches every so often. The entry of a
// credential that its holder uses at a random rate is there at a random moment with
// probability rate·bound ÷ (1 + rate·bound), and its age is then uniform. With several
// servers, of which each gets an equal part of the requests, the last one counts.
//
// Where a key is exchanged for tokens it is what is left of a token's life when the key is
// taken back, which is the same for all servers; see [lives].
type Law struct {
	// Bound is the longest time by design, µs, Absent the probability that a server has no
	// entry, and Servers how many there are.
	Bound   float64 `json:"bound_us"`
	Absent  float64 `json:"absent"`
	Servers int     `json:"servers"`
	// Renewal is how clients keep a token, nil where nothing is exchanged for one. Fresh says
	// that each token was new when its key was taken back.
	Renewal *bench.Renewal `json:"renewal,omitempty"`
	Fresh   bool           `json:"fresh,omitempty"`
	// Mean and P95 are the distribution's, µs.
	Mean float64 `json:"mean_us"`
	P95  float64 `json:"p95_us"`
	// Distance is the largest one between the distribution functions of the law and of what
	// was measured, P the probability of one as large by chance (Kolmogorov and Smirnov), and
	// Judged how many times, which do not depend on each other, both are of: 0 where they are
	// too few, and Distance is 0 and P is 1.
	Distance float64 `json:"distance"`
	P        float64 `json:"p"`
	Judged   int     `json:"judged,omitempty"`
}

// Accepted is the share of credentials that still work after so many µs, by the law.
func (l *Law) Accepted(micros float64) float64 { return 1 - l.cdf(micros) }

func (l *Law) cdf(micros float64) float64 {
	if micros < 0 {
		return 0
	}
	if l.Renewal != nil {
		return l.lives().cdf(micros)
	}
	one := l.Absent + (1-l.Absent)*min(1, micros/l.Bound)
	return math.Pow(one, float64(l.Servers))
}

// quantile is the inverse of cdf.
func (l *Law) quantile(q float64) float64 {
	if l.Renewal != nil {
		return bisect(0, l.Bound, func(micros float64) bool { return l.cdf(micros) < q })
	}
	one := math.Pow(q, 1/float64(l.Servers))
	return l.Bound * max(0, (one-l.Absent)/(1-l.Absent))
}

// bisect returns where a condition that holds at first ceases to, between two places.
func bisect(lo, hi float64, holds func(float64) bool) float64 {
	for range 60 { // a millionth of a millionth of what lies between
		if middle := (lo + hi) / 2; holds(middle) {
			lo = middle
		} else {
			hi = middle
		}
	}
	return hi
}

// mean integrates what is left of the distribution: with u = cdf of one server,
// bound·(1 − (1 − absent^(n+1)) ÷ ((n+1)·(1 − absent))).
func (l *Law) mean() float64 {
	if l.Renewal != nil {
		return l.lives().mean()
	}
	n := float64(l.Servers + 1)
	return l.Bound * (1 - (1-math.Pow(l.Absent, n))/(n*(1-l.Absent)))
}

// judge holds what was measured against the law: times that do not depend on each other.
func (l *Law) judge(works []float64) {
	l.Mean, l.P95, l.Judged = l.mean(), l.quantile(0.95), len(works)
	l.Distance, l.P = stat.KolmogorovSmirnov(works, l.cdf)
}

// lawOf is the law of a design, if its facts tell one that a typical client meets. The worst
// case of a cache is its bound.
func lawOf(facts bench.Facts, r bench.EpisodeRecord) *Law {
	if facts.RevocationLag <= 0 {
		return nil
	}
	law := &Law{Bound: float64(facts.RevocationLag) / 1e3, Servers: max(1, r.Replicas)}
	switch facts.Revocation {
	case bench.RevokedByList:
		// A list is fetched whether or not the credential is used.
	case bench.RevokedByRecord, bench.RevokedByIssuer:
		if r.ClientRate <= 0 {
			return nil
		}
		each := r.ClientRate / float64(law.Servers)
		law.Absent = 1 / (1 + each*law.Bound/1e6)
	case bench.RevokedByExchange:
		if facts.Renewal.After <= 0 { // results of before laws of tokens
			return nil
		}
		law.Renewal, law.Fresh = &facts.Renewal, r.ClientRate <= 0
	default:
		return nil
	}
	return law
}
