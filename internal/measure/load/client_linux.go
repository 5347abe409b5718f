package load

import (
	"context"
	"errors"
	"sync"
)

// threadClient is an endpoint's connections, a shard of them per thread.
type threadClient struct {
	engine   *threadEngine
	endpoint Endpoint
	shards   []*shard
}

// each runs a job for each shard on its thread. The end of the context wakes the
// shards and ends the jobs.
func (c *threadClient) each(ctx context.Context, job func(*shard) error) error {
	for _, s := range c.shards {
		s.cancelled.Store(false)
	}
	cancelled := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(cancelled)
		for _, s := range c.shards {
			s.cancel()
		}
	})
	errs := make([]error, len(c.shards))
	var wg sync.WaitGroup
	for i, s := range c.shards {
		wg.Go(func() { s.thread.run(func() { errs[i] = job(s) }) })
	}
	wg.Wait()
	if !stop() {
		<-cancelled // it must not reach into the next slice
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(errs...)
}

func (c *threadClient) Run(ctx context.Context, s Slice) (*Outcome, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	s, err := s.Bounded(ctx)
	if err != nil {
		return nil, err
	}
	start, err := c.engine.start(s)
	if err != nil {
		return nil, err
	}
	tallies := make([]*tally, len(c.shards))
	for k, shard := range c.shards {
		tallies[k] = shard.tally
	}
	s.Live.open(tallies, c.endpoint, s)
	for k, shard := range c.shards {
		own := s
		if k > 0 {
			own.Begin, own.End = nil, nil
		}
		shard.prepare(own, k, len(c.shards), start)
	}
	err = c.each(ctx, (*shard).run)
	s.Live.close(tallies)
	out := merge(tallies)
	for _, shard := range c.shards {
		out.Opening.merge(shard.opening)
	}
	return out, err
}

func (c *threadClient) Close() error {
	var errs []error
	for _, s := range c.shards {
		s.thread.run(func() { errs = append(errs, s.close()) })
	}
	return errors.Join(errs...)
}
