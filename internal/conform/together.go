package conform

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"authbench/bench"
)

// InParallel calls do with each number below n, several at a time. After the first error it
// cancels the others. It returns that error when all have ended.
//
// An examination mostly waits: for answers, for connections to where a token points, for
// fetches of a key set. Cases that meter a process, or keep its CPUs busy, still run alone;
// see [cpuLock].
func InParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	places := make(chan struct{}, maxParallel())
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

// SlowestFirst returns the best order in which to start the examinations of arms, by index:
// an arm that takes seconds of CPU time would delay the end if it came last.
func (w *Harness) SlowestFirst(arms []bench.Arm) []int {
	order := make([]int, len(arms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return w.startRank(arms[a].Method) - w.startRank(arms[b].Method) })
	return order
}

// startRank is 0 for methods that begin first, 1 for the others.
func (w *Harness) startRank(m bench.Method) int {
	if w.Methods.Family(m).Slow {
		return 0
	}
	return 1
}

// maxParallel is how many subjects are examined at once: two for each CPU, since they wait
// half of their time. With more, a subject whose verification takes a tenth of a second
// might run out of [patience].
func maxParallel() int { return max(4, 2*runtime.GOMAXPROCS(0)) }

// cpuLock lets examinations in one process share its CPUs, and keeps the others out while a
// case meters CPU time or memory. The zero value is ready; a nil floor shares with nobody.
type cpuLock struct{ mu sync.RWMutex }

// cpuMode says what may run at the same time as a piece of work.
type cpuMode int

const (
	// cpuShared: work of this kind, and aside.
	cpuShared cpuMode = iota
	// cpuExclusive: only aside, because the process is metered or several clients keep the CPUs
	// busy.
	cpuExclusive
	// cpuUnlocked: anything. Such work waits for seconds and sends a request now and then, which
	// does not show in what others meter.
	cpuUnlocked
)

// acquire waits until a piece of work may begin. The caller calls leave at its end.
func (f *cpuLock) acquire(m cpuMode) (release func()) {
	switch {
	case f == nil || m == cpuUnlocked:
		return func() {}
	case m == cpuExclusive:
		f.mu.Lock()
		return f.mu.Unlock
	}
	f.mu.RLock()
	return f.mu.RUnlock
}

// meteredLimits are the demands that need a measurement of the subject's process or of the time
// until its answer. Connections to where a token points are not among them, because each
// examination counts those on a port of its own.
var meteredLimits = []string{limitAlloc, limitHeap, limitTime}

// cpuMode says how a sub-case shares the process with other examinations.
func (c *Case) cpuMode(r *recipe) cpuMode {
	for _, name := range meteredLimits {
		if _, metered := c.limit(name); metered {
			return cpuExclusive
		}
	}
	m := cpuShared
	for _, s := range r.Steps {
		switch {
		case s.Flood != 0, s.Concurrent != 0:
			return cpuExclusive
		case s.Wait != 0, s.Within != nil, s.Admin != "":
			m = cpuUnlocked
		}
	}
	return m
}
