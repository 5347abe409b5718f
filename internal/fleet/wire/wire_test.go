package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"authbench/internal/fleet/protocol"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// patience is longer than anything that works takes, on any machine.
const patience = time.Minute

// started is a run with two workers and an agent whose server listens.
type started struct {
	charter     Charter
	invitations []Invitation
	server      *Server
}

func start(t *testing.T) started {
	t.Helper()
	return startUntil(t, time.Hour)
}

func startUntil(t *testing.T, ttl time.Duration) started {
	t.Helper()
	charter, invitations, err := Mint(NewRun(), "127.0.0.1:0", "", []Guest{{"w1", protocol.RoleWorker}, {"w2", protocol.RoleWorker}, {"t1", protocol.RoleTarget}}, ttl)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Serve(charter, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	charter.Own.URL = "tls://" + s.Addr
	for i := range invitations {
		invitations[i].URL = charter.Own.URL
	}
	return started{charter, invitations, s}
}

func connect(t *testing.T, i Invitation) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := Connect(ctx, i)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// mailbox keeps messages as they come.
type mailbox struct {
	mu  sync.Mutex // guards all
	all []any
}

func (m *mailbox) put(message any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, message)
}

// wait waits for the first message of a type that fits.
func wait[M any](t *testing.T, m *mailbox, fits func(M) bool) M {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		m.mu.Lock()
		for _, one := range m.all {
			if message, ok := one.(M); ok && fits(message) {
				m.mu.Unlock()
				return message
			}
		}
		m.mu.Unlock()
	}
	var none M
	t.Fatalf("no %T has come", none)
	return none
}

func isAny[M any](M) bool { return true }

// from is what a hub takes.
type from struct {
	worker  string
	message any
}

func openHub(t *testing.T, s started) (*Hub, *mailbox) {
	t.Helper()
	box := &mailbox{}
	began := time.Now()
	own := connect(t, s.charter.Own)
	if err := own.MakeStream(t.Context(), 1); err != nil && !errors.Is(err, ErrStreamIsThere) {
		t.Fatal(err)
	}
	h, err := OpenHub(own, func() int64 { return int64(time.Since(began)) }, func(w string, m any) { box.put(from{w, m}) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h, box
}

// heard waits for a message of a worker at the hub.
func heard[M any](t *testing.T, box *mailbox, worker string) M {
	t.Helper()
	f := wait(t, box, func(f from) bool {
		_, ok := f.message.(M)
		return ok && f.worker == worker
	})
	return f.message.(M)
}

// Each message comes through, in both directions.
func TestMessages(t *testing.T) {
	s := start(t)
	hub, said := openHub(t, s)
	told := &mailbox{}
	seat, err := OpenSeat(connect(t, s.invitations[0]), told.put)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(seat.Close)
	send := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	send(seat.Send(protocol.Hello{V: 1, Instance: "a", Role: protocol.RoleWorker}))
	if h := heard[protocol.Hello](t, said, "w1"); h.Instance != "a" {
		t.Errorf("hello %+v", h)
	}
	send(hub.Send(protocol.To{Name: "w1", Message: protocol.Welcome{V: 1, Refused: "no"}}))
	wait(t, told, func(w protocol.Welcome) bool { return w.Refused == "no" })

	send(hub.Send(protocol.To{Name: "w1", Message: protocol.Plan{V: 1, Digest: protocol.DigestOf("{}"), Job: "{}"}}))
	wait(t, told, func(p protocol.Plan) bool { return p.Job == "{}" })
	send(seat.Send(protocol.PlanReply{V: 1, Digest: "d"}))
	heard[protocol.PlanReply](t, said, "w1")

	send(seat.Send(protocol.Armed{V: 1, Address: "x"}))
	heard[protocol.Armed](t, said, "w1")
	send(seat.Send(protocol.Beat{V: 1, Seq: 7}))
	heard[protocol.Beat](t, said, "w1")
	for _, m := range []any{protocol.Start{V: 1, T0: 5}, protocol.Lease{V: 1, Seq: 3}, protocol.Stop{V: 1, Reason: "r"}} {
		send(hub.Send(m))
	}
	wait(t, told, isAny[protocol.Start])
	wait(t, told, isAny[protocol.Lease])
	wait(t, told, isAny[protocol.Stop])

	began := time.Now()
	p, err := seat.Probe(t.Context(), func() int64 { return int64(time.Since(began)) })
	if err != nil || p.RoundTrip() < 0 || p.T3 < p.T2 {
		t.Errorf("probe %+v, %v", p, err)
	}
	for range 2 { // the second changes nothing
		send(seat.Delta(t.Context(), protocol.Delta{V: 1, N: 0, Data: "zero"}))
	}
	send(seat.Final(t.Context(), protocol.Final{V: 1, Deltas: 1, Data: "all"}))
	heard[protocol.Delta](t, said, "w1")
	heard[protocol.Final](t, said, "w1")
	send(hub.Drained(t.Context()))
	said.mu.Lock()
	defer said.mu.Unlock()
	deltas := 0
	for _, one := range said.all {
		if _, ok := one.(from).message.(protocol.Delta); ok {
			deltas++
		}
	}
	if deltas != 1 || hub.Err() != nil || seat.Err() != nil {
		t.Errorf("%d deltas; %v, %v", deltas, hub.Err(), seat.Err())
	}
}

// What a worker may publish and hear, subject by subject; all else it may not.
func TestRights(t *testing.T) {
	s := start(t)
	openHub(t, s) // makes the stream
	run := subjects{s.charter.Run}
	c := connect(t, s.invitations[0])
	tryRights(t, c, map[string]bool{
		run.hello("w1"): true, run.clock(): true, run.armed("w1"): true, run.beat("w1"): true, run.delta("w1", 3): true, run.final("w1"): true,

		run.hello("w2"): false, run.armed("w2"): false, run.beat("w2"): false, run.delta("w2", 3): false, run.final("w2"): false,
		run.plan("w1"): false, run.plan("w2"): false, run.start(): false, run.lease(): false, run.stop(): false, run.of("other"): false,
		run.of("s", "w1", "1", "2"): false, run.of("up", "w1"): false, "ab.other." + "hello.w1": false, subjects{"other"}.delta("w1", 0): false,
		run.inbox("w2") + ".x": false, run.inbox("coordinator") + ".x": false, run.inbox("w1") + ".x": false, subjects{"other"}.inbox("w1") + ".x": false, "anything": false,
		"$JS.API.INFO": false, "$JS.API.STREAM.LIST": false, "$JS.API.STREAM.DELETE." + streamOf(s.charter.Run): false,
		"$JS.API.STREAM.MSG.GET." + streamOf(s.charter.Run): false, "$JS.API.STREAM.PURGE." + streamOf(s.charter.Run): false,
		"$SYS.REQ.SERVER.PING": false, "$SYS.REQ.ACCOUNT.PING": false, "_R_.x": false,
	}, map[string]bool{
		run.plan("w1"): true, run.start(): true, run.lease(): true, run.stop(): true, run.inbox("w1") + ".x": true, run.inbox("w1") + ".>": true,

		run.plan("w2"): false, run.plan("*"): false, run.hello("*"): false, run.beat("w2"): false, run.beat("w1"): false, run.delta("w2", 0): false,
		run.all(): false, run.clock(): false, run.inbox("w2") + ".>": false, run.inbox("*") + ".>": false, subjects{"other"}.inbox("w1") + ".>": false, "_INBOX.>": false, ">": false, "$SYS.>": false, "$JS.>": false, "$JS.EVENT.>": false,
	})
}

// The coordinator may do what its run needs: in an account of somebody's own there are other
// streams, and other runs.
func TestCoordinatorsRights(t *testing.T) {
	s := start(t)
	run, stream := subjects{s.charter.Run}, streamOf(s.charter.Run)
	tryRights(t, connect(t, s.charter.Own), map[string]bool{
		run.plan("w1"): true, run.start(): true, run.lease(): true, run.stop(): true, run.inbox("w1") + ".x": true,
		"$JS.API.STREAM.INFO." + stream: true, "$JS.API.STREAM.CREATE." + stream: true, "$JS.API.CONSUMER.CREATE." + stream + ".x": true,

		subjects{"other"}.stop(): false, subjects{"other"}.plan("w1"): false, subjects{"other"}.inbox("w1") + ".x": false, "_INBOX.x": false, "anything": false,
		"$JS.API.STREAM.LIST": false, "$JS.API.STREAM.NAMES": false, "$JS.API.STREAM.UPDATE." + stream: false, "$JS.API.STREAM.PURGE." + stream: false,
		"$JS.API.STREAM.DELETE.theirs": false, "$JS.API.STREAM.INFO.theirs": false, "$JS.API.STREAM.CREATE.theirs": false,
		"$JS.API.STREAM.MSG.GET.theirs": false, "$JS.API.CONSUMER.CREATE.theirs.x": false, "$JS.API.CONSUMER.MSG.NEXT.theirs.x": false,
		"$SYS.REQ.ACCOUNT.PING": false,
	}, map[string]bool{
		run.hello("*"): true, run.beat("*"): true, run.all(): true, run.inbox("coordinator") + ".>": true,

		subjects{"other"}.all(): false, run.inbox("w1") + ".>": false, "_INBOX.>": false, ">": false, "$JS.>": false, "$SYS.>": false,
	})
}

// tryRights publishes and hears, and holds against what is allowed.
func tryRights(t *testing.T, c *Conn, publish, hear map[string]bool) {
	t.Helper()
	for subject, allowed := range publish {
		if got := permitted(t, c, func() error { return c.nats.Publish(subject, []byte("{}")) }); got != allowed {
			t.Errorf("publish to %s: %v, want %v", subject, got, allowed)
		}
	}
	for subject, allowed := range hear {
		if got := permitted(t, c, func() error {
			sub, err := c.nats.SubscribeSync(subject)
			if err != nil {
				return err
			}
			if err := c.nats.FlushTimeout(patience); err != nil {
				return err
			}
			return sub.Unsubscribe()
		}); got != allowed {
			t.Errorf("hear %s: %v, want %v", subject, got, allowed)
		}
	}
}

// permitted does something and reports whether the server let it.
func permitted(t *testing.T, c *Conn, do func() error) bool {
	t.Helper()
	before := c.nats.LastError()
	if err := do(); err != nil && !errors.Is(err, nats.ErrBadSubscription) {
		t.Fatal(err)
	}
	if err := c.nats.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	err := c.nats.LastError() // it came before the answer to the flush
	if err != before && !errors.Is(err, nats.ErrPermissionViolation) {
		t.Errorf("refused for another reason: %v", err)
	}
	return err == before
}

// Who has no invitation, another run's, an old one or somebody else's name does not get in, and
// is told why.
func TestStrangers(t *testing.T) {
	s, other := start(t), start(t)
	old := startUntil(t, -time.Minute)
	for _, c := range []struct {
		name   string
		change func(i *Invitation)
		want   string
	}{
		{"another run's", func(i *Invitation) { i.JWT, i.Seed = other.invitations[0].JWT, other.invitations[0].Seed }, "does not know this invitation"},
		{"without the key of its JWT", func(i *Invitation) { i.Seed = s.invitations[1].Seed }, "does not know this invitation"},
		{"without a JWT", func(i *Invitation) { i.JWT = "" }, "does not know this invitation"},
		{"a JWT that was changed", func(i *Invitation) { i.JWT = i.JWT[:len(i.JWT)-4] + "AAAA" }, "does not know this invitation"},
		{"expired", func(i *Invitation) { *i = old.invitations[0] }, "expired"},
		{"of another server", func(i *Invitation) { i.Pin = other.invitations[0].Pin }, "another key than the invitation names"},
		{"with a broken key", func(i *Invitation) { i.Seed = "x" }, "the invitation's key"},
	} {
		i := s.invitations[0]
		c.change(&i)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		conn, err := Connect(ctx, i)
		cancel()
		if err == nil {
			conn.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), i.Seed) && i.Seed != "x" {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	connect(t, old.charter.Own) // reads what the run has left
}

// Nothing is said in clear, and TLS is 1.3.
func TestTLSFirst(t *testing.T) {
	s := start(t)
	plain, err := net.Dial("tcp", s.server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(plain, "CONNECT {}\r\nPING\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(plain)
	if strings.Contains(string(answer), "INFO") || strings.Contains(string(answer), "PONG") {
		t.Errorf("in clear it says %q", answer)
	}
	if c, err := tls.Dial("tcp", s.server.Addr, &tls.Config{MaxVersion: tls.VersionTLS12, InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Error("it speaks TLS 1.2")
	}
	if s.server.server.MonitorAddr() != nil || s.server.server.ProfilerAddr() != nil || s.server.server.ClusterAddr() != nil {
		t.Error("it listens at other ports, too")
	}
	if host, _, _ := net.SplitHostPort(s.server.Addr); host != "127.0.0.1" {
		t.Errorf("it listens at %s", s.server.Addr)
	}
}

// A message that is too large ends whoever sends it.
func TestPayloadLimit(t *testing.T) {
	s := start(t)
	c := connect(t, s.invitations[0])
	if err := c.nats.Publish(subjects{s.charter.Run}.beat("w1"), make([]byte, protocol.MaxLargeBytes+8<<10)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("%v", err)
	}
}

// Who publishes waits for a write no longer than a lease holds.
func TestWritesAreBounded(t *testing.T) {
	if d := connect(t, start(t).invitations[0]).nats.Opts.FlusherTimeout; d <= 0 || d >= protocol.LeaseFor {
		t.Errorf("a write may take %v", d)
	}
}

// A server that is killed has what it acknowledged, and doubles are doubles still.
func TestStreamStays(t *testing.T) {
	charter, invitations, err := Mint(NewRun(), "127.0.0.1:0", "", []Guest{{"w1", protocol.RoleWorker}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	for round := range 2 {
		server, err := Serve(charter, directory)
		if err != nil {
			t.Fatal(err)
		}
		s := started{charter, invitations, server}
		s.charter.Own.URL = "tls://" + server.Addr
		invitation := invitations[0]
		invitation.URL = s.charter.Own.URL
		hub, said := openHub(t, s)
		seat, err := OpenSeat(connect(t, invitation), func(any) {})
		if err != nil {
			t.Fatal(err)
		}
		for n := range round + 2 {
			if err := seat.Delta(t.Context(), protocol.Delta{V: 1, N: n, Data: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if err := hub.Drained(t.Context()); err != nil {
			t.Fatal(err)
		}
		said.mu.Lock()
		if len(said.all) != round+2 {
			t.Errorf("round %d: the stream has %d messages", round, len(said.all))
		}
		said.mu.Unlock()
		seat.Close()
		hub.Close()
		server.Close()
	}
}
