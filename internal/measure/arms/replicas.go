package arms

import (
	"context"
	"errors"
	"time"

	"authbench/bench"
	"authbench/internal/measure/runner"
)

// replicaServers are the servers of an arm with replicas, as one: what one says for all is the
// sum, or true of all of them.
type replicaServers []runner.Server

var _ runner.Server = replicaServers{}

// replicate returns a start of n servers, of which start starts one. If one fails, so does
// the arm.
func replicate(n int, start func(context.Context) (runner.Server, error)) func(context.Context) (runner.Server, error) {
	if n == 1 {
		return start
	}
	return func(ctx context.Context) (runner.Server, error) {
		var all replicaServers
		for range n {
			s, err := start(ctx)
			if err != nil {
				return nil, errors.Join(err, all.Stop())
			}
			all = append(all, s)
		}
		return all, nil
	}
}

func (r replicaServers) Addrs() []bench.Address {
	var out []bench.Address
	for _, s := range r {
		out = append(out, s.Addrs()...)
	}
	return out
}

func (r replicaServers) Refresh() error { return r.each(runner.Server.Refresh) }
func (r replicaServers) Stop() error    { return r.each(runner.Server.Stop) }

// Revoke tells one server after the other, as a list of them would be gone through.
func (r replicaServers) Revoke(index int) error {
	return r.each(func(s runner.Server) error { return s.Revoke(index) })
}

// RemoveKey tells the issuers of all servers.
func (r replicaServers) RemoveKey(index int) error {
	return r.each(func(s runner.Server) error { return s.RemoveKey(index) })
}

func (r replicaServers) each(do func(runner.Server) error) error {
	var errs []error
	for _, s := range r {
		errs = append(errs, do(s))
	}
	return errors.Join(errs...)
}

func (r replicaServers) CPU() (sum time.Duration, err error) {
	for _, s := range r {
		one, err := s.CPU()
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

func (r replicaServers) PSS() (sum int64, err error) {
	for _, s := range r {
		one, err := s.PSS()
		if err != nil {
			return 0, err
		}
		sum += one
	}
	return sum, nil
}

// Backends are the same for all.
func (r replicaServers) Backends() map[string]runner.Meter { return r[0].Backends() }

func (r replicaServers) Counters() (*bench.Counters, error) {
	var sum *bench.Counters
	for _, s := range r {
		one, err := s.Counters()
		if err != nil || one == nil {
			return nil, err
		}
		if sum == nil {
			sum = one
			continue
		}
		added := sum.Add(*one)
		sum = &added
	}
	return sum, nil
}

// Rotation is nil: an arm whose issuer replaces its key has one server.
func (r replicaServers) Rotation() *bench.Rotation { return nil }

func (r replicaServers) Failure() string {
	for _, s := range r {
		if why := s.Failure(); why != "" {
			return why
		}
	}
	return ""
}
