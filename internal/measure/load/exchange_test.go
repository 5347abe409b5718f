package load

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

func TestExchange(t *testing.T) {
	s := serve(t, always("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\nno"))
	got, err := Exchange(t.Context(), addrPort(s.Addr().String()), []byte("GET / HTTP/1.1\r\n\r\n"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if got.Status != 401 || got.Header.Get("WWW-Authenticate") != "Bearer" || string(got.Body) != "no" {
		t.Errorf("%+v", got)
	}
	if sent := s.received(); len(sent) != 1 || string(sent[0]) != "GET / HTTP/1.1\r\n\r\n" {
		t.Errorf("sent %q", sent)
	}
}

func TestExchangeHead(t *testing.T) {
	s := serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"))
	if got, err := Exchange(t.Context(), addrPort(s.Addr().String()), []byte("HEAD / HTTP/1.1\r\n\r\n"), time.Minute); err != nil || got.Status != 200 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestExchangeFails(t *testing.T) {
	silent := serve(t, func(*net.TCPConn, int, []byte) bool { return true })
	closing := serve(t, func(*net.TCPConn, int, []byte) bool { return false })
	large := serve(t, always("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
	request := []byte("GET / HTTP/1.1\r\n\r\n")
	if _, err := Exchange(t.Context(), addrPort(silent.Addr().String()), request, 20*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Exchange(ctx, addrPort(silent.Addr().String()), request, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Exchange(t.Context(), addrPort(closing.Addr().String()), request, time.Minute); err == nil {
		t.Error("a closed connection is no answer")
	}
	if _, err := Exchange(t.Context(), addrPort(large.Addr().String()), request, time.Minute); err == nil {
		t.Error("a body of 100 GB was taken")
	}
	if _, err := Exchange(t.Context(), addrPort("192.0.2.1:80"), request, time.Minute); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("another machine: %v", err)
	}
}
