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
func (h *Harness) SlowestFirst(arms []bench.Arm) []int {
	order := make([]int, len(arms))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return h.startRank(arms[a].Method) - h.startRank(arms[b].Method) })
	return order
}

// startRank is 0 for methods that begin first, 1 for the others.
func (h *Harness) startRank(m bench.Method) int {
	if h.Methods.Family(m).Slow {
		return 0
	}
	return 1
}

// maxParallel is how many subjects are examined at once: two for each CPU, since they wait
// half of their time. With more, a subject whose verification takes a tenth of a second
// might run out of [patience].
func maxParallel() int { return max(4, 2*runtime.GOMAXPROCS(0)) }
