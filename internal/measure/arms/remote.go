package arms

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/measure/reach"
	"authbench/internal/measure/runner"
)

// remote is a server that runs already, and that is not ours to start, stop or
// look into.
type remote struct{ addr bench.Address }

var _ runner.Server = remote{}

// findRemote finds the server of a URL, which bench has validated. What is not on this
// machine is refused, whatever the name.
func findRemote(ctx context.Context, url string) (runner.Server, error) {
	site, p := bench.ParseSite(url)
	if p != nil {
		return nil, fmt.Errorf("read the target's url: %w", *p)
	}
	addrs, err := reach.Addresses(ctx, site, false)
	if err != nil {
		return nil, fmt.Errorf("the target's url: %w", err)
	}
	addr, err := reach.First(ctx, addrs, reach.Listens)
	if err != nil {
		return nil, fmt.Errorf("no server answers at the target's url %v: %w; start it first", site, err)
	}
	return remote{addr}, nil
}

func (r remote) Addrs() []bench.Address             { return []bench.Address{r.addr} }
func (r remote) Refresh() error                     { return nil }
func (r remote) CPU() (time.Duration, error)        { return 0, nil }
func (r remote) PSS() (int64, error)                { return 0, nil }
func (r remote) Counters() (*bench.Counters, error) { return nil, nil }
func (r remote) Revoke(int) error                   { return errors.ErrUnsupported }
func (r remote) RemoveKey(int) error                { return errors.ErrUnsupported }
func (r remote) Rotation() *bench.Rotation          { return nil }
func (r remote) Failure() string                    { return "" }
func (r remote) Backends() map[string]runner.Meter  { return nil }
func (r remote) Stop() error                        { return nil }
