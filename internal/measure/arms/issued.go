package arms

import (
	"context"

	"authbench/bench"
	"authbench/internal/measure/issuer"
	"authbench/internal/measure/proc"
	"authbench/internal/method"
)

// realm has the run's issuer know minted tokens, or what of them it took back: one realm
// for all servers of the arm, so that one order reaches them all. It is nil where no
// server asks. What it takes back it publishes on a channel, if there is one.
func (c Config) realm(ctx context.Context, needs method.Needs, w *mintedCredentials, channel *inStore) (*issuer.Realm, error) {
	if !needs.AsksIssuer() && needs.Exchange == nil {
		return nil, nil
	}
	spec, err := issuer.SpecFor(w.issuer, needs)
	if err != nil {
		return nil, err
	}
	if channel != nil {
		spec.Feed.Channel = &channel.Place
	}
	return c.Backends.Realm(ctx, w.name, spec)
}

// describeIssuer says in a result that the server asks its issuer: about each token, or now
// and then for keys or revocations; or that clients do, for their tokens. In the latter cases
// no request waits for it as for a store.
func describeIssuer(info *bench.ArmInfo, needs method.Needs) {
	if needs.KeySet != nil || needs.AsksIssuer() || needs.Exchange != nil {
		info.Backends = append(info.Backends, bench.Backend{
			Name: bench.IssuerBackend, About: "the issuer, started for the run", Awaited: needs.Tokens, HasCPU: proc.CanMeter,
		})
	}
}
