package feed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"authbench/internal/credential"
	"authbench/internal/credential/store"
)

// schedule has fixed times, so that what a question takes does not add to the interval.
type schedule struct {
	every time.Duration
	// phase is one of the times, in the past.
	phase time.Time
}

func newSchedule(every time.Duration) schedule {
	return schedule{every, time.Now().Add(-randomPart(every))}
}

// pause implements way.
func (s schedule) pause(err error) time.Duration {
	next := s.every - time.Since(s.phase)%s.every
	if err != nil {
		next = min(next, retryPause())
	}
	return next
}

// fetches follow what is fetched as a whole.
type fetches struct {
	schedule
	fetch func(context.Context) (good time.Duration, err error)
}

// listing is a denylist that grows as an issuer's does.
type listing struct {
	list   *store.Denylist
	cursor Cursor        // of the feed's goroutine alone
	bound  time.Duration // for how long it is good
}

// polls follow a list by questions.
type polls struct {
	schedule
	listing
	ask question
}

// question asks for the page behind a place.
type question func(ctx context.Context, after Cursor) (Page, error)

// subscription follows a list by what it is told.
type subscription struct {
	listing
	wire wire
}

// wire is how a subscriber is told.
type wire interface {
	// hear puts on the list what it is told, until the wire ends, which is always an error. It
	// calls alive at each sign that all is well.
	hear(ctx context.Context, l *listing, f *Feed, alive func()) error
}

var (
	_ way = (*fetches)(nil)
	_ way = (*polls)(nil)
	_ way = (*subscription)(nil)
)

func newPolls(ask question, every time.Duration, list *store.Denylist) *polls {
	return &polls{newSchedule(every), listing{list: list, bound: PollBound(every)}, ask}
}

func newSubscription(over wire, list *store.Denylist) *subscription {
	return &subscription{listing{list: list, bound: Silence}, over}
}

// follow implements way. What was fetched is as old as the question.
func (r *fetches) follow(ctx context.Context, f *Feed) error {
	asked := time.Now()
	good, err := r.fetch(ctx)
	if err != nil {
		return err
	}
	f.good(asked.Add(good))
	return nil
}

// consequence implements way.
func (*fetches) consequence() string { return "once the last one is out of date, no request is let in" }

// take puts a page on the list. If no other follows it now, the list is complete as of a
// time.
func (l *listing) take(f *Feed, p Page, asOf time.Time) error {
	if err := l.list.Add(p.IDs...); err != nil {
		return err
	}
	if l.cursor = p.Next; !p.More {
		f.good(asOf.Add(l.bound))
	}
	return nil
}

// failed is what comes of an error: from an issuer that tells nonsense the list is taken anew,
// for nobody knows what of it was left out.
func (l *listing) failed(err error) error {
	if errors.Is(err, errFalse) || errors.Is(err, errLong) {
		l.cursor = Cursor{}
	}
	return err
}

// consequence implements way.
func (l *listing) consequence() string {
	return fmt.Sprintf("after %v without it no request is let in", l.bound)
}

// catchUp asks for all that is behind the place that the list has. The list is as old as the
// question.
func (l *listing) catchUp(ctx context.Context, f *Feed, ask question) error {
	for {
		asked := time.Now()
		page, err := ask(ctx, l.cursor)
		if err != nil {
			return err
		}
		if err := l.take(f, page, asked); err != nil || !page.More {
			return err
		}
	}
}

// follow implements way.
func (p *polls) follow(ctx context.Context, f *Feed) error {
	return p.failed(p.catchUp(ctx, f, p.ask))
}

var errSilent = errors.New("the issuer has sent nothing for " + Silence.String())

// follow implements way. It ends when the wire does, which is always an error.
func (s *subscription) follow(ctx context.Context, f *Feed) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(Silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	err := s.failed(s.wire.hear(ctx, &s.listing, f, func() { watchdog.Reset(Silence) }))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return credential.WithoutPorts(err)
}

// pause implements way.
func (*subscription) pause(error) time.Duration { return retryPause() }
