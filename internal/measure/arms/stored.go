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

// storedRecords are an arm's records in a store.
type storedRecords struct{ *service.StoredRecords }

// store puts minted records where a method wants them, nil if that is the
// target's own memory.
func (c Config) store(ctx context.Context, wanted *store.Place, w *mintedCredentials) (*storedRecords, error) {
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
	return &storedRecords{kept}, nil
}

// describe says in a result what is known of the store.
func (s *storedRecords) describe(info *bench.ArmInfo) {
	if s == nil {
		return
	}
	b := bench.Backend{Name: string(s.Place.Kind)}
	switch {
	case s.Server != nil:
		b.About, b.Awaited, b.HasCPU = s.Version+", started for the run", true, proc.CanMeter
	case s.Version != "":
		b.About, b.Awaited = s.Version+", which ran already", true
	default:
		b.About = "a file of " + b.Name
	}
	info.Backends = append(info.Backends, b)
}

// failure says how the store's server ended, "" while it runs.
func (s *storedRecords) failure() string {
	why := s.Failure()
	if why == "" {
		return ""
	}
	return fmt.Sprintf("the store that it asks (%s) ended: %s", s.Version, why)
}
