package main

import (
	"context"
	"errors"
	"slices"
)

// costConnections keep a server on one CPU busy, and are few enough for every client.
const costConnections = 32

// pair is a client's run and one of wrk's next to it. Two runs of the same server
// differ by some per cent from one second to the next, and by more over minutes: only
// neighbours compare.
type pair struct {
	Pinned bool  `json:"pinned"`
	Client visit `json:"client"`
	Wrk    visit `json:"wrk"`
}

// cost measures the CPU time per request of a closed load, of every client against
// wrk.
func (c *comparer) cost(ctx context.Context) error {
	isWrk := func(p client) bool { return p.name == wrk().name }
	if !slices.ContainsFunc(c.peers, isWrk) {
		return errors.New("wrk, which the others are compared with, is not on the PATH: " + wrk().install)
	}
	others := append(costClients(c.authbench), slices.DeleteFunc(clientsFor(closed, c.peers), isWrk)...)
	for _, pinned := range []bool{true, false} {
		if c.pin == "true" && !pinned || c.pin == "false" && pinned {
			continue
		}
		c.progressf("cost, pinned: %v", pinned)
		if err := c.onStage(ctx, pinned, func(s *stage) error { return c.costOn(ctx, s, pinned, others) }); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparer) costOn(ctx context.Context, s *stage, pinned bool, clients []client) error {
	j := job{connections: costConnections, maxConnections: costConnections, duration: c.duration}
	clients, err := c.rehearse(ctx, s, clients, j)
	if err != nil {
		return err
	}
	for n := range c.pairs {
		c.progressf("cost, pinned: %v: pair %d of %d of each", pinned, n+1, c.pairs)
		for _, one := range c.shuffled(clients) {
			p := pair{Pinned: pinned}
			order := []struct {
				client
				into *visit
			}{{one, &p.Client}, {wrk(), &p.Wrk}}
			if c.random.IntN(2) == 0 {
				slices.Reverse(order)
			}
			for _, next := range order {
				if *next.into, err = s.run(ctx, next.client, j, nil); err != nil {
					return err
				}
			}
			c.report.Cost = append(c.report.Cost, p)
		}
	}
	return nil
}
