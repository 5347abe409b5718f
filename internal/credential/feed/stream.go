package feed

import (
	"context"
	"errors"
	"io"
	"time"
)

// stream is a wire of server-sent events, which begin behind the place that the list has.
type stream struct {
	open func(ctx context.Context, after Cursor) (io.ReadCloser, error)
}

var _ wire = stream{}

var errEnded = errors.New("the issuer has ended the stream of events")

// hear implements wire. Whatever comes is a sign of life; it says that the list is complete
// once all that there was has come.
func (s stream) hear(ctx context.Context, l *listing, f *Feed, alive func()) error {
	body, err := s.open(ctx, l.cursor)
	if err != nil {
		return err
	}
	defer body.Close()
	in := newEvents(body)
	for complete := false; ; {
		e, err := in.next()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errEnded
		case err != nil:
			return err
		}
		now := time.Now()
		alive()
		if e.data == "" {
			if complete {
				f.good(now.Add(l.bound))
			}
			continue
		}
		page, err := readPage([]byte(e.data), l.cursor)
		switch {
		case err != nil:
			return err
		case e.id != page.Next.String():
			return errFalse // who came back with this id would miss something
		}
		if err := l.take(f, page, now); err != nil {
			return err
		}
		complete = !page.More
	}
}
