package main

import (
	"context"
	"time"
)

const (
	// openRate is a quarter of what most clients can send from one CPU, or less, so
	// that what they report is not their own congestion.
	openRate = 10_000
	// openConnections are enough for that rate unless the server takes longer than
	// six milliseconds.
	openConnections = 64
	// openLength makes a p99 of some 400 slowest requests.
	openLength = 4 * time.Second
)

// open measures latencies at a rate: each client that has one, round after round.
func (c *comparer) open(ctx context.Context) error {
	return c.onStage(ctx, true, func(s *stage) error {
		j := job{connections: openConnections, maxConnections: openConnections, duration: openLength, rate: openRate}
		clients, err := c.rehearse(ctx, s, append(openClients(c.authbench), clientsFor(open, c.peers)...), j)
		if err != nil {
			return err
		}
		for n := range c.rounds {
			c.progressf("open: round %d of %d", n+1, c.rounds)
			for _, one := range c.shuffled(clients) {
				v, err := s.run(ctx, one, j, nil)
				if err != nil {
					return err
				}
				c.report.Open = append(c.report.Open, v)
			}
		}
		return nil
	})
}
