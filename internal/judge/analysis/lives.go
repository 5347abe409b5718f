package analysis

// lives are tokens that clients keep as a [bench.Renewal] says, seen at a random moment. Times
// are in µs. What is left of a token's life is
//
//	lifetime + rest − age
//
// where rest is what its end was rounded up by, to a whole second: uniform, because tokens are
// fetched at any time of a second. The age is that of a renewal process (Cox 1962, §5): with a
// time P between two tokens its density is P(P > age) ÷ E(P), uniform where all P are equal. A
// token that was fetched just before is of age 0.
type lives struct {
	lifetime float64
	// shortest and longest are the least and the greatest time between two tokens, between
	// which it is uniform. Both are 0 for tokens that were fetched just before.
	shortest, longest float64
}

// wholeSecond is what a token's end is rounded up to, µs.
const wholeSecond = 1e6

func (l *Law) lives() lives {
	out := lives{lifetime: float64(l.Renewal.Lifetime) / 1e3}
	if !l.Fresh {
		out.longest = float64(l.Renewal.After) / 1e3
		out.shortest = out.longest * (1 - l.Renewal.Jitter)
	}
	return out
}

// cdf is the probability that a token is over within so many µs: that it is older than
// lifetime + rest − micros, on average over the rest.
func (t lives) cdf(micros float64) float64 {
	from := t.lifetime - micros
	return 1 - (t.younger(from+wholeSecond)-t.younger(from))/wholeSecond
}

// younger is the integral, from 0 to an age, of the probability that a token is not as old.
func (t lives) younger(age float64) float64 {
	period := (t.shortest + t.longest) / 2
	density := func(until float64) float64 { return until * until / 2 / period } // while every token lives on
	switch {
	case age <= 0:
		return 0
	case age <= t.shortest:
		return density(age)
	case age < t.longest:
		apart, left := t.longest-t.shortest, t.longest-age
		return density(t.shortest) + (period*(age-t.shortest)-(apart*apart*apart-left*left*left)/(6*apart))/period
	case t.longest == 0:
		return age
	}
	apart := t.longest - t.shortest
	return density(t.shortest) + (period*apart-apart*apart/6)/period + age - t.longest
}

// mean is that of what is left: half a second more than the lifetime, less the mean age, which
// is E(P²) ÷ 2 E(P).
func (t lives) mean() float64 {
	age := 0.0
	if t.longest > 0 {
		period, apart := (t.shortest+t.longest)/2, t.longest-t.shortest
		age = (period*period + apart*apart/12) / (2 * period)
	}
	return t.lifetime + wholeSecond/2 - age
}
