package feed

import (
	"context"
	"errors"
	"io"
	"time"

	"authbench/internal/credential"
)

// polls follow a list by questions at fixed times, so that what a question takes does not
// add to the interval.
type polls struct {
	ask   func(ctx context.Context, after Cursor) (Page, error)
	every time.Duration
	// phase is one of the times, in the past.
	phase time.Time
}

var (
	_ way = (*polls)(nil)
	_ way = (*subscription)(nil)
)

func newPolls(ask func(context.Context, Cursor) (Page, error), every time.Duration) *polls {
	return &polls{ask, every, time.Now().Add(-randomPart(every))}
}

// follow implements way. The list is as old as the question.
func (p *polls) follow(ctx context.Context, f *Feed) error {
	for {
		asked := time.Now()
		page, err := p.ask(ctx, f.cursor)
		if err != nil {
			return err
		}
		if err := f.take(page, asked); err != nil || !page.More {
			return err
		}
	}
}

// pause implements way.
func (p *polls) pause(err error) time.Duration {
	next := p.every - time.Since(p.phase)%p.every
	if err != nil {
		next = min(next, retryPause())
	}
	return next
}

// subscription follows a list by events.
type subscription struct {
	open func(ctx context.Context, after Cursor) (io.ReadCloser, error)
}

var (
	errSilent = errors.New("the issuer has sent nothing for " + silence.String())
	errEnded  = errors.New("the issuer has ended the stream of events")
)

// follow implements way. It ends when the stream does, which is always an error.
func (s *subscription) follow(ctx context.Context, f *Feed) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer watchdog.Stop()
	err := s.read(ctx, f, watchdog)
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
	body, err := s.open(ctx, f.cursor)
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
		watchdog.Reset(silence)
		if e.data == "" {
			if complete {
				f.complete(now)
			}
			continue
		}
		page, err := readPage([]byte(e.data), f.cursor)
		switch {
		case err != nil:
			return err
		case e.id != page.Next.String():
			return errFalse // who came back with this id would miss something
		}
		if err := f.take(page, now); err != nil {
			return err
		}
		complete = !page.More
	}
}

// pause implements way.
func (*subscription) pause(error) time.Duration { return retryPause() }
