package wire

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"authbench/internal/fleet/protocol"
)

// storeWithin is how long a worker waits for an acknowledgement before it sends again. The
// server writes to its disk first.
const storeWithin = 3 * time.Second

// newStream makes a run's stream, or finds it. It takes no more when it is full, and nobody can
// delete from it. Its own look-out for doubles ends after minutes, so that readers look too.
func newStream(ctx context.Context, c *Conn) (jetstream.Stream, error) {
	js, err := jetstream.New(c.nats)
	if err != nil {
		return nil, err
	}
	s, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamOf(c.run), Subjects: []string{c.stream()}, Storage: jetstream.FileStorage, Replicas: 1,
		Discard: jetstream.DiscardNew, MaxBytes: streamBytes, DenyDelete: true, DenyPurge: true,
	})
	if err != nil {
		return nil, fmt.Errorf("make the stream of the run: %w", err)
	}
	return s, nil
}

// read calls a function with each delta and final of a stream, from the first on, until stop is
// called. At is the number of the latest.
func (c *Conn) read(ctx context.Context, s jetstream.Stream, at *atomic.Uint64, take func(worker string, message any)) (stop func(), err error) {
	ordered, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{InactiveThreshold: time.Minute})
	if err != nil {
		return nil, fmt.Errorf("read the stream of the run: %w", err)
	}
	reading, err := ordered.Consume(func(m jetstream.Msg) {
		worker, message, err := c.stored(m.Subject(), m.Data())
		if err != nil {
			c.fail(fmt.Errorf("in the stream: %w", err))
			return
		}
		take(worker, message)
		if about, err := m.Metadata(); err == nil {
			at.Store(about.Sequence.Stream)
		}
	}, jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		// It begins again where it was; a worker that is cut off by it is missed by its beats.
		if errors.Is(err, jetstream.ErrConnectionClosed) {
			c.fail(err)
		}
	}))
	if err != nil {
		return nil, fmt.Errorf("read the stream of the run: %w", err)
	}
	return func() {
		reading.Stop()
		<-reading.Closed()
	}, nil
}

// stored is a message of the stream.
func (c *Conn) stored(subject string, text []byte) (worker string, message any, err error) {
	worker, last, ok := c.from(subject)
	if !ok {
		return "", nil, fmt.Errorf("the subject %q", subject)
	}
	if last == "final" {
		message, err = protocol.Decode[protocol.Final](text)
		return worker, message, err
	}
	d, err := protocol.Decode[protocol.Delta](text)
	if err == nil && strconv.Itoa(d.N) != last {
		err = fmt.Errorf("delta %d of %s came as %s", d.N, worker, last)
	}
	return worker, d, err
}

// store puts a delta or a final into the stream, and returns when it is on the server's disk.
// The same one again changes nothing.
func store[M protocol.Delta | protocol.Final](ctx context.Context, c *Conn, js jetstream.JetStream, subject string, m M) error {
	text, err := protocol.Encode(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	_, err = js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: text}, jetstream.WithMsgID(subject), jetstream.WithExpectStream(streamOf(c.run)))
	return err
}
