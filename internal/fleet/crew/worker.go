package crew

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"authbench/internal/fleet/clock"
	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/protocol"
	"authbench/internal/fleet/wire"
	"authbench/internal/measure/loadtest"
)

// WorkerOptions say who a worker is, and what its owner allows.
type WorkerOptions struct {
	Invitation wire.Invitation
	Policy     consent.Policy
	// CPUs and Credentials are as in [loadtest.Local].
	CPUs        []int
	Credentials string
	// Spool is the directory for what was measured, until the coordinator has it.
	Spool string
	// Patience is how long it tries to join, Keep how long it keeps trying to hand over what it
	// measured to a coordinator that is gone.
	Patience, Keep time.Duration
	// Say tells its owner how it goes.
	Say func(text string)
}

// Work is a worker from its invitation to its end. The error says why its load was cut off, or
// why there was none.
func Work(ctx context.Context, o WorkerOptions) error {
	own, err := digests()
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("name this machine: %w", err)
	}
	w := &worker{
		WorkerOptions: o, epoch: epoch(time.Now()), inbox: newInbox(), begin: make(chan time.Time, 1),
		state: protocol.Worker{
			Hello: protocol.Hello{V: protocol.Version, Instance: rand.Text(), Role: o.Invitation.Role, Digests: own,
				System: system(), Host: host, CPUs: runtime.NumCPU(), MaxRate: o.Policy.MaxRate},
			Patience: o.Patience, Keep: o.Keep,
		},
	}
	w.spool, err = openSpool(filepath.Join(o.Spool, spoolName(o.Invitation.Run, o.Invitation.Name)), func() { w.put(protocol.Delivered{}) })
	if err != nil {
		return err
	}
	return w.run(ctx)
}

// worker is one at work.
type worker struct {
	WorkerOptions
	epoch
	inbox
	state protocol.Worker
	seat  *wire.Seat
	spool *Spool
	clock clock.Clock
	// begin is when the load starts; halt ends it.
	begin chan time.Time
	halt  context.CancelCauseFunc

	background sync.WaitGroup
	ctx        context.Context // of the background
}

// run connects and goes on until the state machine leaves.
func (w *worker) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, w.spool.close(w.left())) }()
	joining, cancel := context.WithTimeout(ctx, w.Patience)
	defer cancel()
	conn, err := wire.Connect(joining, w.Invitation)
	if err != nil {
		return err
	}
	if w.seat, err = wire.OpenSeat(conn, w.put); err != nil {
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
	w.seat.Close()
	return err
}

// left reports whether there is something in the spool that the coordinator does not have.
func (w *worker) left() bool {
	w.spool.mu.Lock()
	defer w.spool.mu.Unlock()
	return len(w.spool.waiting) > 0
}

// loop is the state machine's.
func (w *worker) loop(ctx context.Context) error {
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
			w.Say(string(w.state.Phase))
		}
		for _, a := range actions {
			if leave, ok := a.(protocol.Leave); ok {
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
func (w *worker) act(action any) error {
	switch a := action.(type) {
	case protocol.Arm:
		var load context.Context
		load, w.halt = context.WithCancelCause(w.ctx)
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

const (
	// firstProbes come quickly, one each probePause; then one each second.
	firstProbes = 16
	probePause  = 50 * time.Millisecond
)

// probe keeps asking the coordinator for the time.
func (w *worker) probe() {
	ask := func() {
		p, err := w.seat.Probe(w.ctx, w.nanos)
		if err != nil {
			return // the bound grows until the next one
		}
		if err := w.clock.Add(p); err != nil {
			return
		}
		w.put(protocol.Synced{Clock: w.reading()})
	}
	for range firstProbes {
		ask()
		time.Sleep(probePause)
	}
	every(w.ctx, protocol.BeatEvery, ask)
}

// reading is what the worker knows of the coordinator's clock. A clock that was set is not
// known at all.
func (w *worker) reading() protocol.Clock {
	e, err := w.clock.At(w.nanos())
	if err != nil {
		e.BoundNanos = math.MaxInt64
	}
	return protocol.Clock{OffsetNanos: e.OffsetNanos, BoundNanos: e.BoundNanos, RatePPB: int64(e.Rate * 1e9), Probes: e.Probes}
}

// work does the job of a plan, and tells the loop of it.
func (w *worker) work(ctx context.Context, p protocol.Plan) {
	armed := false
	final, err := w.load(ctx, p, &armed)
	if !armed && err != nil && ctx.Err() == nil {
		w.put(protocol.Connected{Err: err.Error()})
		return
	}
	end := protocol.LoadEnded{}
	if err != nil {
		end.Err = err.Error()
	}
	if final != nil {
		text, marshalErr := json.Marshal(final)
		if marshalErr != nil {
			end.Err = marshalErr.Error()
		}
		end.Deltas, end.Data = final.Deltas, string(text)
	}
	w.put(end)
}

// load is the job itself.
func (w *worker) load(ctx context.Context, p protocol.Plan, armed *bool) (*loadtest.Final, error) {
	job, err := loadtest.ReadJob([]byte(p.Job))
	if err != nil {
		return nil, err
	}
	if err := w.Policy.CheckRate(peak(job), job.Part); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel(nil) // before it is waited for
	local := loadtest.Local{CPUs: w.CPUs, Credentials: w.Credentials, Allow: w.allow(ctx, job, cancel, &asking)}
	return loadtest.RunJob(ctx, job, local, loadtest.Hooks{
		Armed: func(ctx context.Context, a loadtest.Armed) (time.Time, error) {
			*armed = true
			w.put(protocol.Connected{Address: a.Address})
			select {
			case at := <-w.begin:
				return at, nil
			case <-ctx.Done():
				return time.Time{}, context.Cause(ctx)
			}
		},
		Delta: func(d loadtest.Delta) {
			text, err := json.Marshal(d)
			if err != nil {
				cancel(fmt.Errorf("write a delta: %w", err))
				return
			}
			w.spool.put(ctx, entry{Delta: &protocol.Delta{V: protocol.Version, N: d.Seq, Data: string(text)}})
			w.put(progress(d))
		},
	})
}

// progress is what a delta adds to what the owner and the coordinator are shown.
func progress(d loadtest.Delta) protocol.Progress {
	var p protocol.Progress
	for _, r := range d.Rows {
		p.Load.Sent += r.Sent
		p.Load.Answered += r.Completed
		p.Load.Failed += r.Errors
	}
	return p
}

// allow decides about the addresses of a job's server, and keeps asking a server elsewhere for
// its consent until the load has ended.
func (w *worker) allow(load context.Context, job loadtest.Job, cancel context.CancelCauseFunc, asking *sync.WaitGroup) func(context.Context, address) error {
	return func(ctx context.Context, a address) error {
		ask, err := w.Policy.CheckAddress(a)
		if err != nil || !ask {
			return err
		}
		site, err := job.Site()
		if err != nil {
			return err
		}
		q := consent.Question{Site: site, Address: a, Run: w.Invitation.Run, Rate: peak(job), Insecure: job.Insecure}
		if err := consent.Ask(ctx, q); err != nil {
			return err
		}
		asking.Go(func() {
			every(load, consent.Every, func() {
				if err := consent.Ask(load, q); err != nil && load.Err() == nil {
					cancel(err)
				}
			})
		})
		return nil
	}
}
