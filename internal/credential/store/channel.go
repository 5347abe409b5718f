package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Publisher publishes on the channel of a place: the one that its Space names, which is the
// same in all databases of a Redis server. Redis keeps nothing of what it passes on: whoever
// does not listen at that moment never hears it. It is safe for concurrent use.
type Publisher struct {
	client *redis.Client
	name   string
}

// OpenPublisher makes a publisher. That the server cannot be reached is no error.
func OpenPublisher(p Place) (*Publisher, error) {
	client, err := openChannel(p)
	if err != nil {
		return nil, err
	}
	return &Publisher{client, p.Space}, nil
}

// Publish passes a text on to whoever listens now. It takes [LookupTime] at most; after an
// error nobody knows whether it was passed on.
func (p *Publisher) Publish(ctx context.Context, text []byte) error {
	return p.client.Publish(ctx, p.name, text).Err()
}

// Close gives the connections back.
func (p *Publisher) Close() error { return p.client.Close() }

// Listener hears what is published on a channel. It is for one goroutine.
type Listener struct {
	client *redis.Client
	on     *redis.PubSub
}

// Listen begins to listen on the channel of a place, and returns when the server has confirmed
// that: what is published from then on is heard. The listener hears until ctx ends, or its
// connection; the caller closes it.
func Listen(ctx context.Context, p Place) (*Listener, error) {
	client, err := openChannel(p)
	if err != nil {
		return nil, err
	}
	l := &Listener{client, client.Subscribe(ctx)}
	if err := l.join(ctx, p.Space); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	// A read that waits is not ended by its context.
	context.AfterFunc(ctx, func() { _ = l.on.Close() })
	return l, nil
}

func (l *Listener) join(ctx context.Context, name string) error {
	if err := l.on.Subscribe(ctx, name); err != nil {
		return err
	}
	confirmed, err := l.on.ReceiveTimeout(ctx, LookupTime)
	if err != nil {
		return err
	}
	if _, ok := confirmed.(*redis.Subscription); !ok {
		return fmt.Errorf("the server answers %T to a subscription", confirmed)
	}
	return nil
}

// Next returns the next text. After an error the listener is of no use any more: what was
// published meanwhile is lost.
func (l *Listener) Next(ctx context.Context) (string, error) {
	message, err := l.on.ReceiveMessage(ctx)
	if err != nil {
		return "", err
	}
	return message.Payload, nil
}

// Close ends the connection.
func (l *Listener) Close() error {
	_ = l.on.Close() // it may be closed already
	return l.client.Close()
}

func openChannel(p Place) (*redis.Client, error) {
	if p.Kind != Redis {
		return nil, errKind(p.Kind)
	}
	o, err := redisOptions(p, &Dialer{})
	if err != nil {
		return nil, err
	}
	return redis.NewClient(o), nil
}
