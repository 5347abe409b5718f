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
	c := Check{Limit: "revoked within " + n.RevocationLag.String(), Fit: Meets, Text: s.text}
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
	if e, ok := arm.Metrics["revoked_works_us"]; ok {
		where := "measured"
		if arm.Replicas > 1 {
			where = fmt.Sprintf("measured on %d servers", arm.Replicas)
		}
		if e.Lo != nil && *e.Lo == 0 {
			return addReplicaLag(arm, n, staleness{text: where + ": the next request was refused"})
		}
		works := time.Duration(e.Value * float64(time.Microsecond))
		return addReplicaLag(arm, n, staleness{longest: works, text: where + ": went on working for " + unit.Micros(e.Value) + " at most"})
	}
	lag := time.Duration(arm.Facts.RevocationLag)
	switch arm.Facts.Revocation {
	case bench.RevokedByExpiry:
		return staleness{longest: n.TokenLifetime, text: fmt.Sprintf("by design: nothing takes a token back before it expires, after %s", n.TokenLifetime)}
	case bench.RevokedByList:
		if lag > 0 { // however many servers there are, each asks for itself
			return staleness{longest: lag, text: "by design: each server asks its issuer for the denylist, every " + lag.String()}
		}
		return addReplicaLag(arm, n, staleness{longest: lag, text: "by design: its jti is looked up in a denylist"})
	case bench.RevokedByRecord:
		if lag > 0 {
			return addReplicaLag(arm, n, staleness{longest: lag, text: "by design: the cache believes a record for " + lag.String()})
		}
		return addReplicaLag(arm, n, staleness{text: "by design: each request looks the record up"})
	case bench.RevokedByExchange:
		return staleness{longest: lag, text: "by design: its key is taken back at the issuer, and the token that it was exchanged for lives on, for up to " + lag.String()}
	case bench.RevokedByIssuer:
		if lag > 0 {
			return staleness{longest: lag, text: "by design: the cache believes the issuer for " + lag.String()}
		}
		return staleness{text: "by design: each request asks the issuer"}
	}
	return staleness{open: &openQuestion{kind: unknown, open: "how its credentials are taken back; the result does not say"}, text: "how its credentials are taken back is not known"}
}

// addReplicaLag adds what several replicas take to hear of it that hold the records, or the
// denylist, in a memory of their own. That is no property of the method: the user says
// it, or it is open.
func addReplicaLag(arm *analysis.Arm, n Need, s staleness) staleness {
	switch {
	case n.Replicas == 1 || remote(arm) || measuredOn(arm, n.Replicas):
	case n.ReplicaLag == nil:
		s.open = &openQuestion{kind: spreading, open: fmt.Sprintf("how soon all %d replicas hear that a credential was taken back; each has a memory of its own", n.Replicas)}
		s.text += fmt.Sprintf("; with %d replicas as soon as all of them were told, which was not measured", n.Replicas)
	default:
		s.longest += *n.ReplicaLag
		s.text += fmt.Sprintf("; all %d replicas hear of it within %s, as you say", n.Replicas, n.ReplicaLag)
	}
	return s
}

// measuredOn reports whether a run took credentials of the arm back on at least so many
// servers.
func measuredOn(arm *analysis.Arm, replicas int) bool {
	_, measured := arm.Metrics["revoked_works_us"]
	return measured && arm.Replicas >= replicas
}
