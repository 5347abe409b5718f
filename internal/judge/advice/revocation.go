package advice

import (
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/judge/analysis"
	"authbench/internal/text/unit"
)

// staleness is how long a credential works after it was taken back.
type staleness struct {
	// longest is meaningless while something is open.
	longest time.Duration
	open    *openQuestion
	text    string
}

// revocation judges how stale an arm's verdicts may be.
func revocation(arm *analysis.Arm, n Need) Check {
	s := stalenessOf(arm, n)
	c := Check{Limit: "revoked within " + unit.Time(*n.RevocationLag), Fit: Meets, Text: s.text}
	switch {
	case s.open != nil:
		c.Fit, c.question = Open, *s.open
	case s.longest > *n.RevocationLag:
		c.Fit, c.stale, c.byExpiry = Misses, s.longest, arm.Facts.Revocation == bench.RevokedByExpiry
	}
	return c
}

// stalenessOf prefers what was measured to what follows from the method's design.
func stalenessOf(arm *analysis.Arm, n Need) staleness {
	s, measured := measuredStaleness(arm)
	if !measured {
		s = designedStaleness(arm, n)
	}
	return addReplicaLag(arm, n, s)
}

func measuredStaleness(arm *analysis.Arm) (staleness, bool) {
	e, ok := arm.Metrics["revoked_works_us"]
	if !ok {
		return staleness{}, false
	}
	where := "measured"
	if arm.Replicas > 1 {
		where = fmt.Sprintf("measured on %d servers", arm.Replicas)
	}
	if e.Lo != nil && *e.Lo == 0 {
		return staleness{text: fmt.Sprintf("%s: the next request was refused, each of %d times", where, e.N)}, true
	}
	works := time.Duration(e.Value * float64(time.Microsecond))
	return staleness{longest: works, text: where + ": went on working for " + unit.Micros(e.Value) + " at most"}, true
}

func designedStaleness(arm *analysis.Arm, n Need) staleness {
	lag := time.Duration(arm.Facts.RevocationLag)
	s := staleness{longest: lag, text: "by design: "}
	switch arm.Facts.Revocation {
	case bench.RevokedByExpiry:
		s.longest = n.TokenLifetime
		s.text += "nothing takes a token back before it expires, after " + unit.Time(n.TokenLifetime)
	case bench.RevokedByList:
		s.text += "its jti is looked up in a denylist"
		if lag > 0 {
			s.text += ", for which each server asks its issuer every " + unit.Time(lag)
		}
	case bench.RevokedByRecord:
		s.text += "each request looks the record up"
		if lag > 0 {
			s.text += ", or believes the cache, for " + unit.Time(lag)
		}
	case bench.RevokedByExchange:
		s.text += "its key is taken back at the issuer, but the token that it was exchanged for works for up to " + unit.Time(lag)
	case bench.RevokedByIssuer:
		s.text += "each request asks the issuer"
		if lag > 0 {
			s.text += ", or believes the cache, for " + unit.Time(lag)
		}
	default:
		return staleness{open: &openQuestion{kind: unknown, open: "how its credentials are taken back, because the result does not say"}, text: "how its credentials are taken back is not known"}
	}
	return s
}

// addReplicaLag adds what several replicas take to hear of it that hold the records, or the
// denylist, in a memory of their own. That is no property of the method, and no run measures it,
// as each of its servers is told by authbench: the user says it, or it is open.
func addReplicaLag(arm *analysis.Arm, n Need, s staleness) staleness {
	switch {
	case n.Replicas == 1 || !arm.Told():
	case n.ReplicaLag == nil:
		s.open = &openQuestion{kind: spreading, open: fmt.Sprintf("how soon all %d replicas hear that a credential was taken back, because each has a memory of its own", n.Replicas)}
		s.text += fmt.Sprintf("; how soon all %d replicas hear of it was not measured", n.Replicas)
	default:
		s.longest += *n.ReplicaLag
		s.text += fmt.Sprintf("; all %d replicas hear of it within %s, as you say", n.Replicas, unit.Time(*n.ReplicaLag))
	}
	return s
}
