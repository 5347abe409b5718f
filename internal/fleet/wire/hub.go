package wire

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"authbench/internal/fleet/protocol"
)

// Hub is the coordinator's end.
type Hub struct {
	*Conn
	take    func(worker string, message any)
	reading func()  // ends it
	server  *Server // nil in a cluster of somebody's own
	ctx     context.Context
	cancel  context.CancelFunc
	waiting sync.WaitGroup // for answers to plans
	read    atomic.Uint64  // the latest message of the stream that was taken

	mu      sync.Mutex        // guards what follows
	replies map[string]string // where the welcome goes, by worker
}

// Open starts the server of a run, whose files are in a directory, and joins it; or the servers
// that the run has of its own. Prepare is called before anything is heard, and may make the stream.
func Open(ctx context.Context, c Charter, directory string, prepare func(*Conn) error, now func() int64, take func(worker string, message any)) (*Hub, error) {
	own := c.Own
	var server *Server
	if c.Cluster == nil {
		var err error
		if server, err = Serve(c, directory); err != nil {
			return nil, err
		}
		own.URL = "tls://" + server.Addr
	}
	h, err := join(ctx, own, prepare, now, take)
	if err != nil {
		server.Close()
		return nil, err
	}
	h.server = server
	return h, nil
}

func join(ctx context.Context, own Invitation, prepare func(*Conn) error, now func() int64, take func(worker string, message any)) (*Hub, error) {
	conn, err := Connect(ctx, own)
	if err != nil {
		return nil, err
	}
	var h *Hub
	if err = prepare(conn); err == nil {
		h, err = OpenHub(conn, now, take)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return h, nil
}

// Addr is where the server of the run listens, "" for servers of somebody's own.
func (h *Hub) Addr() string {
	if h.server == nil {
		return ""
	}
	return h.server.Addr
}

// OpenHub hears all that workers say: take is called with each message, from several
// goroutines. Now is the clock of the run, in nanoseconds. The stream is there.
func OpenHub(c *Conn, now func() int64, take func(worker string, message any)) (*Hub, error) {
	h := &Hub{Conn: c, take: take, replies: map[string]string{}}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	ctx, cancel := context.WithTimeout(h.ctx, startWithin)
	defer cancel()
	s, err := c.findStream(ctx)
	if err != nil {
		return nil, err
	}
	if err := h.hear(now); err != nil {
		return nil, err
	}
	h.reading, err = c.read(ctx, s, &h.read, take)
	return h, errors.Join(err, c.nats.FlushWithContext(ctx))
}

// hear takes what guests say. What cannot be read is a fault: nobody else can have sent it, and it
// ends no other run.
func (h *Hub) hear(now func() int64) error {
	clock := hear(h.Conn, h.clock(), func(m *nats.Msg, _ protocol.Probe) {
		came := now()
		if text, err := protocol.Encode(protocol.ProbeReply{V: protocol.Version, T2: came, T3: now()}); err == nil {
			h.answer(m, text)
		}
	}, h.fail)
	hello := hear(h.Conn, h.hello("*"), func(m *nats.Msg, hello protocol.Hello) {
		if worker, _, ok := h.from(m.Subject); ok {
			h.mu.Lock()
			h.replies[worker] = m.Reply
			h.mu.Unlock()
			h.take(worker, hello)
		}
	}, h.fail)
	armed := hear(h.Conn, h.armed("*"), func(m *nats.Msg, a protocol.Armed) {
		if worker, _, ok := h.from(m.Subject); ok {
			h.take(worker, a)
		}
	}, h.fail)
	beat := hear(h.Conn, h.beat("*"), func(m *nats.Msg, b protocol.Beat) {
		if worker, _, ok := h.from(m.Subject); ok {
			h.take(worker, b)
		}
	}, h.fail)
	return errors.Join(clock, hello, armed, beat)
}

// Drained returns when all that the stream had has been taken.
func (h *Hub) Drained(ctx context.Context) error {
	s, err := h.findStream(ctx)
	if err != nil {
		return err
	}
	for last := s.CachedInfo().State.LastSeq; h.read.Load() < last; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-h.Wrong():
			return h.Err()
		case <-time.After(drainEvery):
		}
	}
	return nil
}

// drainEvery is how often it looks.
const drainEvery = 10 * time.Millisecond

// answer sends an answer where only a guest hears it: a guest must not have the coordinator
// speak to others in its place.
func (h *Hub) answer(m *nats.Msg, text []byte) {
	if strings.HasPrefix(m.Reply, h.inbox("")) {
		_ = h.nats.Publish(m.Reply, text) // who hears no answer asks again
	}
}

// Send carries out what the coordinator does: a welcome or a plan to one, or a message to all.
func (h *Hub) Send(action any) error {
	switch a := action.(type) {
	case protocol.To:
		switch m := a.Message.(type) {
		case protocol.Welcome:
			h.mu.Lock()
			reply := h.replies[a.Name]
			h.mu.Unlock()
			text, err := protocol.Encode(m)
			if err == nil && strings.HasPrefix(reply, h.inbox(a.Name)+".") {
				err = h.nats.Publish(reply, text)
			}
			return err
		case protocol.Plan:
			h.waiting.Go(func() { h.hand(a.Name, m) })
		}
	case protocol.Start:
		return publish(h.Conn, h.start(), a)
	case protocol.Lease:
		return publish(h.Conn, h.lease(), a)
	case protocol.Stop:
		return publish(h.Conn, h.stop(), a)
	}
	return nil
}

// hand sends a plan and waits for the answer. Where none comes, the coordinator sends it again.
func (h *Hub) hand(worker string, p protocol.Plan) {
	ctx, cancel := context.WithTimeout(h.ctx, protocol.RetryEvery)
	defer cancel()
	if reply, err := ask[protocol.PlanReply](ctx, h.Conn, h.plan(worker), p); err == nil {
		h.take(worker, reply)
	}
}

// Close ends the connection, and the server.
func (h *Hub) Close() {
	h.cancel()
	h.waiting.Wait()
	if h.reading != nil {
		h.reading()
	}
	h.Conn.Close()
	h.server.Close()
}
