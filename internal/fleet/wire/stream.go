package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// config is that of a run's stream. It takes no more when it is full, and nobody can delete from
// it. Its own look-out for doubles ends after minutes, so that readers look too.
func (s subjects) config(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: streamOf(s.run), Subjects: []string{s.stream()}, Storage: jetstream.FileStorage, Replicas: replicas,
		Discard: jetstream.DiscardNew, MaxBytes: streamBytes, DenyDelete: true, DenyPurge: true,
	}
}

// ErrNoStream says that a run has no stream, ErrStreamIsThere that it has one already.
var (
	ErrNoStream      = errors.New("the run has no stream")
	ErrStreamIsThere = errors.New("an earlier run with these invitations has left its stream: 'authbench-fleet collect' shows what it has; have new ones made with 'authbench-fleet invite'")
)

// MakeStream makes the stream of a run that has none, on so many servers.
func (c *Conn) MakeStream(ctx context.Context, replicas int) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	js, err := jetstream.New(c.nats)
	if err != nil {
		return err
	}
	if _, err = js.Stream(ctx, streamOf(c.run)); err == nil {
		return ErrStreamIsThere
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = js.CreateStream(ctx, c.config(replicas))
	}
	if err != nil {
		return fmt.Errorf("make the stream of the run: %w%s", err, missing(err, replicas))
	}
	return nil
}

// missing is the remedy for an error of who makes a stream (errors.json of nats-server).
func missing(err error, replicas int) string {
	var api *jetstream.APIError
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return ": turn JetStream on, in the configuration of the servers (jetstream) and in the limits of the account"
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf(": nobody has answered for %v: the servers have no leader, or the account does not let its users ask JetStream", startWithin)
	case !errors.As(err, &api):
		return ""
	}
	switch api.ErrorCode {
	case 10005, 10074: // no suitable peers for placement, replicas > 1 not supported in non-clustered mode
		return fmt.Sprintf(": there are not %d servers with JetStream that have room for it: have invitations made for fewer (--replicas 1), or add servers", replicas)
	case 10002, 10023, 10027, 10028, 10047, 10120, 10122: // limits of the account, and of servers
		return fmt.Sprintf(": the account or its servers are at their limits: the run needs one stream more, of up to %d GiB on disk at each of %d servers", streamBytes>>30, replicas)
	}
	return ""
}

// DropStream removes the stream of a run, when all is told that it has.
func (c *Conn) DropStream(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	js, err := jetstream.New(c.nats)
	if err == nil {
		err = js.DeleteStream(ctx, streamOf(c.run))
	}
	if err != nil {
		return fmt.Errorf("remove the stream %s of the run: %w", streamOf(c.run), err)
	}
	return nil
}

// findStream finds the stream of a run.
func (c *Conn) findStream(ctx context.Context) (jetstream.Stream, error) {
	js, err := jetstream.New(c.nats)
	if err != nil {
		return nil, err
	}
	s, err := js.Stream(ctx, streamOf(c.run))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, ErrNoStream
	}
	if err != nil {
		return nil, fmt.Errorf("find the stream of the run: %w", err)
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

// ErrRefused says that the stream does not take a message, and would not in another attempt.
var ErrRefused = errors.New("the stream does not take it")

// refusals are the errors of JetStream that another attempt does not mend: a stream or an account
// that is full, a disk that cannot be written to, a stream that is another one, is sealed or is
// gone, a message that is too large (errors.json of nats-server). Others pass: a cluster elects a
// leader, or is behind.
var refusals = []jetstream.ErrorCode{10002, 10028, 10047, 10053, 10054, 10059, 10060, 10077, 10109, 10122}

// refuses reports whether an attempt to store failed as every other would.
func refuses(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return slices.Contains(refusals, api.ErrorCode)
	}
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, protocol.ErrTooLarge)
}

// store puts a delta or a final into the stream, and returns when it is on the server's disk.
// The same one again changes nothing.
func store[M protocol.Delta | protocol.Final](ctx context.Context, c *Conn, js jetstream.JetStream, subject string, m M) error {
	text, err := protocol.Encode(m)
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, storeWithin)
		defer cancel()
		_, err = js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: text}, jetstream.WithMsgID(subject), jetstream.WithExpectStream(streamOf(c.run)))
	}
	if refuses(err) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}
