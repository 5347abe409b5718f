package agents

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// pauseShare is how long a client whose refresh failed waits, as a share of the time
	// between two, and shortestPause how long at least: an issuer that is down must not be
	// asked without end.
	pauseShare    = 0.05
	shortestPause = 100 * time.Millisecond
	// lateAfter is how long after its time a refresh may begin: machines hold up timers.
	lateAfter = 20 * time.Millisecond
)

// refreshAt is when a client refreshes.
type refreshAt struct {
	index int
	at    time.Time
}

// schedule is what is ahead, the next one first.
type schedule []refreshAt

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at.Before(s[j].at) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)        { *s = append(*s, x.(refreshAt)) }
func (s *schedule) Pop() any {
	last := len(*s) - 1
	out := (*s)[last]
	*s = (*s)[:last]
	return out
}

// period is how long after one credential a client fetches the next, by a random number.
func (p Policy) period(draw float64) time.Duration {
	return time.Duration(float64(p.Refresh) * (1 - p.Jitter*draw))
}

// surrounding is the period that a random moment falls into: longer ones hold more moments.
func (p Policy) surrounding(r *rand.Rand) time.Duration {
	for {
		if one := p.period(r.Float64()); r.Float64()*float64(p.Refresh) <= float64(one) {
			return one
		}
	}
}

// plan is when each client refreshes first: anywhere in its period, as if all of them had lived
// for long. A credential that would end before moves its refresh ahead.
func (a *Agents) plan(r *rand.Rand, now time.Time, others []int) *schedule {
	out := make(schedule, 0, a.spec.Used+len(others))
	for _, i := range a.indices(others) {
		at := now.Add(time.Duration(r.Float64() * float64(a.spec.surrounding(r))))
		if h := a.agents[i].held.Load(); h != nil {
			if last := h.expires.Add(-(a.spec.Lifetime - a.spec.Refresh) / 2); at.After(last) {
				at = last
			}
		}
		out = append(out, refreshAt{index: i, at: at})
	}
	heap.Init(&out)
	return &out
}

// Live refreshes by the policy until the context ends: the clients that requests are made for,
// and others by their index.
func (a *Agents) Live(ctx context.Context, seed uint64, others []int) {
	r := rand.New(rand.NewPCG(seed, 0))
	ahead := a.plan(r, time.Now(), others)
	var mu sync.Mutex // guards ahead and r
	next := func() (one refreshAt, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if ahead.Len() == 0 {
			return one, false
		}
		return heap.Pop(ahead).(refreshAt), true
	}
	put := func(one refreshAt) {
		mu.Lock()
		defer mu.Unlock()
		pause := a.spec.period(r.Float64())
		if a.agents[one.index].failing.Load() {
			pause = max(shortestPause, time.Duration(pauseShare*float64(pause)))
		}
		one.at = time.Now().Add(pause)
		heap.Push(ahead, one)
	}
	var working sync.WaitGroup
	for range min(workers, ahead.Len()) {
		working.Go(func() {
			timer := time.NewTimer(0)
			defer timer.Stop()
			for one, ok := next(); ok && a.wait(ctx, timer, one.at); one, ok = next() {
				if a.live(ctx, one) {
					put(one)
				}
			}
		})
	}
	working.Wait()
}

// live has a client refresh, and reports whether it goes on.
func (a *Agents) live(ctx context.Context, one refreshAt) bool {
	client, now := &a.agents[one.index], time.Now()
	if client.gone.Load() {
		return false
	}
	// A credential that ends because the harness was late says nothing of the issuer.
	if h := client.held.Load(); !client.failing.Load() && now.Sub(one.at) > lateAfter && h != nil && now.After(h.expires) {
		a.count(&a.late)
	}
	went, _ := a.refresh(ctx, one.index)
	return went != refused
}

// wait waits until a time, and reports whether the context goes on.
func (*Agents) wait(ctx context.Context, timer *time.Timer, at time.Time) bool {
	timer.Reset(time.Until(at))
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
