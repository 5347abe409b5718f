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

// channel is a wire of what the issuer publishes for all at once: pages without a question,
// each behind the one before. Who was not there when one was published does not get it, and
// notices by the numbers of the next that there is something to ask for. A page without ids is
// a heartbeat, and has such a number, too.
type channel struct {
	join func(ctx context.Context) (listener, error)
	ask  question
}

// listener hears what is published from the moment at which it is there.
type listener interface {
	Next(ctx context.Context) (text string, err error)
	Close() error
}

var (
	_ wire     = channel{}
	_ listener = (*store.Listener)(nil)
)

// redisChannel is the channel of a place in Redis.
func redisChannel(at store.Place, ask question) channel {
	return channel{func(ctx context.Context) (listener, error) {
		l, err := store.Listen(ctx, at)
		if err != nil {
			return nil, err // not l: a nil of another type
		}
		return l, nil
	}, ask}
}

// hear implements wire. It asks after it has joined, so that nothing falls between. A page that
// is older than the list says nothing: if none else comes, the channel is silent.
func (c channel) hear(ctx context.Context, l *listing, f *Feed, alive func()) error {
	in, err := c.join(ctx)
	if err != nil {
		return brokerFault(err)
	}
	defer in.Close()
	for behind := true; ; {
		if behind {
			if err := l.catchUp(ctx, f, c.ask); err != nil {
				return err
			}
			alive()
		}
		text, err := in.Next(ctx)
		if err != nil {
			return brokerFault(err)
		}
		now := time.Now()
		page, err := parsePage([]byte(text))
		if err != nil {
			return err
		}
		if behind = !page.reaches(l.cursor); behind || page.Next.Number < l.cursor.Number {
			continue
		}
		if err := l.take(f, page, now); err != nil {
			return err
		}
		alive()
	}
}

// brokerFault says of a fault that it is not the issuer's.
func brokerFault(err error) error {
	if errors.Is(err, io.EOF) {
		err = errors.New("it has ended the connection")
	}
	return fmt.Errorf("the server of the channel: %w", credential.WithoutPorts(err))
}
