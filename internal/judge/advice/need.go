package advice

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"authbench/internal/text/unit"
)

// DefaultTokenLifetime is how long a token is valid if nobody says: a common choice for
// access tokens.
const DefaultTokenLifetime = 15 * time.Minute

// Need is what a team demands of its authentication. A zero field demands nothing.
type Need struct {
	// Rate is the requests per second over all replicas.
	Rate float64 `json:"rate_rps"`
	// Replicas are the servers that share the requests, 1 at least.
	Replicas int `json:"replicas"`
	// Clients is the number of callers, each with a credential of its own.
	Clients int `json:"clients,omitempty"`
	// BadShare is the part of the requests whose credential is bad; nil if not said.
	BadShare *float64 `json:"bad_share,omitempty"`
	// StoreRoundTrip is the round trip to a store behind a connection; nil for the one that
	// was measured.
	StoreRoundTrip *time.Duration `json:"store_round_trip_ns,omitempty"`
	// RevocationLag is how long a credential may work after it was taken back; nil if
	// that does not matter.
	RevocationLag *time.Duration `json:"revocation_lag_ns,omitempty"`
	// ReplicaLag is how long it takes until all replicas know that a credential was revoked;
	// nil if not said.
	ReplicaLag *time.Duration `json:"replica_lag_ns,omitempty"`
	// TokenLifetime is how long a token is valid after it was issued.
	TokenLifetime time.Duration `json:"token_lifetime_ns"`
	// P99 is the longest acceptable p99 of response times.
	P99 time.Duration `json:"p99_ns,omitempty"`
	// CoreHour is the price of one CPU for an hour, in whatever currency.
	CoreHour float64 `json:"core_hour_price,omitempty"`
}

// Check returns an error with every value that makes no sense.
func (n Need) Check() error {
	var bad []error
	refuse := func(wrong bool, format string, args ...any) {
		if wrong {
			bad = append(bad, fmt.Errorf(format, args...))
		}
	}
	refuse(!(n.Rate > 0 && n.Rate <= 1e9), "--rps %s: say how many requests a second come in, over 0 and at most 1000000000", unit.Plain(n.Rate, 0))
	refuse(n.Replicas < 1, "--replicas %d: at least one server answers", n.Replicas)
	refuse(n.Clients < 0, "--clients %d: it cannot be negative", n.Clients)
	refuse(n.BadShare != nil && !(*n.BadShare >= 0 && *n.BadShare <= 1), "--bad-share: it is a part, from 0 to 1")
	refuse(n.StoreRoundTrip != nil && *n.StoreRoundTrip < 0, "--store-rtt: it cannot be negative")
	refuse(n.RevocationLag != nil && *n.RevocationLag < 0, "--revocation-lag: it cannot be negative")
	refuse(n.ReplicaLag != nil && *n.ReplicaLag < 0, "--replica-lag: it cannot be negative")
	refuse(n.TokenLifetime <= 0, "--token-lifetime %s: a token is valid for some time", n.TokenLifetime)
	refuse(n.P99 < 0, "--p99 %s: it cannot be negative", n.P99)
	refuse(!(n.CoreHour >= 0), "--core-hour %s: it cannot be negative", unit.Plain(n.CoreHour, 0))
	return errors.Join(bad...)
}

// flags are the need as 'authbench advise' takes it.
func (n Need) flags() []string {
	out := []string{"--rps", unit.Plain(n.Rate, 0)}
	add := func(said bool, name, value string) {
		if said {
			out = append(out, name, value)
		}
	}
	duration := func(name string, d *time.Duration) {
		if d != nil {
			out = append(out, name, d.String())
		}
	}
	add(n.Replicas > 1, "--replicas", strconv.Itoa(n.Replicas))
	add(n.Clients > 0, "--clients", strconv.Itoa(n.Clients))
	if n.BadShare != nil {
		out = append(out, "--bad-share", unit.Plain(*n.BadShare, 0))
	}
	duration("--store-rtt", n.StoreRoundTrip)
	duration("--revocation-lag", n.RevocationLag)
	duration("--replica-lag", n.ReplicaLag)
	add(n.TokenLifetime != DefaultTokenLifetime, "--token-lifetime", n.TokenLifetime.String())
	add(n.P99 > 0, "--p99", n.P99.String())
	add(n.CoreHour > 0, "--core-hour", unit.Plain(n.CoreHour, 0))
	return out
}
