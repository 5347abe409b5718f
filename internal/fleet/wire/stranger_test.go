package wire

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// strange opens connections that say nothing.
func strange(t *testing.T, address string, n int) []net.Conn {
	t.Helper()
	var all []net.Conn
	for range n {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		all = append(all, c)
	}
	return all
}

// Connections of nobody knows whom take no worker's place.
func TestStrangersLockNobodyOut(t *testing.T) {
	s := start(t)
	strange(t, s.server.Addr, 3*mostConnections(len(s.invitations)))
	for _, i := range s.invitations {
		connect(t, i)
	}
}

// A server that is full is asked again, until it has a place.
func TestFullServerIsAskedAgain(t *testing.T) {
	s := start(t)
	all := strange(t, s.server.Addr, strangers+mostConnections(len(s.invitations))+100)
	connect(t, s.invitations[0]) // the others end by and by: they do not prove who they are
	refused := 0
	for _, c := range all {
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(c) // it may have been cut off
		if strings.HasPrefix(string(text), string(saysFull[:])) && strings.Contains(string(text), "maximum connections exceeded") {
			refused++
		}
	}
	if refused == 0 {
		t.Error("the server was never full")
	}
}

// Guests of a run have so many connections together and no more.
func TestGuestsAreBounded(t *testing.T) {
	s := start(t)
	for range mostConnections(len(s.invitations)) {
		connect(t, s.invitations[0])
	}
	user := s.invitations[0]
	key, err := keyOf(user)
	if err != nil {
		t.Fatal(err)
	}
	c, err := nats.Connect(user.URL, nats.UserJWT(func() (string, error) { return user.JWT, nil }, key.Sign),
		nats.Secure(pinnedTLS(user.Pin)), nats.TLSHandshakeFirst(), nats.Timeout(patience))
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, nats.ErrMaxAccountConnectionsExceeded) {
		t.Errorf("one more: %v", err)
	}
}

// A guest that has the server send its acknowledgement to others does not end them, nor tell them
// anything.
func TestAcknowledgementToOthers(t *testing.T) {
	s := start(t)
	openHub(t, s)
	told := &mailbox{}
	seat, err := OpenSeat(connect(t, s.invitations[1]), told.put)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(seat.Close)
	run := subjects{s.charter.Run}
	hostile := connect(t, s.invitations[0])
	witness := connect(t, s.charter.Own)
	acknowledged, err := witness.nats.SubscribeSync(run.plan("w2"))
	if err != nil {
		t.Fatal(err)
	}
	if err := witness.nats.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	for n, reply := range []string{run.stop(), run.start(), run.lease(), run.plan("w2")} {
		if err := hostile.nats.PublishMsg(&nats.Msg{Subject: run.delta("w1", n), Reply: reply, Data: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := acknowledged.NextMsg(patience); err != nil || !strings.Contains(string(m.Data), `"seq":4`) {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := seat.nats.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	if told.mu.Lock(); len(told.all) > 0 || seat.Err() != nil {
		t.Errorf("told %+v, %v", told.all, seat.Err())
	}
	told.mu.Unlock()
}
