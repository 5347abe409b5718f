package arms

import (
	"context"
	"fmt"

	"authbench/bench"
	"authbench/internal/credential/store"
	"authbench/internal/measure/proc"
	"authbench/internal/measure/service"
	"authbench/internal/method"
)

// inStore is what a store has for an arm: its records, or the channel of its feed.
type inStore struct {
	*service.Kept
	awaited bool // each request waits for it
}

// store puts minted records where a method wants them, nil if that is the
// target's own memory.
func (c Config) store(ctx context.Context, wanted *store.Place, w *mintedCredentials) (*inStore, error) {
	if wanted == nil {
		return nil, nil
	}
	records, err := method.Records(w.issuer)
	if err != nil {
		return nil, err
	}
	kept, err := c.Backends.Put(ctx, *wanted, w.name, records)
	if err != nil {
		return nil, err
	}
	return &inStore{kept, true}, nil
}

// channel is where the issuer of a method publishes its feed, nil for nowhere.
func (c Config) channel(ctx context.Context, kind store.Kind) (*inStore, error) {
	if kind == "" {
		return nil, nil
	}
	kept, err := c.Backends.Channel(ctx, kind)
	if err != nil {
		return nil, err
	}
	return &inStore{kept, false}, nil
}

// describe says in a result what is known of the store.
func (s *inStore) describe(info *bench.ArmInfo) {
	if s == nil {
		return
	}
	b := bench.Backend{Name: string(s.Place.Kind)}
	switch {
	case s.Server != nil:
		b.About, b.Awaited, b.HasCPU = s.Version+", started for the run", s.awaited, proc.CanMeter
	case s.Version != "":
		b.About, b.Awaited = s.Version+", which ran already", true
	default:
		b.About = "a file of " + b.Name
	}
	info.Backends = append(info.Backends, b)
}

// failure says how the store's server ended, "" while it runs.
func (s *inStore) failure() string {
	why := s.Failure()
	if why == "" {
		return ""
	}
	what := "the store that it asks"
	if !s.awaited {
		what = "the server of its issuer's channel"
	}
	return fmt.Sprintf("%s (%s) ended: %s", what, s.Version, why)
}
