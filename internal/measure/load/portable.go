package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// portableEngine works on any system, and speaks TLS. A connection has two
// goroutines: one that sends what is due, and one that reads all the time, so that
// the end of an idle connection is seen before the next request is sent on it.
//
// It paces with Go's timers as far as they are exact, and sleeps in the kernel for
// what remains (nap). Its lag is measured like that of the other engines.
type portableEngine struct {
	clock
	// One slice runs at a time: it has the one tally.
	tally *tally
}

var _ Engine = (*portableEngine)(nil)

func openPortable() Engine {
	return &portableEngine{clock: clock{time.Now()}, tally: newTally(processCPU)}
}

func (e *portableEngine) Name() string { return Portable }

func (e *portableEngine) Close() error { return nil }

func (e *portableEngine) Dial(ctx context.Context, to Endpoint) (Client, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	c := &portableClient{engine: e, endpoint: to, opening: newOpening(to), links: make([]*link, to.Connections)}
	for i := range c.links {
		c.links[i] = &link{clock: e.clock, index: i}
	}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %v: %w", to.Addr, err), c.Close())
	}
	return c, nil
}

// portableClient is an endpoint's connections.
type portableClient struct {
	engine   *portableEngine
	endpoint Endpoint
	links    []*link
	// opening is written to while dialling, and by a run that holds its lock.
	opening Opening
}

// open opens every connection, some at a time, or fails with the first that fails.
func (c *portableClient) open(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, mostConnecting)
	for _, l := range c.links {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := l.open(ctx, c.endpoint); err != nil {
				stop(err) // the first one counts: the others may fail for that
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, l := range c.links {
		c.opened(l)
	}
	return nil
}

// opened notes the times of a connection that was opened.
func (c *portableClient) opened(l *link) {
	if !c.endpoint.Breakdown {
		return
	}
	c.opening.Connect.Record(l.connected - l.began)
	if c.endpoint.TLS != nil {
		c.opening.Handshake.Record(l.shaken - l.connected)
	}
}

// errOver ends the context of a slice when its time is over.
var errOver = errors.New("the slice is over")

func (c *portableClient) Run(ctx context.Context, s Slice) (*Outcome, error) {
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
	tallies := []*tally{c.engine.tally}
	s.Live.open(tallies, c.endpoint, s)
	c.engine.tally.reset(c.endpoint, s, start)
	r := &portableRun{
		clock: c.engine.clock, client: c, endpoint: c.endpoint, tally: c.engine.tally,
		script: newScript(c.endpoint.Workload, s, 0, 1, start), downSince: start,
	}
	var end int64
	r.sendBefore, end = r.script.deadlines(c.endpoint)
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	sliceCtx, release := context.WithDeadlineCause(ctx, r.clock.opened.Add(time.Duration(end)), errOver)
	defer release()
	r.run(sliceCtx)
	s.Live.close(tallies)
	out := merge(tallies)
	out.Opening.merge(c.opening)
	return out, context.Cause(ctx)
}

func (c *portableClient) Close() error {
	for _, l := range c.links {
		l.close()
	}
	return nil
}

// kindOfDial tells why a connection did not come about.
func kindOfDial(err error) string {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return ErrorRefused
	}
	return ErrorDial
}
