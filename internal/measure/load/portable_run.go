package load

import (
	"context"
	"errors"
	"sync"
	"time"
)

// portableRun is a slice that the portable engine takes.
type portableRun struct {
	clock
	client     *portableClient
	endpoint   Endpoint
	stop       context.CancelCauseFunc // ends the slice early
	sendBefore int64                   // requests not sent until then are not sent any more

	// mu guards what follows, and the client's opening: all connections write to it.
	mu        sync.Mutex
	tally     *tally
	script    script
	up        int   // connections that stand
	downSince int64 // when the last one went down
}

// run takes the slice, which ends when the context does.
func (r *portableRun) run(ctx context.Context) {
	edgesCtx, stopEdges := context.WithCancel(ctx)
	defer stopEdges()
	var sending, edges sync.WaitGroup
	edges.Go(func() { r.watchEdges(edgesCtx) })
	for _, l := range r.client.links {
		if l.conn != nil {
			r.up++
		}
	}
	for _, l := range r.client.links {
		sending.Go(func() { r.drive(ctx, l) })
	}
	sending.Wait()
	if r.script.spent && !r.tally.open {
		stopEdges()
	}
	edges.Wait()
	r.finish()
}

// drive sends requests on one connection until there are no more. A connection
// takes the next arrival when it becomes free, and waits for it: so the one that
// has been free longest sends first.
func (r *portableRun) drive(ctx context.Context, l *link) {
	l.freed = r.now()
	// A connection that is opened again is so before anybody waits for it.
	for r.ensure(ctx, l) {
		req, more := r.take(l)
		if !more {
			return
		}
		for sent := false; !sent; {
			if !r.ready(ctx, l, req.intended) {
				r.missed(req)
				return
			}
			sent = r.send(ctx, l, req)
		}
	}
}

// take returns the next request of the script, rendered into the link, unless
// there are no more.
func (r *portableRun) take(l *link) (request, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.late(now) {
		return request{}, false
	}
	index, at := r.script.next()
	if at == never {
		return request{}, false
	}
	req := request{intended: at}
	l.request, req.class, req.mark = r.script.appendRequest(l.request[:0], index, at)
	req.bytesOut = int64(len(l.request))
	return req, true
}

// late reports whether it is too late to send. It is called with mu held.
func (r *portableRun) late(now int64) bool {
	r.tally.reach(now)
	return r.tally.phase == draining && (!r.tally.open || now >= r.sendBefore)
}

// ready waits until a request is due and the connection stands. It reports false if
// there is no time left to send it.
func (r *portableRun) ready(ctx context.Context, l *link, due int64) bool {
	for r.ensure(ctx, l) {
		n := l.await(ctx, due-int64(timerGrain))
		if n.fate == pending && ctx.Err() == nil {
			nap(time.Duration(due - r.now()))
			n = l.await(ctx, due)
		}
		if n.fate == pending {
			return ctx.Err() == nil
		}
		r.idled(l, n)
	}
	return false
}

// missed notes a request of the script that is not sent.
func (r *portableRun) missed(req request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if req.intended <= r.now() {
		r.tally.unsent(req.intended, req.mark)
	}
}

// idled takes what happened on a connection without a request: its end, or bytes that
// nobody asked for.
func (r *portableRun) idled(l *link, n news) {
	r.mu.Lock()
	if n.fate == unsolicited {
		r.tally.unsolicited()
	}
	r.mu.Unlock()
	r.drop(l)
}

// drop closes a connection that is not to take the next request.
func (r *portableRun) drop(l *link) {
	l.close()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.up--; r.up == 0 {
		r.downSince = r.now()
	}
}

// send sends a request at once and notes what becomes of it. It reports false if the
// connection had ended before.
func (r *portableRun) send(ctx context.Context, l *link, req request) bool {
	req.free, req.sent = l.freed, r.now()
	by, asked := req.sent+int64(r.endpoint.Timeout), r.endpoint.Workload.asked
	l.mu.Lock()
	l.req = req
	l.mu.Unlock()
	n := l.exchange(ctx, asked, by)
	if n.fate == closedIdle || n.fate == unsolicited {
		r.idled(l, n)
		return false
	}
	r.sent(l)
	if n.fate == raced {
		if n = r.reopen(ctx, l, by); n.fate == pending {
			n = l.exchange(ctx, asked, by)
		}
	}
	r.note(ctx, l, n)
	return true
}

// sent counts a link's request, before anybody else could.
func (r *portableRun) sent(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.req.counted = r.tally.scheduled(l.req.intended)
	r.tally.sent(&l.req)
}

// reopen opens another connection for a request that is to be sent again, which
// times out at a time. It returns pending if it stands.
func (r *portableRun) reopen(ctx context.Context, l *link, by int64) news {
	r.drop(l)
	r.mu.Lock()
	r.tally.resent(&l.req)
	r.mu.Unlock()
	ctx, cancel := context.WithDeadline(ctx, r.clock.opened.Add(time.Duration(by)))
	defer cancel()
	err := l.open(ctx, r.endpoint)
	if ctx.Err() == nil {
		r.opened(l, err)
	}
	if err == nil || ctx.Err() != nil {
		return news{pending, r.now()}
	}
	l.kind, l.reason = ErrorClosed, nil
	return news{failed, r.now()}
}

// note notes what became of a request.
func (r *portableRun) note(ctx context.Context, l *link, n news) {
	l.mu.Lock()
	l.asking = false // an answer that comes now is late
	req, kind, reason, status := l.req, l.kind, l.reason, l.parser.status
	l.mu.Unlock()
	l.freed = n.at
	r.mu.Lock()
	r.tally.reach(n.at)
	switch n.fate {
	case answeredMore:
		r.tally.unsolicited()
		fallthrough
	case answered, answeredLast:
		r.tally.answered(&req, n.at, status)
	case failed:
		r.tally.failed(&req, kind, reason)
	case pending:
		switch cause := context.Cause(ctx); {
		case cause == nil || errors.Is(cause, errOver):
			r.tally.failed(&req, ErrorTimeout, nil)
		case errors.Is(cause, ErrGone):
			r.tally.failed(&req, ErrorClosed, nil)
		default:
			r.tally.abandoned(&req)
		}
	default: // the second connection ended as well, before the request was sent
		r.tally.failed(&req, ErrorClosed, nil)
	}
	r.mu.Unlock()
	if n.fate != answered || l.served == r.endpoint.RequestsPerConnection {
		r.drop(l)
	}
}

// ensure opens the connection if it is closed, and tries again until the slice
// is over or the server counts as gone. One that never brought an answer waits
// a little first.
func (r *portableRun) ensure(ctx context.Context, l *link) bool {
	for l.conn == nil {
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
	if r.up == 0 && l.freed-r.downSince >= int64(goneAfter) {
		r.stop(gone(err))
		return false
	}
	return !late
}

// watchEdges calls the edges of the measured part when they come.
func (r *portableRun) watchEdges(ctx context.Context) {
	for _, edge := range []int64{r.tally.from, r.tally.until} {
		if !r.pause(ctx, time.Duration(edge-r.now())) {
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
	case r.script.spent && !r.tally.open:
		r.tally.conclude(r.tally.latest)
	case r.tally.phase == measuring: // cut short
		r.tally.cross(now)
	}
	r.script.until = min(r.script.until, now)
	if !r.tally.open {
		return
	}
	for index, at := r.script.next(); at < r.script.until; index, at = r.script.next() {
		r.tally.unsent(at, r.script.mark(index, at))
	}
}

// pause waits for a while. It reports false if the slice was ended first.
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
