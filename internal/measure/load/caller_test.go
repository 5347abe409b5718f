package load

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

const question1 = "GET /one HTTP/1.1\r\nHost: test\r\n\r\n"

// A caller keeps its connection, and connects again where the server has ended it, or asks
// for that.
func TestCallerKeepsItsConnection(t *testing.T) {
	for name, tt := range map[string]struct {
		reply reply
		opens int
	}{
		"kept":        {always(ok), 1},
		"one of each": {always(strings.Replace(ok, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)), 3},
		"ended":       {thenClose(ok), 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.reply)
			c := NewCaller(addrPort(s.Addr().String()), 5*time.Second)
			defer c.Close()
			before := time.Now()
			for range 3 {
				r, err := c.Ask(t.Context(), []byte(question1))
				if err != nil || r.Status != 200 || r.Sent.Before(before) || r.Answered.Before(r.Sent) {
					t.Fatalf("%+v, %v", r, err)
				}
				before = r.Answered
			}
			if got := len(s.received()); got != 3 {
				t.Errorf("the server received %d requests", got)
			}
			if got := int(s.accepted.Load()); got != tt.opens {
				t.Errorf("%d connections, want %d", got, tt.opens)
			}
		})
	}
}

// What keeps an answer from coming is said, within the timeout.
func TestCallerFails(t *testing.T) {
	gone := serve(t, always(ok))
	gone.stop()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		server *testServer
		ctx    context.Context
		want   string
	}{
		"silence":   {serve(t, func(*net.TCPConn, int, []byte) bool { return true }), t.Context(), "no answer within"},
		"malformed": {serve(t, always("HTTP/1.1 000 OK\r\n\r\n")), t.Context(), "malformed"},
		"gone":      {gone, t.Context(), "refused"},
		"cancelled": {serve(t, always(ok)), cancelled, "canceled"},
		"hung up":   {serve(t, func(*net.TCPConn, int, []byte) bool { return false }), t.Context(), "no answer"},
	} {
		c := NewCaller(addrPort(tt.server.Addr().String()), 50*time.Millisecond)
		if _, err := c.Ask(tt.ctx, []byte(question1)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		c.Close()
	}
	if _, err := NewCaller(addrPort("192.0.2.1:80"), time.Second).Ask(t.Context(), []byte(question1)); err == nil {
		t.Error("a request would have left this machine")
	}
}

func TestWaitUntil(t *testing.T) {
	at := time.Now().Add(3 * time.Millisecond)
	if !WaitUntil(t.Context(), at) || time.Now().Before(at) {
		t.Error("it does not wait until the time")
	}
	if !WaitUntil(t.Context(), time.Now().Add(-time.Hour)) {
		t.Error("a time that is past is not come")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if WaitUntil(ctx, time.Now().Add(time.Hour)) {
		t.Error("it waits longer than its context")
	}
}

// Connections are spread over replicas, one after another, by every engine.
func TestReplicas(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		servers := []*testServer{serve(t, always(ok)), serve(t, always(ok)), serve(t, always(ok))}
		to := Endpoint{Connections: 12}
		for _, s := range servers[1:] {
			to.Others = append(to.Others, addrPort(s.Addr().String()))
		}
		out := few(t, dial(t, e, servers[0], to), 60)
		received := 0
		for i, s := range servers {
			if got := int(s.accepted.Load()); got != 4 {
				t.Errorf("replica %d has %d of 12 connections", i, got)
			}
			received += len(s.received())
		}
		if out.Completed != 60 || received != 60 {
			t.Errorf("%d answers to %d requests", out.Completed, received)
		}
	})
	elsewhere := Endpoint{Addr: addrPort("127.0.0.1:1"), Connections: 1, Timeout: time.Second, Workload: plain(t, "GET")}
	elsewhere.Others = append(elsewhere.Others, addrPort("192.0.2.1:80"))
	if err := elsewhere.check(); err == nil {
		t.Error("load to a replica would have left this machine")
	}
}
