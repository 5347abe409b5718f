package crew

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"authbench/internal/fleet/clock"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
)

// GuestOptions say who a worker or an agent is.
type GuestOptions struct {
	Invitation wire.Invitation
	// Spool is the directory for what was measured, until the coordinator has it.
	Spool string
	// Patience is how long it tries to join, Keep how long it keeps trying to hand over what it
	// measured to a coordinator that is gone.
	Patience, Keep time.Duration
	// Say tells its owner how it goes.
	Say func(text string)
}

// duty is what a guest does at the start, and until it is told to stop or is done.
type duty interface {
	// do calls ready when all stands, and begins when that returns, unless with an error.
	// Delta takes what was found on the way. What it returns is the final's, "" if nothing was
	// measured.
	do(ctx context.Context, job string, ready func(address string) (time.Time, error), delta func(n int, data any, load protocol.Counts)) (deltas int, data string, err error)
}

// attend is a guest from its invitation to its end. The error says why its duty was cut off, or
// why it had none.
func attend(ctx context.Context, o GuestOptions, d duty) error {
	own, err := digests()
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this machine: %w", err)
	}
	w := &guest{
		GuestOptions: o, duty: d, epoch: epoch(time.Now()), inbox: newInbox(), begin: make(chan time.Time, 1), speaker: speak(o.Say), instance: rand.Text(),
	}
	w.state = protocol.Worker{
		Hello: protocol.Hello{V: protocol.Version, Instance: w.instance, Role: o.Invitation.Role, Digests: own,
			System: system(), Host: host, CPUs: runtime.NumCPU()},
		Patience: o.Patience, Keep: o.Keep,
	}
	defer w.speaker.close()
	w.spool, err = openSpool(filepath.Join(o.Spool, spoolName(o.Invitation.Run, o.Invitation.Name)), func() { w.put(protocol.Delivered{}) }, w.unstored)
	if err != nil {
		return err
	}
	return w.run(ctx)
}

// guest is a worker or an agent at work.
type guest struct {
	GuestOptions
	duty
	epoch
	inbox
	speaker
	instance string // of this process, as in its hello
	state    protocol.Worker
	seat     *wire.Seat
	spool    *Spool
	told     bool // the coordinator has all that is in it
	leash    leash
	clock    clock.Clock
	known    protocol.Clock // the latest that the clock has said
	// begin is when the load starts; halt ends it.
	begin chan time.Time
	halt  context.CancelCauseFunc

	background sync.WaitGroup
	ctx        context.Context // of the background
}

// run connects and goes on until the state machine leaves.
func (w *guest) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, w.spool.close(w.left() && !w.told)) }()
	joining, cancel := context.WithTimeout(ctx, w.Patience)
	defer cancel()
	conn, err := wire.Connect(joining, w.Invitation)
	if err != nil {
		return err
	}
	if w.seat, err = wire.OpenSeat(conn, w.hear); err != nil {
		conn.Close()
		return err
	}
	var stop context.CancelFunc
	w.ctx, stop = context.WithCancel(context.Background())
	w.background.Go(func() { w.spool.deliver(w.ctx, w.seat) })
	w.background.Go(w.probe)
	err = w.loop(ctx)
	close(w.done)
	stop()
	w.background.Wait()
	w.leash.drop()
	w.seat.Close()
	return err
}

// hear takes what the coordinator says.
func (w *guest) hear(message any) {
	if lease, ok := message.(protocol.Lease); ok {
		w.leash.renew(lease, w.now())
	}
	w.put(message)
}

// unstored takes note of an attempt to store that failed as none did before.
func (w *guest) unstored(err error, lasts bool) {
	if !lasts {
		w.say("what was measured is not stored yet: " + err.Error())
		return
	}
	w.say("what was measured cannot be stored: " + err.Error())
	w.put(protocol.Unstored{Why: err.Error()})
}

// left reports whether there is something in the spool that the coordinator does not have.
func (w *guest) left() bool {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	return len(w.spool.waiting) > 0
}

// loop is the state machine's.
func (w *guest) loop(ctx context.Context) error {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	user, wrong := ctx.Done(), w.seat.Wrong()
	for {
		var event any
		select {
		case event = <-w.events:
		case <-ticker.C:
			event = protocol.Tick{}
		case <-user:
			event, user = protocol.Quit{Why: "its owner interrupted the worker"}, nil
		case <-wrong:
			event, wrong = protocol.Quit{Why: "its connection: " + w.seat.Err().Error()}, nil
		}
		before := w.state.Phase
		var actions []any
		w.state, actions = w.state.Next(w.now(), event)
		if w.state.Phase != before {
			w.say(string(w.state.Phase))
		}
		for _, a := range actions {
			if leave, ok := a.(protocol.Leave); ok {
				w.told = leave.Told
				if leave.Err != "" {
					return errors.New(leave.Err)
				}
				return nil
			}
			if err := w.act(a); err != nil {
				return err
			}
		}
	}
}

// act carries out what the state machine wants.
func (w *guest) act(action any) error {
	switch a := action.(type) {
	case protocol.Arm:
		var load context.Context
		load, w.halt = context.WithCancelCause(w.ctx)
		w.leash.hold(func() { w.halt(protocol.ErrSilent) })
		w.background.Go(func() { w.work(load, a.Plan) })
	case protocol.Begin:
		w.begin <- w.at(a.At)
	case protocol.Halt:
		if w.halt != nil {
			w.halt(errors.New(a.Why))
		}
	case protocol.Final:
		w.spool.put(w.ctx, entry{Final: &a})
	default:
		return w.seat.Send(a)
	}
	return nil
}

// probePause lies between the first probes, as many as a worker needs. Later there is one a second.
const probePause = 50 * time.Millisecond

// probe keeps asking the coordinator for the time.
func (w *guest) probe() {
	ask := func() {
		p, err := w.seat.Probe(w.ctx, w.nanos)
		if err == nil {
			err = w.clock.Add(p)
		}
		if err == nil || w.clock.Known() {
			known := w.reading() // without a probe the bound grows
			w.leash.know(protocol.Reading{Clock: known, At: w.now()})
			w.put(protocol.Synced{Clock: known})
		}
	}
	for range protocol.FewestProbes {
		ask()
		time.Sleep(probePause)
	}
	every(w.ctx, protocol.BeatEvery, ask)
}

// reading is what the worker knows of the coordinator's clock. Of a clock that was set it knows
// no more than what was so before.
func (w *guest) reading() protocol.Clock {
	e, err := w.clock.At(w.nanos())
	if err != nil {
		w.known.BoundNanos = int64(protocol.ClockUnknown)
		return w.known
	}
	bound := min(e.BoundNanos, int64(protocol.ClockUnknown))
	w.known = protocol.Clock{OffsetNanos: e.OffsetNanos, BoundNanos: bound, RatePPB: int64(e.Rate * 1e9), Probes: e.Probes}
	return w.known
}

// work does the duty of a plan, and tells the loop of it.
func (w *guest) work(ctx context.Context, p protocol.Plan) {
	armed := false
	ready := func(address string) (time.Time, error) {
		armed = true
		w.put(protocol.Connected{Address: address})
		select {
		case at := <-w.begin:
			return at, nil
		case <-ctx.Done():
			return time.Time{}, context.Cause(ctx)
		}
	}
	var broken error
	delta := func(n int, data any, load protocol.Counts) {
		text, err := json.Marshal(data)
		if err != nil {
			broken = fmt.Errorf("write what was found: %w", err)
			return
		}
		w.spool.put(ctx, entry{Delta: &protocol.Delta{V: protocol.Version, Instance: w.instance, N: n, Data: string(text)}})
		w.put(protocol.Progress{Load: load})
	}
	var end protocol.LoadEnded
	var err error
	end.Deltas, end.Data, err = w.do(ctx, p.Job, ready, delta)
	if err = errors.Join(err, broken); err != nil {
		end.Err = err.Error()
	}
	if !armed && err != nil && ctx.Err() == nil {
		w.put(protocol.Connected{Err: end.Err})
		return
	}
	w.put(end)
}
