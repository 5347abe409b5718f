package load

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// portableRun is a slice that the portable engine takes.
type portableRun struct {
	clock
	client     *portableClient
	endpoint   Endpoint
	stop       context.CancelCauseFunc // ends the slice early
	sendBefore int64                   // requests not sent until then are given up

	// mu guards what follows, and the client's opening: all connections write to it.
	mu        sync.Mutex
	tally     *tally
	script    script
	up        int   // connections that stand
	downSince int64 // when the last one went down
}

// drive sends requests on one connection until there are no more. A connection
// takes the next arrival when it becomes free, and waits for it: so the one that
// has been free longest sends first.
func (r *portableRun) drive(ctx context.Context, l *link) {
	l.freed = r.now()
	for {
		// A connection that is opened again is so before anybody waits for it.
		if !r.ensure(ctx, l) {
			return
		}
		req, more := r.take(l)
		if !more || !r.await(ctx, req.intended) {
			return
		}
		r.mu.Lock()
		req.counted = r.tally.scheduled(req.intended)
		r.mu.Unlock()
		if !r.ensure(ctx, l) {
			return
		}
		req.free = l.freed
		r.send(ctx, l, req)
	}
}

// take returns the next request of the script, rendered into the link, unless
// there are no more.
func (r *portableRun) take(l *link) (*request, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.late(now) {
		return nil, false
	}
	index, at := r.script.next()
	if at == never {
		return nil, false
	}
	req := &request{intended: at}
	l.request, req.class = r.script.appendRequest(l.request[:0], index)
	req.bytesOut = int64(len(l.request))
	return req, true
}

// late reports whether it is too late to send. It is called with mu held.
func (r *portableRun) late(now int64) bool {
	r.tally.reach(now)
	return r.tally.phase == draining && (!r.tally.open || now >= r.sendBefore)
}

// send sends a request at once and notes what becomes of it.
func (r *portableRun) send(ctx context.Context, l *link, req *request) {
	// Setting a deadline fails on a closed connection, and so does what follows.
	_ = l.SetDeadline(time.Now().Add(r.endpoint.Timeout))
	unwatch := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	req.sent = r.now()
	kind := l.exchange(r.endpoint.Workload.head)
	last := r.now()
	cut := !unwatch() // its deadline, not the request's
	l.freed, req.bytesIn, req.first = last, l.read, l.first

	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally.reach(last)
	r.tally.sent(req)
	switch {
	case cut:
		r.tally.abandoned(req)
	case kind == "":
		r.tally.answered(req, last, l.answer.StatusCode())
		l.served++
		if l.reusable() && l.served != r.endpoint.RequestsPerConnection {
			return
		}
	default:
		r.tally.failed(req, kind)
	}
	_ = l.close() // broken or used up: nothing to be learned
	if r.up--; r.up == 0 {
		r.downSince = last
	}
}

// ensure opens the connection if it is closed, and tries again until the slice
// is over or the server counts as gone. One that never brought an answer waits
// a little first.
func (r *portableRun) ensure(ctx context.Context, l *link) bool {
	for l.Conn == nil {
		if l.served == 0 && !r.pause(ctx, retryAfter) {
			return false
		}
		l.served = 0
		err := l.open(ctx, r.endpoint)
		if ctx.Err() != nil {
			return false
		}
		if !r.opened(l, err) {
			return false
		}
	}
	return ctx.Err() == nil
}

// opened notes how an attempt to connect ended, and reports whether the slice
// goes on.
func (r *portableRun) opened(l *link, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.freed = r.now()
	late := r.late(l.freed)
	if err == nil {
		r.up++
		r.client.opened(l)
		return !late
	}
	r.tally.unconnected(kindOfDial(err))
	if r.up == 0 && l.freed-r.downSince > int64(goneAfter) {
		r.stop(fmt.Errorf("%w: %w", ErrGone, err))
		return false
	}
	return !late
}

// watchEdges calls the edges of the measured part when they come.
func (r *portableRun) watchEdges(ctx context.Context) {
	for _, edge := range []int64{r.tally.from, r.tally.until} {
		if !r.await(ctx, edge) {
			return
		}
		r.mu.Lock()
		r.tally.reach(r.now())
		r.mu.Unlock()
	}
}

// finish counts what was due and never sent.
func (r *portableRun) finish() {
	now := r.now()
	switch {
	case r.script.spent:
		r.tally.conclude(r.tally.latest)
	case r.tally.phase == measuring: // cut short
		r.tally.cross(now)
	}
	r.script.until = min(r.script.until, now)
	if !r.tally.open {
		return
	}
	for _, at := r.script.next(); at < r.script.until; _, at = r.script.next() {
		r.tally.scheduled(at)
	}
}

// await waits until the engine's clock reaches t. It reports false if the slice
// was ended first.
func (r *portableRun) await(ctx context.Context, t int64) bool {
	return r.pause(ctx, time.Duration(t-r.now()))
}

func (r *portableRun) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
