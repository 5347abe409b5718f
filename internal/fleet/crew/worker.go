package crew

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"authbench/bench"
	"authbench/internal/fleet/consent"
	"authbench/internal/fleet/protocol"
	"authbench/internal/measure/loadtest"
)

// WorkerOptions say who a worker is, and what its owner allows.
type WorkerOptions struct {
	GuestOptions
	Policy consent.Policy
	// CPUs and Credentials are as in [loadtest.Local].
	CPUs        []int
	Credentials string
}

// Work is a worker from its invitation to its end. The error says why its load was cut off, or
// why there was none.
func Work(ctx context.Context, o WorkerOptions) error { return attend(ctx, o.GuestOptions, worker{o}) }

// worker sends load.
type worker struct{ WorkerOptions }

var _ duty = worker{}

func (w worker) do(ctx context.Context, text string, ready func(string) (time.Time, error), delta func(int, any, protocol.Counts)) (int, string, error) {
	job, err := loadtest.ReadJob([]byte(text))
	if err != nil {
		return 0, "", err
	}
	if err := w.Policy.CheckRate(job.Peak(), job.Part); err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel(nil) // before it is waited for
	final, err := loadtest.RunJob(ctx, job, loadtest.Local{
		CPUs: w.CPUs, Credentials: w.Credentials,
		Allow: func(_ context.Context, a bench.Address) error { return w.allow(ctx, job, a, cancel, &asking) },
	}, loadtest.Hooks{
		Armed: func(_ context.Context, a loadtest.Armed) (time.Time, error) { return ready(a.Address) },
		Delta: func(d loadtest.Delta) { delta(d.Seq, d, counted(d)) },
	})
	if final == nil {
		return 0, "", err
	}
	data, marshalErr := json.Marshal(final)
	if marshalErr != nil {
		return 0, "", marshalErr
	}
	return final.Deltas, string(data), err
}

// counted is how much a delta has.
func counted(d loadtest.Delta) (c protocol.Counts) {
	for _, r := range d.Rows {
		c.Sent += r.Sent
		c.Answered += r.Completed
		c.Failed += r.Errors
	}
	return c
}

// allow decides about an address of a job's server, and keeps asking a server elsewhere for its
// consent until the load has ended.
func (w worker) allow(load context.Context, job loadtest.Job, a bench.Address, cancel context.CancelCauseFunc, asking *sync.WaitGroup) error {
	ask, err := w.Policy.CheckAddress(a)
	if err != nil || !ask {
		return err
	}
	if err := consent.CheckRequest(job.Request.Target, job.Request.Fields); err != nil {
		return err
	}
	site, err := job.Site()
	if err != nil {
		return err
	}
	host, err := hostOf(job.Request)
	if err != nil {
		return err
	}
	q := consent.Question{Site: site, Host: host, Address: a, Port: w.Policy.ConsentPort, Run: w.Invitation.Run, Rate: job.Peak(), Insecure: job.Insecure}
	if err := consent.Ask(load, q); err != nil {
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
