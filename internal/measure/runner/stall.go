package runner

import (
	"context"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

const (
	// stallTime is for how long a server must have answered nothing at all to count as
	// stalled. A machine that freezes it for a moment, or a collection of its garbage,
	// is over by then, however short the timeout of a request is.
	stallTime = 2 * time.Second
	// connectTime bounds the opening of a client's connections, of all of them
	// together: ten thousand take a second or two.
	connectTime = 30 * time.Second
)

// gotNoAnswer reports whether requests were sent, all of them timed out, and none was
// answered. Requests that failed in another way have ended at once, and cost no time.
func gotNoAnswer(o *load.Outcome) bool {
	return o.Errors[load.ErrorTimeout] > 0 && o.Completed == 0 && o.Answered == 0
}

// checkAnswers finds out whether the server answers at all after a slice that began at
// began: where none of its requests was answered, it sends others, which are not
// counted, until one is or stallTime is over. Without it a server that is stopped
// would cost the timeout at each of its slices. doing says what the slice was for.
func checkAnswers(ctx context.Context, client load.Client, o *load.Outcome, began time.Time, look load.Slice, doing string) error {
	requests := int64(0)
	for gotNoAnswer(o) {
		requests += o.Errors[load.ErrorTimeout]
		if waited := time.Since(began); waited >= stallTime {
			return fmt.Errorf("it stalled: %s: none of %d requests was answered in %v", doing, requests, waited.Round(time.Millisecond))
		}
		var err error
		if o, err = client.Run(ctx, look); err != nil {
			return err
		}
	}
	return nil
}

// connect opens the connections of a load.
func (s *Session) connect(ctx context.Context, arm *armState, l bench.Load) (load.Client, error) {
	within, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	client, err := s.Engine.Dial(within, load.Endpoint{
		Addr: arm.server.Addrs()[0], Others: arm.server.Addrs()[1:], Connections: l.Connections, Timeout: l.Timeout.Std(), Workload: arm.workload,
	})
	switch {
	case err == nil:
		return withAgents(client, arm.Agents()), nil
	case within.Err() != nil && ctx.Err() == nil:
		return nil, fmt.Errorf("connect to the target: %d connections did not stand within %v: %w", l.Connections, connectTime, err)
	}
	return nil, fmt.Errorf("connect to the target: %w", err)
}

// warmUp sends requests of a load, which are not counted: closed, whatever the load.
// That warms the connections and the server alike, and needs no rate.
func (s *Session) warmUp(ctx context.Context, arm *armState, l bench.Load, seed uint64) error {
	warm := load.Slice{Seed: seed, Measure: s.Scenario.Warmup.Std() / time.Duration(len(s.loads()))}
	client, began := arm.clients[l.Name], time.Now()
	o, err := client.Run(ctx, warm)
	if err != nil {
		return fmt.Errorf("warm up: %w", err)
	}
	return checkAnswers(ctx, client, o, began, warm, fmt.Sprintf("warm-up for load %s", l.Name))
}
