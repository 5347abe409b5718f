package crew

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
	"authbench/internal/measure/courier"
)

// CoordinatorOptions say how a run is coordinated.
type CoordinatorOptions struct {
	Charter wire.Charter
	// Directory is the run's own: the stream is there, so that it can be collected.
	Directory string
	// Patience is how long all may take to join and to be armed.
	Patience time.Duration
	// Tell hands news over to whoever started the coordinator.
	Tell func(courier.News) error
}

// Coordinator is one whose server listens, or that has joined those of somebody's own.
type Coordinator struct {
	CoordinatorOptions
	epoch
	inbox
	hub   *wire.Hub
	index map[string]int // of workers
	shown string
	// telling is when it was shown.
	telling time.Duration
	target  *courier.Target
}

// Open starts the server of a run, or finds those of somebody's own, joins it, and makes the stream.
func Open(ctx context.Context, o CoordinatorOptions) (*Coordinator, error) {
	c := &Coordinator{CoordinatorOptions: o, epoch: epoch(time.Now()), inbox: newInbox(), index: map[string]int{}}
	for i, g := range o.Charter.Workers() {
		c.index[g.Name] = i
	}
	ctx, cancel := context.WithTimeout(ctx, o.Patience)
	defer cancel()
	var err error
	c.hub, err = wire.Open(ctx, o.Charter, filepath.Join(o.Directory, streamDirectory), func(own *wire.Conn) error { return own.MakeStream(ctx, o.Charter.Replicas()) },
		c.nanos, func(worker string, m any) { c.put(protocol.From{Name: worker, Message: m}) })
	return c, err
}

// The parts of a run's directory.
const (
	charterFile     = "coordinator.json"
	streamDirectory = "stream"
	spoolDirectory  = "spool"
)

// Addr is where the server listens, "" if the run has servers of somebody's own.
func (c *Coordinator) Addr() string { return c.hub.Addr() }

// Run coordinates the run whose jobs are ordered, until it is over. When the context ends, it
// stops the load everywhere, and hands over what was measured until then. Whole says that nothing
// is left with the workers.
func (c *Coordinator) Run(ctx context.Context, o courier.Order) (whole bool, err error) {
	setup, err := c.setup(o)
	if err != nil {
		return true, err
	}
	state := protocol.NewCoordinator(setup, c.now())
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	user, wrong := ctx.Done(), c.hub.Wrong()
	for {
		var event any
		select {
		case event = <-c.events:
		case <-ticker.C:
			event = protocol.Tick{}
		case <-user:
			event, user = protocol.Interrupt{Why: context.Cause(ctx).Error()}, nil
		case <-wrong:
			event, wrong = protocol.Fault{Why: "the coordinator's connection: " + c.hub.Err().Error()}, nil
		}
		event, err := c.pass(event)
		if err != nil {
			return false, err
		}
		for _, a := range state.Next(c.now(), event) {
			if over, ok := a.(protocol.Over); ok {
				return over.Verdict.Whole(), c.Tell(courier.News{Over: c.over(over.Verdict)})
			}
			if err := c.hub.Send(a); err != nil {
				return false, err
			}
		}
		if err := c.show(state); err != nil {
			return false, err
		}
	}
}

// setup is what the order means for the state machine.
func (c *Coordinator) setup(o courier.Order) (protocol.Setup, error) {
	own, err := digests()
	if err != nil {
		return protocol.Setup{}, err
	}
	workers := c.Charter.Workers()
	if o.Version != courier.Version || len(o.Jobs) != len(workers) {
		return protocol.Setup{}, fmt.Errorf("an order of version %d with %d jobs; wanted are version %d and %d jobs", o.Version, len(o.Jobs), courier.Version, len(workers))
	}
	s := protocol.Setup{Digests: own, Patience: c.Patience}
	for i, job := range o.Jobs {
		text, err := json.Marshal(job)
		if err != nil {
			return s, err
		}
		if _, err := protocol.Encode(protocol.Plan{V: protocol.Version, Job: string(text)}); err != nil {
			return s, fmt.Errorf("%w: the body of the request is too large for a fleet", err)
		}
		s.Places = append(s.Places, protocol.Place{Name: workers[i].Name, Role: workers[i].Role, Job: string(text)})
		s.Length = max(s.Length, lengthOf(job)) // all or none have one
	}
	for _, g := range c.Charter.Guests {
		if g.Role == protocol.RoleTarget {
			text, err := json.Marshal(watchOf(o.Jobs[0]))
			if err != nil {
				return s, err
			}
			s.Places = append(s.Places, protocol.Place{Name: g.Name, Role: g.Role, Job: string(text)})
		}
	}
	return s, c.expire(&s)
}

// expire says when the run must have ended, and refuses one that could not: invitations end
// connections, too. Where the load ends with a number of requests, nobody knows how long it takes.
func (c *Coordinator) expire(s *protocol.Setup) error {
	const lead = protocol.StartLead + protocol.FinalGrace + protocol.StopGrace
	expires := c.Charter.Own.Expires
	left := time.Until(expires)
	if need := c.Patience + s.Length + lead; need > left {
		return fmt.Errorf("workers may take %v to join and to connect, the load takes up to %v, and the invitations expire at %s: make new ones with a longer --ttl ('authbench-fleet invite')",
			c.Patience, s.Length, expires.Format(time.RFC3339))
	}
	s.Expires = c.now() + left - protocol.StopGrace
	return nil
}

// pass hands over what a worker or an agent found. It returns the event that the state machine
// is told: the same one, or a fault in its place if it cannot be read.
func (c *Coordinator) pass(event any) (any, error) {
	from, ok := event.(protocol.From)
	if !ok {
		return event, nil
	}
	worker, loads := c.index[from.Name]
	parcel := func(data string) *courier.Parcel {
		return &courier.Parcel{Worker: worker, Data: json.RawMessage(data)}
	}
	switch m := from.Message.(type) {
	case protocol.Delta:
		if loads && json.Valid([]byte(m.Data)) {
			return event, c.Tell(courier.News{Delta: parcel(m.Data)})
		}
	case protocol.Final:
		switch {
		case m.Data == "": // nothing was measured
			return event, nil
		case loads && json.Valid([]byte(m.Data)):
			return event, c.Tell(courier.News{Final: parcel(m.Data)})
		case !loads && json.Unmarshal([]byte(m.Data), &c.target) == nil:
			return event, nil
		}
	default:
		return event, nil
	}
	return protocol.Fault{Why: from.Name + " sent what cannot be read"}, nil
}

// showEvery keeps thousands of workers that join from filling a terminal.
const showEvery = time.Second

// show tells how the run goes, when that has changed.
func (c *Coordinator) show(state *protocol.Coordinator) error {
	text := state.Text()
	if text == c.shown || c.telling > 0 && c.now()-c.telling < showEvery {
		return nil
	}
	c.shown, c.telling = text, c.now()
	n := courier.News{Text: text}
	if at, known := state.T0(); known {
		n.Starts = c.at(at)
	}
	return c.Tell(n)
}

// over is the last of the news.
func (c *Coordinator) over(v protocol.Verdict) *courier.Over {
	out := &courier.Over{Started: v.Started, Interrupted: v.Interrupted, Why: v.Why, Target: c.target}
	for _, m := range v.Members {
		if m.Role != protocol.RoleWorker {
			continue
		}
		out.Workers = append(out.Workers, courier.Worker{
			Name: m.Name, Host: m.Hello.Host, System: m.Hello.System, Build: m.Hello.Build, CPUs: m.Hello.CPUs, Address: m.Address,
			OffsetNanos: m.Clock.OffsetNanos, BoundNanos: max(m.WorstBoundNanos, m.Clock.BoundNanos), RatePPB: m.Clock.RatePPB, Lost: m.Lost,
		})
	}
	return out
}

// Forget removes what servers of somebody's own keep of the run. Those of the run itself keep it in
// its directory.
func (c *Coordinator) Forget() error {
	if c.Charter.Cluster == nil {
		return nil
	}
	return c.hub.DropStream(context.Background())
}

// Close ends the connection and the server.
func (c *Coordinator) Close() {
	close(c.done)
	c.hub.Close()
}

// ErrInterrupted is the cause of a context that the user ended.
var ErrInterrupted = errors.New("interrupted by the user")

// NewDirectory makes the private directory of a run, with the charter in it.
func NewDirectory(parent string, c wire.Charter) (string, error) {
	directory := filepath.Join(parent, "authbench-fleet-"+c.Run)
	err := os.Mkdir(directory, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("make a directory for the run: %w: an earlier run with these invitations has left it; 'authbench-fleet collect %s' shows what it measured; then remove it, or make new invitations ('authbench-fleet invite')", err, directory)
	}
	if err != nil {
		return "", fmt.Errorf("make a directory for the run: %w", err)
	}
	return directory, wire.WriteSecret(filepath.Join(directory, charterFile), c)
}
