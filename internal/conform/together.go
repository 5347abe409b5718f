package conform

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"authbench/bench"
)

// Together calls do with each number below n, several at a time, and returns the first
// error that there is. It cancels the others then, and returns when all have ended.
//
// An examination mostly waits: for answers, for a verifier that may go where a token
// points, for a set to be fetched. Cases that meter what a process uses, or keep its CPUs
// busy, still run alone: see [floor].
func Together(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places := make(chan struct{}, sideBySide())
	var wait sync.WaitGroup
	for i := range n {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wait.Go(func() {
			defer func() { <-places }()
			if err := do(ctx, i); err != nil {
				cancel(err) // the first one stays
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// SlowestFirst returns the order in which arms, by their index, are best examined together:
// one that takes seconds of CPU time would keep the others waiting if it came last.
func (w *Workshop) SlowestFirst(arms []bench.Arm) []int {
	order := make([]int, len(arms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return w.haste(arms[a].Method) - w.haste(arms[b].Method) })
	return order
}

// haste is 0 for a method that is to begin before those of 1.
func (w *Workshop) haste(m bench.Method) int {
	if w.Methods.Family(m).Slow {
		return 0
	}
	return 1
}

// sideBySide is how many subjects are examined at once: twice as many as there are CPUs,
// since they wait half of their time, and so few that one whose verification takes a tenth
// of a second does not run out of [patience].
func sideBySide() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

// floor is what examinations of one process share: its CPU time, its memory, and the CPUs.
// The zero value is ready; a nil floor is somebody's own.
type floor struct{ mu sync.RWMutex }

// manner says what may go on beside a piece of work.
type manner int

const (
	// amongOthers: other work of this kind.
	amongOthers manner = iota
	// alone: nothing. Its process is metered, or several clients keep the CPUs busy.
	alone
	// aside: anything. It waits for seconds and asks a question now and then, which does
	// not show in what others meter.
	aside
)

// enter waits until a piece of work may begin, and returns what ends it.
func (f *floor) enter(m manner) (leave func()) {
	switch {
	case f == nil || m == aside:
		return func() {}
	case m == alone:
		f.mu.Lock()
		return f.mu.Unlock
	}
	f.mu.RLock()
	return f.mu.RUnlock
}

// metering are the demands for which the subject's process, or the time of its answer, is
// measured. Connections to where a token points are not among them: each examination
// counts those to a port of its own.
var metering = []string{limitAlloc, limitHeap, limitTime}

// manner is how a sub-case goes together with those of other examinations.
func (c *Case) manner(r *recipe) manner {
	for _, name := range metering {
		if _, metered := c.limit(name); metered {
			return alone
		}
	}
	m := amongOthers
	for _, s := range r.Steps {
		switch {
		case s.Flood != 0, s.Concurrent != 0:
			return alone
		case s.Wait != 0, s.Within != nil, s.Admin != "":
			m = aside
		}
	}
	return m
}
