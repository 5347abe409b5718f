package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	ask func(ctx context.Context, after Cursor) (Page, error)
}

// subscription follows a list by events.
type subscription struct {
	listing
	open func(ctx context.Context, after Cursor) (io.ReadCloser, error)
}

var (
	_ way = (*fetches)(nil)
	_ way = (*polls)(nil)
	_ way = (*subscription)(nil)
)

func newPolls(ask func(context.Context, Cursor) (Page, error), every time.Duration, list *store.Denylist) *polls {
	return &polls{newSchedule(every), listing{list: list, bound: PollBound(every)}, ask}
}

func newSubscription(open func(context.Context, Cursor) (io.ReadCloser, error), list *store.Denylist) *subscription {
	return &subscription{listing{list: list, bound: Silence}, open}
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

// follow implements way. The list is as old as the question.
func (p *polls) follow(ctx context.Context, f *Feed) error {
	for {
		asked := time.Now()
		page, err := p.ask(ctx, p.cursor)
		if err != nil {
			return p.failed(err)
		}
		if err := p.take(f, page, asked); err != nil || !page.More {
			return err
		}
	}
}

var (
	errSilent = errors.New("the issuer has sent nothing for " + Silence.String())
	errEnded  = errors.New("the issuer has ended the stream of events")
)

// follow implements way. It ends when the stream does, which is always an error.
func (s *subscription) follow(ctx context.Context, f *Feed) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(Silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	err := s.failed(s.read(ctx, f, watchdog))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errEnded
	}
	return credential.WithoutPorts(err)
}

// read takes pages from the stream, and resets the watchdog at each sign of life.
func (s *subscription) read(ctx context.Context, f *Feed, watchdog *time.Timer) error {
	body, err := s.open(ctx, s.cursor)
	if err != nil {
		return err
	}
	defer body.Close()
	in := newEvents(body)
	for complete := false; ; {
		e, err := in.next()
		if err != nil {
			return err
		}
		now := time.Now()
		watchdog.Reset(Silence)
		if e.data == "" {
			if complete {
				f.good(now.Add(s.bound))
			}
			continue
		}
		page, err := readPage([]byte(e.data), s.cursor)
		switch {
		case err != nil:
			return err
		case e.id != page.Next.String():
			return errFalse // who came back with this id would miss something
		}
		if err := s.take(f, page, now); err != nil {
			return err
		}
		complete = !page.More
	}
}

// pause implements way.
func (*subscription) pause(error) time.Duration { return retryPause() }
