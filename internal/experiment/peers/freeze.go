package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// A server that is stopped for a tenth of the time makes the quantiles above the
	// 90th those of the stops alone.
	stopEvery  = 2 * time.Second
	stopLength = 200 * time.Millisecond
	// stopFirst is when the first stop comes: all connections stand, and the last of
	// ten stops ends well before the load does.
	stopFirst = time.Second

	// freezeRate leaves the server idle nine tenths of the time that it runs.
	freezeRate   = 2_000
	freezeLength = 20 * time.Second
	// freezeConnections are too few for the requests of a stop: the others wait, and
	// the question is whether a client counts that.
	freezeConnections = 64
	// freezeMost is for clients that open connections, or start users, as they need
	// them; their manuals advise to let them.
	freezeMost = 1000

	// spinTime is how long before its moment the freezer stops sleeping: Go's timers
	// are up to a millisecond late.
	spinTime = 1500 * time.Microsecond
)

// stop is one time during which the server stood still.
type stop struct {
	AtSeconds float64 `json:"at_s"` // since the client's latencies count
	Nanos     int64   `json:"ns"`
}

// frozen is a visit of a server that was stopped now and then.
type frozen struct {
	visit
	Stops []stop `json:"stops"`
}

// freeze measures what the clients say of a server that stands still at known times.
func (c *comparer) freeze(ctx context.Context) error {
	return c.onStage(ctx, true, func(s *stage) error {
		j := job{connections: freezeConnections, maxConnections: freezeMost, duration: freezeLength, rate: freezeRate}
		ours := freezeClient(c.authbench)
		clients, err := c.rehearse(ctx, s, append([]client{ours}, c.peers...), j)
		if err != nil {
			return err
		}
		c.progressf("freeze: one connection, for reference")
		for _, reference := range []struct {
			rate int
			into **visit
		}{{0, &c.report.Closed}, {freezeRate, &c.report.Paced}} {
			v, err := s.run(ctx, ours, job{connections: 1, maxConnections: 1, duration: openLength, rate: reference.rate}, nil)
			if err != nil {
				return err
			}
			*reference.into = &v
		}
		for _, one := range c.shuffled(clients) {
			c.progressf("freeze: %s", one.name)
			f, err := c.frozen(ctx, s, one, j)
			if err != nil {
				return err
			}
			c.report.Freeze = append(c.report.Freeze, f)
		}
		return nil
	})
}

// frozen has a client do a job while the server is stopped now and then.
func (c *comparer) frozen(ctx context.Context, s *stage, one client, j job) (frozen, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var f frozen
	var freezer sync.WaitGroup
	var failed error
	var err error
	f.visit, err = s.run(ctx, one, j, func() {
		began := time.Now().Add(one.uncounted)
		freezer.Go(func() { f.Stops, failed = stopNowAndThen(ctx, s.server.process.PID(), began, j.duration) })
	})
	cancel() // it is over already, unless the client failed
	freezer.Wait()
	return f, errors.Join(err, failed)
}

// stopNowAndThen stops a process on schedule as long as a client sends. It never
// leaves it stopped.
func stopNowAndThen(ctx context.Context, pid int, began time.Time, length time.Duration) ([]stop, error) {
	var stops []stop
	for at := stopFirst; at+stopLength < length; at += stopEvery {
		if err := sleepUntil(ctx, began.Add(at)); err != nil {
			return stops, err
		}
		if err := halt(pid); err != nil {
			return stops, fmt.Errorf("stop the server: %w", err)
		}
		stopped := time.Now()
		waited := sleepUntil(ctx, began.Add(at+stopLength))
		// Read before the signal: the server may take our CPU when it goes on.
		stood := time.Since(stopped)
		if err := resume(pid); err != nil {
			return stops, fmt.Errorf("let the server go on: %w", err)
		}
		if waited != nil {
			return stops, waited
		}
		stops = append(stops, stop{stopped.Sub(began).Seconds(), int64(stood)})
	}
	return stops, nil
}

// sleepUntil waits for a moment: asleep, and at the end awake.
func sleepUntil(ctx context.Context, moment time.Time) error {
	timer := time.NewTimer(time.Until(moment) - spinTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	for time.Now().Before(moment) {
	}
	return nil
}
