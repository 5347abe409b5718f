package advice

import (
	"errors"
	"fmt"
	"math"
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
	refuse(!(n.Rate > 0 && n.Rate <= 1e9), "--rps %s: say how many requests per second come in, such as 5000 or 5k; at most 1G", unit.Plain(n.Rate, 0))
	refuse(n.Replicas < 1, "--replicas %d: at least one server answers", n.Replicas)
	refuse(n.Clients < 0, "--clients %d: it cannot be negative", n.Clients)
	refuse(n.BadShare != nil && !(*n.BadShare >= 0 && *n.BadShare <= 1), "--bad-share: it is a part of the requests: write a number from 0 to 1, or per cent, such as 0.02 or 2%%")
	refuse(n.StoreRoundTrip != nil && *n.StoreRoundTrip < 0, "--store-rtt: it cannot be negative")
	refuse(n.RevocationLag != nil && *n.RevocationLag < 0, "--revocation-lag: it cannot be negative")
	refuse(n.ReplicaLag != nil && *n.ReplicaLag < 0, "--replica-lag: it cannot be negative")
	refuse(n.TokenLifetime <= 0, "--token-lifetime %s: a token is valid for some time", unit.Time(n.TokenLifetime))
	refuse(n.P99 < 0, "--p99 %s: it cannot be negative", n.P99)
	refuse(!(n.CoreHour >= 0), "--core-hour %s: it cannot be negative", unit.Plain(n.CoreHour, 0))
	return errors.Join(bad...)
}

// Set reads a part of the need, by the name of its flag, as people write it. Only the core
// hour's price and the counts are bare numbers; a time needs its unit.
func (n *Need) Set(name, text string) error {
	var err error
	switch name {
	case "rps":
		n.Rate, err = unit.PerSecond.Parse(text)
	case "replicas":
		n.Replicas, err = whole(text)
	case "clients":
		n.Clients, err = whole(text)
	case "bad-share":
		n.BadShare, err = part(text)
	case "core-hour":
		n.CoreHour, err = unit.Bare.Parse(text)
	case "token-lifetime":
		err = setTime(&n.TokenLifetime, text)
	case "p99":
		err = setTime(&n.P99, text)
	case "store-rtt":
		n.StoreRoundTrip = new(time.Duration)
		err = setTime(n.StoreRoundTrip, text)
	case "revocation-lag":
		n.RevocationLag = new(time.Duration)
		err = setTime(n.RevocationLag, text)
	case "replica-lag":
		n.ReplicaLag = new(time.Duration)
		err = setTime(n.ReplicaLag, text)
	default:
		err = fmt.Errorf("a need has no part %q", name)
	}
	return err
}

// whole reads a count: 500, or 10k.
func whole(text string) (int, error) {
	v, err := unit.Bare.Parse(text)
	if err == nil && (v != math.Trunc(v) || math.Abs(v) > math.MaxInt32) {
		err = fmt.Errorf("%q is not a whole number: write one such as 500 or 10k", text)
	}
	return int(v), err
}

// part reads a share of one: 0.02, or 2%.
func part(text string) (*float64, error) {
	v, err := unit.Bare.Parse(text)
	if err != nil {
		v, err = unit.Share.Parse(text)
	}
	if err != nil {
		err = fmt.Errorf("%q is not a part: write a number from 0 to 1, or per cent, such as 0.02 or 2%%", text)
	}
	return &v, err
}

// setTime reads a time.
func setTime(to *time.Duration, text string) error {
	nanos, err := unit.Nanoseconds.Parse(text)
	if err == nil && math.Abs(nanos) >= math.MaxInt64 {
		err = fmt.Errorf("%q is too long a time", text)
	}
	*to = time.Duration(math.Round(nanos))
	return err
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
			out = append(out, name, unit.Time(*d))
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
	add(n.TokenLifetime != DefaultTokenLifetime, "--token-lifetime", unit.Time(n.TokenLifetime))
	add(n.P99 > 0, "--p99", unit.Time(n.P99))
	add(n.CoreHour > 0, "--core-hour", unit.Plain(n.CoreHour, 0))
	return out
}
