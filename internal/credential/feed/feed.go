package feed

import (
	"context"
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
	// Silence is how long a server hears nothing of a stream before it takes it for lost:
	// three times the heartbeat, so that a busy machine is no outage.
	Silence = 3 * Heartbeat
	// missedPolls is how many polls in a row may fail, and grace what one may take besides.
	missedPolls = 3
	grace       = time.Second
	// retry is what lies between a failure and the next try, at least, and as much again at
	// random: servers that lost the same issuer come back one after the other.
	retry = 250 * time.Millisecond
)

// PollBound is for how long what was asked for is believed by who asks again every so often:
// three questions may fail. It is what a server promises, whatever becomes of its issuer.
func PollBound(every time.Duration) time.Duration { return missedPolls*every + grace }

// Feed follows what an issuer tells, in a goroutine of its own, and knows whether that is up
// to date. It is safe for concurrent use.
type Feed struct {
	way     way
	fault   string // that the issuer is not heard, as notices say it
	began   time.Time
	until   atomic.Int64 // what was heard is good, ns after began
	notices credential.Notices
	settled sync.Once // closes tried
	tried   chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
	release func() // gives kept connections back
}

// way is how an issuer is followed.
type way interface {
	// follow hears the issuer, and says by [Feed.good] until when what it heard is good. It
	// returns nil if there is nothing more to wait for now.
	follow(ctx context.Context, f *Feed) error
	// pause is how long to wait before it is called again, after it ended with err.
	pause(err error) time.Duration
	// consequence says what happens while the issuer is not heard.
	consequence() string
}

// never is a time before every feed, from which the bound cannot lead beyond the end of time.
const never = math.MinInt64 / 2

// Poll asks an issuer for what is new every so often, and puts it on a list. Where in the
// interval the questions fall is random: servers that were started together would otherwise
// learn of a revocation all at once, and burden the issuer all at once. It returns when the
// list was taken, or could not be had; then the feed is not current until it can. The error
// is about the endpoint.
func Poll(at credential.Endpoint, every time.Duration, list *store.Denylist) (*Feed, error) {
	c, err := newClient(at)
	if err != nil {
		return nil, err
	}
	return start(newPolls(c.page, every, list), notHeard(at.URL), c.http.CloseIdleConnections), nil
}

// Subscribe has an issuer push what is new. It returns when the list was taken, or could not
// be had, as [Poll] does.
func Subscribe(at credential.Endpoint, list *store.Denylist) (*Feed, error) {
	c, err := newClient(at)
	if err != nil {
		return nil, err
	}
	return start(newSubscription(stream{c.stream}, list), notHeard(at.URL), c.http.CloseIdleConnections), nil
}

// Listen has an issuer publish what is new on a channel, and asks the issuer itself for what
// was published while nobody listened. It returns as [Subscribe] does.
func Listen(at credential.Endpoint, channel store.Place, list *store.Denylist) (*Feed, error) {
	c, err := newClient(at)
	if err != nil {
		return nil, err
	}
	return start(newSubscription(redisChannel(channel, c.page), list), notHeard(at.URL), c.http.CloseIdleConnections), nil
}

func notHeard(address string) string {
	return "the feed of revocations at " + address + " is not heard"
}

// Repeat has fetch called every so often, as [Poll] asks; fetch reports for how long what it
// brought is good, counted from the call. fault says in notices that it cannot be had, and
// release gives back what fetch keeps.
func Repeat(every time.Duration, fetch func(context.Context) (good time.Duration, err error), fault string, release func()) *Feed {
	return start(&fetches{newSchedule(every), fetch}, fault, release)
}

func start(w way, fault string, release func()) *Feed {
	ctx, cancel := context.WithCancel(context.Background())
	f := &Feed{
		way: w, fault: fault, began: time.Now(), release: release,
		tried: make(chan struct{}), cancel: cancel, ended: make(chan struct{}),
	}
	f.until.Store(never)
	go f.run(ctx)
	<-f.tried
	return f
}

// Current reports whether what was heard is up to date: the denylist, for instance, has all
// that the issuer took back until [PollBound] ago for polls, [Silence] for pushes. It costs a
// look at the clock.
func (f *Feed) Current() bool { return time.Since(f.began) <= time.Duration(f.until.Load()) }

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
			f.notices.Say(fmt.Sprintf("%s: %v; %s", f.fault, err, f.way.consequence()))
		}
		f.settled.Do(func() { close(f.tried) })
		if !wait(ctx, f.way.pause(err)) {
			return
		}
	}
}

// good notes until when what was heard is good.
func (f *Feed) good(until time.Time) {
	f.until.Store(until.Sub(f.began).Nanoseconds())
	f.notices.Say("")
	f.settled.Do(func() { close(f.tried) })
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
