package wire

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"authbench/internal/fleet/clock"
	"authbench/internal/fleet/protocol"
)

// Seat is a worker's or an agent's end.
type Seat struct {
	*Conn
	js      jetstream.JetStream
	take    func(message any)
	ctx     context.Context
	cancel  context.CancelFunc
	waiting sync.WaitGroup // for the welcome

	mu    sync.Mutex // guards what follows
	reply string     // where the answer to the plan goes
}

// OpenSeat hears what the coordinator says: take is called with each message, from several
// goroutines.
func OpenSeat(c *Conn, take func(message any)) (*Seat, error) {
	js, err := jetstream.New(c.nats)
	if err != nil {
		return nil, err
	}
	s := &Seat{Conn: c, js: js, take: take}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	// What cannot be read is as good as lost, and comes again: a guest can have the server send its
	// acknowledgements anywhere, and must not end the others by that.
	return s, errors.Join(
		hear(c, c.plan(c.name), func(m *nats.Msg, p protocol.Plan) {
			s.mu.Lock()
			s.reply = m.Reply
			s.mu.Unlock()
			take(p)
		}, nil),
		hear(c, c.start(), func(_ *nats.Msg, m protocol.Start) { take(m) }, nil),
		hear(c, c.lease(), func(_ *nats.Msg, m protocol.Lease) { take(m) }, nil),
		hear(c, c.stop(), func(_ *nats.Msg, m protocol.Stop) { take(m) }, nil),
		c.nats.FlushTimeout(connectWithin),
	)
}

// Send carries out what a worker says.
func (s *Seat) Send(action any) error {
	switch a := action.(type) {
	case protocol.Hello:
		s.waiting.Go(func() { s.greet(a) })
	case protocol.PlanReply:
		s.mu.Lock()
		reply := s.reply
		s.mu.Unlock()
		text, err := protocol.Encode(a)
		if err == nil && strings.HasPrefix(reply, s.inbox(roleCoordinator)+".") {
			err = s.nats.Publish(reply, text)
		}
		return err
	case protocol.Armed:
		return publish(s.Conn, s.armed(s.name), a)
	case protocol.Beat:
		return publish(s.Conn, s.beat(s.name), a)
	}
	return nil
}

// greet says hello and waits for the welcome. Where none comes, the worker says it again.
func (s *Seat) greet(h protocol.Hello) {
	ctx, cancel := context.WithTimeout(s.ctx, protocol.RetryEvery)
	defer cancel()
	if w, err := ask[protocol.Welcome](ctx, s.Conn, s.hello(s.name), h); err == nil {
		s.take(w)
	}
}

// probeWithin is how long an answer about the time may take. A later one says nothing.
const probeWithin = time.Second

// Probe asks the coordinator for the time. Now is the worker's own clock.
func (s *Seat) Probe(ctx context.Context, now func() int64) (clock.Probe, error) {
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	sent := now()
	reply, err := ask[protocol.ProbeReply](ctx, s.Conn, s.clock(), protocol.Probe{V: protocol.Version})
	return clock.Probe{T1: sent, T2: reply.T2, T3: reply.T3, T4: now()}, err
}

// Delta and Final put what was measured into the stream, and return when the server has it on
// its disk. The same one again changes nothing.
func (s *Seat) Delta(ctx context.Context, d protocol.Delta) error {
	return store(ctx, s.Conn, s.js, s.delta(s.name, d.N), d)
}

// Final is as Delta.
func (s *Seat) Final(ctx context.Context, f protocol.Final) error {
	return store(ctx, s.Conn, s.js, s.final(s.name), f)
}

// Close ends the connection.
func (s *Seat) Close() {
	s.cancel()
	s.waiting.Wait()
	s.Conn.Close()
}
