package feed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

const (
	// Heartbeat is how long a stream of events is without a sign of life, at most.
	Heartbeat = time.Second
	// silence is how long a server hears nothing of a stream before it takes it for lost:
	// three times the heartbeat, so that a busy machine is no outage.
	silence = 3 * Heartbeat
	// missedPolls is how many polls in a row may fail, and grace what one may take besides.
	missedPolls = 3
	grace       = time.Second
	// retry is what lies between a failure and the next try, at least, and as much again at
	// random: servers that lost the same issuer come back one after the other.
	retry = 250 * time.Millisecond
)

// Feed follows the list of an issuer, in a goroutine of its own, and puts what is on it on a
// denylist. It is safe for concurrent use.
type Feed struct {
	way     way
	list    *store.Denylist
	bound   time.Duration // see Current
	about   string        // names it in notices
	began   time.Time
	heard   atomic.Int64 // when the denylist was last known to be complete, ns after began
	cursor  Cursor       // of the goroutine alone
	notices credential.Notices
	settled sync.Once // closes tried
	tried   chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
	release func() // gives kept connections back
}

// way is how a list is followed.
type way interface {
	// follow hands the pages behind the feed's cursor to [Feed.take]. It returns nil if there
	// is nothing more to wait for now.
	follow(ctx context.Context, f *Feed) error
	// pause is how long to wait before it is called again, after it ended with err.
	pause(err error) time.Duration
}

// never is a time before every feed, from which the bound cannot lead beyond the end of time.
const never = math.MinInt64 / 2

// Poll asks an issuer for what is new every so often. Where in the interval the questions
// fall is random: servers that were started together would otherwise learn of a revocation
// all at once, and burden the issuer all at once. It returns when the list was taken, or
// could not be had; then the feed is not current until it can. The error is about the
// endpoint.
func Poll(at credential.Endpoint, every time.Duration, list *store.Denylist) (*Feed, error) {
	c, err := newClient(at)
	if err != nil {
		return nil, err
	}
	return start(newPolls(c.page, every), missedPolls*every+grace, at.URL, list, c.http.CloseIdleConnections), nil
}

// Subscribe has an issuer push what is new. It returns when the list was taken, or could not
// be had, as [Poll] does.
func Subscribe(at credential.Endpoint, list *store.Denylist) (*Feed, error) {
	c, err := newClient(at)
	if err != nil {
		return nil, err
	}
	return start(&subscription{c.stream}, silence, at.URL, list, c.http.CloseIdleConnections), nil
}

func start(w way, bound time.Duration, about string, list *store.Denylist, release func()) *Feed {
	ctx, cancel := context.WithCancel(context.Background())
	f := &Feed{
		way: w, list: list, bound: bound, about: about, began: time.Now(), release: release,
		tried: make(chan struct{}), cancel: cancel, ended: make(chan struct{}),
	}
	f.heard.Store(never)
	go f.run(ctx)
	<-f.tried
	return f
}

// Current reports whether the denylist has all that the issuer took back until a short time
// ago: for polls three intervals and a second, for pushes three seconds. It costs a look at
// the clock.
func (f *Feed) Current() bool {
	return time.Since(f.began)-time.Duration(f.heard.Load()) <= f.bound
}

// OnNotice has tell called with why the issuer is not heard, once until that changes.
func (f *Feed) OnNotice(tell func(text string)) { f.notices.Listen(tell) }

// Close ends the feed, which ceases to be current after a while.
func (f *Feed) Close() error {
	f.cancel()
	<-f.ended
	f.release()
	return nil
}

func (f *Feed) run(ctx context.Context) {
	defer close(f.ended)
	for {
		err := f.way.follow(ctx, f)
		if err != nil && ctx.Err() == nil {
			f.failed(err)
		}
		f.settled.Do(func() { close(f.tried) })
		if !wait(ctx, f.way.pause(err)) {
			return
		}
	}
}

// take puts a page on the list. If no other follows it now, the list is complete as of a
// time.
func (f *Feed) take(p Page, asOf time.Time) error {
	if err := f.list.Add(p.IDs...); err != nil {
		return err
	}
	if f.cursor = p.Next; !p.More {
		f.complete(asOf)
	}
	return nil
}

// complete notes that the list is complete as of a time.
func (f *Feed) complete(asOf time.Time) {
	f.heard.Store(asOf.Sub(f.began).Nanoseconds())
	f.notices.Say("")
	f.settled.Do(func() { close(f.tried) })
}

// failed notes why the issuer was not heard. From one that tells nonsense the list is taken
// anew: nobody knows what of it was left out.
func (f *Feed) failed(err error) {
	if errors.Is(err, errFalse) || errors.Is(err, errLong) {
		f.cursor = Cursor{}
	}
	f.notices.Say(fmt.Sprintf("the feed of revocations at %s is not heard: %v; after %v without it no request is let in", f.about, err, f.bound))
}

// wait waits, and reports whether ctx goes on.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryPause is what lies between a failure and the next try.
func retryPause() time.Duration { return retry + randomPart(retry) }

// randomPart is less than d.
func randomPart(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d))) //nolint:gosec // it spreads load, and guards nothing
}
