package agents

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"authbench/bench"
	"authbench/internal/credential"
	"authbench/internal/measure/load"
	"authbench/internal/result/hist"
)

// Policy says when a client refreshes.
type Policy struct {
	// Lifetime is how long a credential is good.
	Lifetime time.Duration
	// Refresh is how long after one credential it fetches the next, and Jitter the share of
	// that by which it may do so earlier, at random.
	Refresh time.Duration
	Jitter  float64
}

// Spec is what agents are made from.
type Spec struct {
	Policy
	// Count is how many there are.
	Count int
	// Used is how many of them requests are made for: the others refresh only if they are
	// told to.
	Used int
	// At is where the index-th gets its credential, and as whom.
	At func(index int) credential.Endpoint
	// Scheme stands before a credential in its header field.
	Scheme credential.Carrier
}

// Agents are clients. They are safe for concurrent use.
type Agents struct {
	spec   Spec
	agents []agent
	// fetch gets a credential, and for how long it lives at least.
	fetch func(context.Context, credential.Endpoint) ([]byte, time.Duration, error)

	counting                       atomic.Bool
	refreshed, refused, fail, late atomic.Int64
	mu                             sync.Mutex // guards times, and that they are as many as were refreshed
	times                          *hist.Histogram
}

// agent is one client.
type agent struct {
	held atomic.Pointer[held] // nil before the first refresh
	gone atomic.Bool          // the issuer does not know it any more
	// failing: its last refresh failed. What it holds may end by the issuer's fault.
	failing atomic.Bool
}

// held is a credential, as it is sent, and until when it is good at least.
type held struct {
	value   []byte
	expires time.Time
}

// workers is how many refreshes are under way at most: what an issuer on one CPU can use, and
// few enough not to crowd the generator.
const workers = 4

// New makes agents.
func New(s Spec) *Agents {
	return &Agents{spec: s, agents: make([]agent, s.Count), fetch: newClient(workers).fetch, times: hist.New()}
}

// Append appends what the index-th client holds, nothing if that is nothing. It is called on
// the generator's threads.
func (a *Agents) Append(dst []byte, index int) []byte {
	if h := a.agents[index].held.Load(); h != nil {
		return append(dst, h.value...)
	}
	return dst
}

var _ load.Credentials = sent{}

// outcome is how a refresh went.
type outcome int

const (
	refreshed outcome = iota
	refused           // the issuer does not know the client
	failed            // for another reason
)

// Refresh has one client refresh now.
func (a *Agents) Refresh(ctx context.Context, index int) error {
	_, err := a.refresh(ctx, index)
	return err
}

// refresh has a client refresh, and counts.
func (a *Agents) refresh(ctx context.Context, index int) (outcome, error) {
	one, began := &a.agents[index], time.Now()
	token, lifetime, err := a.fetch(ctx, a.spec.At(index))
	took := time.Since(began)
	switch {
	case err != nil && ctx.Err() != nil:
		return failed, ctx.Err() // it was cut short, which says nothing
	case errors.Is(err, errUnknownClient):
		one.gone.Store(true)
		a.count(&a.refused)
		return refused, err
	case err != nil:
		one.failing.Store(true)
		a.count(&a.fail)
		return failed, err
	}
	one.failing.Store(false)
	one.held.Store(&held{append(a.spec.Scheme.AppendPrefix(nil), token...), began.Add(lifetime)})
	if a.counting.Load() {
		a.mu.Lock() // one without the other is never taken
		a.refreshed.Add(1)
		a.times.Record(took.Nanoseconds())
		a.mu.Unlock()
	}
	return refreshed, nil
}

func (a *Agents) count(what *atomic.Int64) {
	if a.counting.Load() {
		what.Add(1)
	}
}

// Prepare has those clients refresh whose credential does not last for so long: all that
// requests are made for, and others by their index. It is an error if one then holds nothing.
func (a *Agents) Prepare(ctx context.Context, last time.Duration, others []int) error {
	until := time.Now().Add(last)
	var due []int
	for _, i := range a.indices(others) {
		if h := a.agents[i].held.Load(); !a.agents[i].gone.Load() && (h == nil || h.expires.Before(until)) {
			due = append(due, i)
		}
	}
	var next atomic.Int64
	errs := make([]error, workers)
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			for n := int(next.Add(1)) - 1; n < len(due) && errs[w] == nil; n = int(next.Add(1)) - 1 {
				if _, err := a.refresh(ctx, due[n]); err != nil && a.agents[due[n]].held.Load() == nil {
					errs[w] = fmt.Errorf("client %d has no credential: %w", due[n], err)
				}
			}
		})
	}
	working.Wait()
	return errors.Join(errs...)
}

// indices are the clients that refresh.
func (a *Agents) indices(others []int) []int {
	out := make([]int, 0, a.spec.Used+len(others))
	for i := range a.spec.Used {
		out = append(out, i)
	}
	return append(out, others...)
}

// Longest is for how long a credential has to last that was prepared for a stretch of time:
// until it is refreshed, if that is sooner.
func (a *Agents) Longest(stretch time.Duration) time.Duration { return min(stretch, a.spec.Refresh) }

// Reset forgets what was counted.
func (a *Agents) Reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times.Reset()
	for _, n := range []*atomic.Int64{&a.refreshed, &a.refused, &a.fail, &a.late} {
		n.Store(0)
	}
}

// Begin has refreshes be counted from now on, and End no more. Both are called on a generator's
// thread.
func (a *Agents) Begin() { a.counting.Store(true) }

// End is the counterpart of Begin.
func (a *Agents) End() { a.counting.Store(false) }

// Taken is what was counted.
func (a *Agents) Taken() (*bench.Refreshes, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := &bench.Refreshes{Done: a.refreshed.Load(), Refused: a.refused.Load(), Failed: a.fail.Load(), Late: a.late.Load()}
	text, err := a.times.Encode()
	out.Times = bench.EncodedHistogram(text)
	return out, err
}

// Of are credentials of which the valid ones are those that agents hold now.
func (a *Agents) Of(others load.Credentials) load.Credentials { return sent{a, others} }

// sent are such credentials.
type sent struct {
	valid  *Agents
	others load.Credentials
}

// Append implements load.Credentials.
func (s sent) Append(dst []byte, class bench.Class, index int) []byte {
	if class == bench.Valid {
		return s.valid.Append(dst, index)
	}
	return s.others.Append(dst, class, index)
}
