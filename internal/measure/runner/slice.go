package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
	"authbench/internal/result/validity"
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
		Warmed: v.Warm.Nanoseconds(),
	}
	edges := clockEdgesOf(arm)
	if err := edges.refresh(); err != nil {
		return s.dropArm(v.Arm, step.Launch, failure(arm.server, err))
	}
	client, err := s.clientFor(ctx, arm, step.Load, v.Load)
	if err != nil {
		return s.dropArm(v.Arm, step.Launch, failure(arm.server, err))
	}
	began := time.Now()
	watched := courseOf(v.Load)
	outcome, err := s.takeSlice(ctx, arm, v, client, edges, watched)
	if ctx.Err() != nil {
		return ctx.Err() // a cut slice measures nothing
	}
	if err != nil {
		return s.dropArm(v.Arm, step.Launch, failure(arm.server, err))
	}
	edges.fill(arm, &record)
	if record.Refreshes, err = refreshes(arm); err != nil {
		return err
	}
	if record.Course, err = watched.encoded(); err != nil {
		return err
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
	if err := s.Record.Slice(record); err != nil {
		return err
	}
	return s.keepAwake(ctx, step, v, client, outcome, began)
}

// fill puts what a slice's edges say into its record.
func (e *clockEdges) fill(arm *armState, record *bench.Slice) {
	if arm.first == nil {
		arm.first = &e.server.first
	}
	record.ServerCPU, record.ServerTail = e.server.cpu(), e.server.tail()
	record.Backends, record.Pressure, record.Lookups = e.backendCPU(), e.pressure, e.lookups
}

// takeSlice takes the slice of a visit, after the load that is to go before it, and waits until
// the server stands still after it.
func (s *Session) takeSlice(ctx context.Context, arm *armState, v bench.Visit, client load.Client, edges *clockEdges, watched *course) (*load.Outcome, error) {
	if v.Warm > 0 {
		if _, err := client.Run(ctx, load.Slice{Arrivals: v.Load.Arrivals, Rate: v.Rate, Seed: v.WarmSeed, Measure: v.Warm}); err != nil {
			return nil, fmt.Errorf("warm its cache: %w", err)
		}
	}
	before, err := arm.cacheCounters()
	if err != nil {
		return nil, err
	}
	var outcome *load.Outcome
	live, stop := watched.watch()
	defer stop()
	edges.pressure = s.underPressure(func() {
		outcome, err = client.Run(ctx, load.Slice{
			Arrivals: v.Load.Arrivals, Rate: v.Rate, Ramp: v.Load.Ramp(), Seed: v.Seed, Settle: v.Settle, Measure: v.Measure,
			Live: live, Begin: edges.begin, End: edges.end,
		})
	})
	if err != nil {
		return nil, err
	}
	edges.settle()
	after, err := arm.cacheCounters()
	if before != nil && after != nil {
		edges.lookups = after.Sub(*before).Lookups
	}
	return outcome, errors.Join(err, edges.failure())
}

// cacheCounters are the counters of a server that remembers, nil of another one.
func (arm *armState) cacheCounters() (*bench.Counters, error) {
	if facts := arm.Info().Facts; facts == nil || facts.Memory == 0 {
		return nil, nil
	}
	return arm.server.Counters()
}

// keepAwake loses the arm of a slice that is recorded if its server has stalled.
func (s *Session) keepAwake(ctx context.Context, step bench.Step, v bench.Visit, client load.Client, o *load.Outcome, began time.Time) error {
	doing := fmt.Sprintf("load %s, launch %d, round %d", step.Load.Name, step.Launch, step.Round)
	err := checkAnswers(ctx, client, o, began, load.Slice{Seed: v.Seed, Measure: v.Measure}, doing)
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	return s.dropArm(v.Arm, step.Launch, failure(s.arms[v.Arm].server, err))
}

// clientFor returns the client of a load, or a new one where the arm is too slow
// for the load as it was planned and gets another number of connections.
func (s *Session) clientFor(ctx context.Context, arm *armState, planned, actual bench.Load) (load.Client, error) {
	if planned.Connections == actual.Connections {
		return arm.clients[planned.Name], nil
	}
	key := fmt.Sprintf("%s/%d", actual.Name, actual.Connections) // no name has a slash
	if c := arm.clients[key]; c != nil {
		return c, nil
	}
	c, err := s.connect(ctx, arm, actual)
	if err == nil {
		arm.clients[key] = c
	}
	return c, err
}

// clockEdges reads the CPU clocks of a server, and of those behind it, at the edges of a
// slice's measured part. Its methods begin and end run on the generator's thread.
type clockEdges struct {
	server   cpuClock
	backends []backendClock
	pressure float64 // see [bench.Slice]
	lookups  bench.Lookups
}

// backendClock is the CPU clock of a backend.
type backendClock struct {
	name string
	cpuClock
}

func clockEdgesOf(arm *armState) *clockEdges {
	e := &clockEdges{}
	if arm.Info().HasCPU {
		e.server.Meter = arm.server
	}
	for name, meter := range arm.server.Backends() {
		e.backends = append(e.backends, backendClock{name, cpuClock{Meter: meter}})
	}
	return e
}

func (e *clockEdges) refresh() error {
	if e.server.Meter != nil {
		if err := e.server.Refresh(); err != nil {
			return err
		}
	}
	for i := range e.backends {
		if err := e.backends[i].Refresh(); err != nil {
			return err
		}
	}
	return nil
}

func (e *clockEdges) begin() {
	e.server.read(&e.server.first)
	for i := range e.backends {
		e.backends[i].read(&e.backends[i].first)
	}
}

func (e *clockEdges) end() {
	e.server.read(&e.server.last)
	for i := range e.backends {
		e.backends[i].read(&e.backends[i].last)
	}
}

// settle waits until the server's CPU clock stands still, and notes what it, and its
// backends, used meanwhile: garbage collection that the slice's requests left behind.
// Without it that work would be booked to the next arm's slice, as interference.
func (e *clockEdges) settle() {
	e.server.read(&e.server.drained)
	for i := range e.backends {
		e.backends[i].read(&e.backends[i].drained)
	}
	c := &e.server
	c.still = c.drained
	for waited := time.Duration(0); c.Meter != nil && waited < longestTail; waited += quietStep {
		before := c.still
		time.Sleep(quietStep)
		c.read(&c.still)
		if c.still-before < quiet {
			break
		}
	}
	for i := range e.backends {
		e.backends[i].read(&e.backends[i].still)
	}
}

func (e *clockEdges) failure() error {
	err := e.server.err
	for _, b := range e.backends {
		err = errors.Join(err, b.err)
	}
	return err
}

// backendCPU is what the backends used, nil if there are none.
func (e *clockEdges) backendCPU() map[string]bench.BackendCPU {
	if len(e.backends) == 0 {
		return nil
	}
	out := map[string]bench.BackendCPU{}
	for _, b := range e.backends {
		out[b.name] = bench.BackendCPU{CPU: b.cpu(), Tail: b.tail()}
	}
	return out
}

// cpuClock is a CPU clock with its readings.
type cpuClock struct {
	Meter                        // nil: there is none to read
	first, last    time.Duration // at the edges of the measured part
	drained, still time.Duration // after the last answer, and when it stood still
	err            error         // the first of a reading
}

func (c *cpuClock) read(into *time.Duration) {
	if c.Meter == nil {
		return
	}
	var err error
	if *into, err = c.CPU(); err != nil && c.err == nil {
		c.err = err
	}
}

func (c *cpuClock) cpu() int64  { return (c.last - c.first).Nanoseconds() }
func (c *cpuClock) tail() int64 { return (c.still - c.drained).Nanoseconds() }

// deathTime is how long a server that failed is given to be known as dead: its
// supervisor ends what it left behind first.
const deathTime = time.Second

// failure prefers what is known of the server's end to the symptom.
func failure(server Server, symptom error) string {
	if server == nil { // it did not start
		return symptom.Error()
	}
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
