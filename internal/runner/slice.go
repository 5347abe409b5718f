package runner

import (
	"context"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/load"
	"authbench/internal/validity"
)

const (
	// quiet is how little CPU time a server may use within quietStep to count
	// as standing still: Go's idle runtime wakes for some microseconds.
	quiet     = 20 * time.Microsecond
	quietStep = 2 * time.Millisecond
	// longestTail bounds the wait: a server with background work of its own
	// never stands still.
	longestTail = 200 * time.Millisecond
)

// visit takes one slice and records it. The error is fatal to the run; an arm
// whose target fails is only lost.
func (s *Session) visit(ctx context.Context, step bench.Step, position int, v bench.Visit) error {
	arm := s.arms[v.Arm]
	record := bench.Slice{
		Kind: bench.KindSlice, Arm: v.Arm, Load: step.Load.Name, Launch: step.Launch, Round: step.Round,
		Attempt: step.Attempt, Position: position, Start: s.sinceBegan(), Rate: v.Rate, Connections: v.Load.Connections,
	}
	edges := edges{server: arm.server, read: arm.Info().HasCPU}
	if err := arm.server.Refresh(); err != nil {
		return s.lose(v.Arm, step.Launch, failure(arm.server, err))
	}
	client, err := arm.clientFor(ctx, s.Engine, step.Load, v.Load)
	if err != nil {
		return s.lose(v.Arm, step.Launch, failure(arm.server, err))
	}
	outcome, err := s.watched(v, func() (*load.Outcome, error) {
		return client.Run(ctx, load.Slice{
			Arrivals: v.Load.Arrivals, Rate: v.Rate, Seed: v.Seed, Settle: v.Settle, Measure: v.Measure,
			Begin: edges.begin, End: edges.end,
		})
	})
	if ctx.Err() != nil {
		return ctx.Err() // a cut slice measures nothing
	}
	if err == nil {
		err = edges.err
	}
	if err != nil {
		return s.lose(v.Arm, step.Launch, failure(arm.server, err))
	}
	record.ServerCPU = edges.cpu().Nanoseconds()
	record.ServerTail = edges.tail().Nanoseconds()
	if edges.err != nil {
		return s.lose(v.Arm, step.Launch, failure(arm.server, edges.err))
	}
	if err := outcome.Fill(&record); err != nil {
		return err
	}
	if step.Load.Kind == bench.Capacity {
		record.Probe = probe(step.Load.Objective(), record, outcome)
	}
	record.Invalid = validity.Slice(record)
	record.Counts = step.Launch > 0 && len(record.Invalid) == 0
	s.outcomes.Last = append(s.outcomes.Last, record)
	return s.Record.Slice(record)
}

// clientFor returns the client of a load, or a new one where the arm is too slow
// for the load as it was planned and gets another number of connections.
func (arm *armState) clientFor(ctx context.Context, engine load.Engine, planned, actual bench.Load) (load.Client, error) {
	if planned.Connections == actual.Connections {
		return arm.clients[planned.Name], nil
	}
	key := fmt.Sprintf("%s/%d", actual.Name, actual.Connections) // no name has a slash
	if c := arm.clients[key]; c != nil {
		return c, nil
	}
	c, err := engine.Dial(ctx, load.Endpoint{
		Addr: arm.server.Addr(), Connections: actual.Connections, Timeout: actual.Timeout.Std(), Workload: arm.Workload(),
	})
	if err == nil {
		arm.clients[key] = c
	}
	return c, err
}

// edges reads a server's CPU clock at the edges of a slice's measured part. Its
// methods begin and end run on the generator's thread.
type edges struct {
	server      Server
	read        bool
	first, last time.Duration
	err         error
}

func (e *edges) begin() { e.clock(&e.first) }
func (e *edges) end()   { e.clock(&e.last) }

func (e *edges) clock(into *time.Duration) {
	if !e.read {
		return
	}
	var err error
	if *into, err = e.server.CPU(); err != nil && e.err == nil {
		e.err = err
	}
}

func (e *edges) cpu() time.Duration { return e.last - e.first }

// tail waits until the server's CPU clock stands still and returns what it used
// meanwhile: garbage collection that the slice's requests left behind. Without
// it that work would be booked to the next arm's slice, as interference.
func (e *edges) tail() time.Duration {
	var begin, now time.Duration
	e.clock(&begin)
	now = begin
	for waited := time.Duration(0); e.read && waited < longestTail; waited += quietStep {
		before := now
		time.Sleep(quietStep)
		e.clock(&now)
		if now-before < quiet {
			break
		}
	}
	return now - begin
}

// deathTime is how long a server that failed is given to be known as dead: its
// supervisor ends what it left behind first.
const deathTime = time.Second

// failure prefers what is known of the server's end to the symptom.
func failure(server Server, symptom error) string {
	for waited := time.Duration(0); waited < deathTime; waited += quietStep {
		if why := server.Failure(); why != "" {
			return why
		}
		time.Sleep(quietStep)
	}
	return symptom.Error()
}

// probe counts the requests that missed the objective. Those that failed or were
// not sent have no time that could keep it.
func probe(o bench.Objective, s bench.Slice, from *load.Outcome) *bench.Probe {
	timed := from.Valid.Response // those that timed out included, at full length
	missed := max(0, validity.Failures(s)-s.Errors[load.ErrorTimeout]) + s.Scheduled - s.Sent
	p := bench.Probe{Requests: timed.Count() + missed, Missed: missed}
	for b := range timed.Buckets() {
		if b.To >= o.Limit.Nanoseconds() {
			p.Missed += b.Count
		}
	}
	return &p
}
