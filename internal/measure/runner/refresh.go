package runner

import (
	"context"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/measure/agents"
	"authbench/internal/measure/load"
)

// refreshing is a client of the generator whose credentials agents refresh while it sends.
// Between its slices they sleep, so that they disturb no other arm's: those whose credentials
// would not last refresh before the next.
type refreshing struct {
	load.Client
	agents *agents.Agents
	// holders are clients that refresh beside those that requests are made for.
	holders []int
}

// withAgents returns a client that agents go with, itself for an arm that has none.
func withAgents(c load.Client, of *agents.Agents) load.Client {
	if of == nil {
		return c
	}
	return &refreshing{Client: c, agents: of}
}

// holdCredentials has the holders of an episode refresh, too, as soon as they need to: they
// send requests from its beginning on.
func holdCredentials(ctx context.Context, c load.Client, t bench.Timeline) error {
	r, ok := c.(*refreshing)
	if !ok {
		return nil
	}
	r.holders = t.Credentials()
	return r.agents.Prepare(ctx, r.agents.Longest(t.Length), r.holders)
}

// tail is for how long after a slice's schedule its requests may be sent.
const tail = time.Second

// Run implements load.Client.
func (r *refreshing) Run(ctx context.Context, s load.Slice) (*load.Outcome, error) {
	if err := r.agents.Prepare(ctx, r.agents.Longest(s.Settle+s.Measure+tail), r.holders); err != nil {
		return nil, err
	}
	r.agents.Reset()
	s.Begin, s.End = both(r.agents.Begin, s.Begin), both(r.agents.End, s.End)
	living, sleep := context.WithCancel(ctx)
	var life sync.WaitGroup
	life.Go(func() { r.agents.Live(living, s.Seed, r.holders) })
	out, err := r.Client.Run(ctx, s)
	r.agents.End() // a slice that is cut short has no end
	sleep()
	life.Wait()
	return out, err
}

// both calls two functions, of which the second may be nil.
func both(first, second func()) func() {
	return func() {
		first()
		if second != nil {
			second()
		}
	}
}

// refreshes are what an arm's agents did in its last slice, nil for an arm without any.
func refreshes(arm Arm) (*bench.Refreshes, error) {
	of := arm.Agents()
	if of == nil {
		return nil, nil
	}
	return of.Taken()
}
