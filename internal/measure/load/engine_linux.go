package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Open starts an engine.
func Open(o Options) (Engine, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	e, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("open the engine: %w", err)
	}
	return e, nil
}

// open starts the engine of that name, or the first of all that works here.
func open(o Options) (Engine, error) {
	switch o.Name {
	case Uring:
		if err := canRing(); err != nil {
			return nil, err
		}
		return openThreads(o, Uring, newUring)
	case Epoll:
		if err := canSleep(); err != nil {
			return nil, err
		}
		return openThreads(o, Epoll, newEpoll)
	case Portable:
		return openPortable(), nil
	}
	if canRing() == nil {
		return openThreads(o, Uring, newUring)
	}
	if canSleep() == nil {
		return openThreads(o, Epoll, newEpoll)
	}
	return openPortable(), nil
}

// threadEngine drives raw sockets from threads of its own, each of which waits
// for all its connections at once.
type threadEngine struct {
	clock
	name    string
	poll    Poll
	threads []*thread
	// newTransport is how its shards reach the kernel.
	newTransport func(*shard) (transport, error)
}

var _ Engine = (*threadEngine)(nil)

// openThreads starts the threads.
func openThreads(o Options, name string, newTransport func(*shard) (transport, error)) (Engine, error) {
	cpus := o.CPUs
	if len(cpus) == 0 {
		cpus = []int{-1}
	}
	e := &threadEngine{clock: clock{time.Now()}, name: name, poll: o.Poll, newTransport: newTransport}
	for _, cpu := range cpus {
		t, err := startThread(cpu)
		if err != nil {
			return nil, errors.Join(err, e.Close())
		}
		e.threads = append(e.threads, t)
	}
	return e, nil
}

func (e *threadEngine) Name() string { return e.name }

func (e *threadEngine) Close() error {
	for _, t := range e.threads {
		t.end()
	}
	return nil
}

func (e *threadEngine) Dial(ctx context.Context, to Endpoint) (Client, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	if to.TLS != nil {
		return nil, fmt.Errorf("the engine %q speaks no TLS: use %q", e.name, Portable)
	}
	c := &threadClient{engine: e, endpoint: to}
	shards := min(len(e.threads), to.Connections)
	for k, t := range e.threads[:shards] {
		// As even as possible: the first ones get the remainder.
		var s *shard
		var err error
		t.run(func() { s, err = newShard(e, t, to, (to.Connections+shards-1-k)/shards) })
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
