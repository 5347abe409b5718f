package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// epollEngine drives raw non-blocking sockets from threads of its own.
type epollEngine struct {
	clock
	poll    Poll
	threads []*thread
}

var _ Engine = (*epollEngine)(nil)

// openEpoll starts the threads.
func openEpoll(o Options) (Engine, error) {
	if err := canSleep(); err != nil {
		return nil, err
	}
	cpus := o.CPUs
	if len(cpus) == 0 {
		cpus = []int{-1}
	}
	e := &epollEngine{clock: clock{time.Now()}, poll: o.Poll}
	for _, cpu := range cpus {
		t, err := startThread(cpu)
		if err != nil {
			return nil, errors.Join(err, e.Close())
		}
		e.threads = append(e.threads, t)
	}
	return e, nil
}

func (e *epollEngine) Name() string { return Epoll }

func (e *epollEngine) Close() error {
	for _, t := range e.threads {
		t.end()
	}
	return nil
}

func (e *epollEngine) Dial(ctx context.Context, to Endpoint) (Client, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	c := &epollClient{engine: e, endpoint: to}
	shards := min(len(e.threads), to.Connections)
	for k, t := range e.threads[:shards] {
		// As even as possible: the first ones get the remainder.
		s, err := newShard(e, t, to, (to.Connections+shards-1-k)/shards)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.shards = append(c.shards, s)
	}
	err := c.each(ctx, (*shard).connectAll)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %v: %w", to.Addr, err), c.Close())
	}
	return c, nil
}

// epollClient is an endpoint's connections, a shard of them per thread.
type epollClient struct {
	engine   *epollEngine
	endpoint Endpoint
	shards   []*shard
}

// each runs a job for each shard on its thread. The end of the context wakes the
// shards and ends the jobs.
func (c *epollClient) each(ctx context.Context, job func(*shard) error) error {
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

func (c *epollClient) Run(ctx context.Context, s Slice) (*Outcome, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	start := c.engine.now() + lead
	for k, shard := range c.shards {
		own := s
		if k > 0 {
			own.Begin, own.End = nil, nil
		}
		shard.prepare(own, k, len(c.shards), start)
	}
	err := c.each(ctx, (*shard).run)
	tallies := make([]*tally, len(c.shards))
	for k, shard := range c.shards {
		tallies[k] = shard.tally
	}
	return merge(tallies), err
}

func (c *epollClient) Close() error {
	var errs []error
	for _, s := range c.shards {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// wakeEvents are edge-triggered: the counter is never read, and must not keep a
// client awake once it was cancelled. (EPOLLET is the sign bit of an int32.)
const wakeEvents = unix.EPOLLIN | unix.EPOLLET&(1<<32-1)

// newEpollSet returns an epoll set with an eventfd in it that ends a sleep.
func newEpollSet() (epfd, wakefd int, err error) {
	if epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return 0, 0, fmt.Errorf("epoll: %w", err)
	}
	if wakefd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC); err == nil {
		err = unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, wakefd, &unix.EpollEvent{Events: wakeEvents, Fd: wake})
	}
	if err != nil {
		unix.Close(epfd)
		return 0, 0, fmt.Errorf("eventfd: %w", err)
	}
	return epfd, wakefd, nil
}
