package load

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"authbench/bench"
)

// serveUnix answers 200 at a Unix socket that has room for few connections that nobody
// has accepted yet, and counts those that it did accept.
func serveUnix(t *testing.T) (at bench.Address, accepted *atomic.Int64) {
	t.Helper()
	at = bench.Address{Socket: filepath.Join(t.TempDir(), "s")}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: at.Socket}), syscall.Listen(fd, 1)); err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	accepted = new(atomic.Int64)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }),
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				accepted.Add(1)
			}
		},
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return at, accepted
}

// TestUnixSocket: every engine sends to a Unix socket, opens connections again, and
// waits where the server has no room for all of them at once.
func TestUnixSocket(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		at, accepted := serveUnix(t)
		c, err := e.Dial(t.Context(), Endpoint{
			Addr: at, Connections: 20, Timeout: time.Minute, RequestsPerConnection: 5, Breakdown: true, Workload: plain(t, "GET"),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		out := run(t, c, Slice{Count: 400, Measure: time.Hour})
		if out.Completed != 400 || out.statuses()[200] != 400 || len(out.Errors) > 0 {
			t.Errorf("%d completed, statuses %v, errors %v", out.Completed, out.statuses(), out.Errors)
		}
		if n := accepted.Load(); n < 80 || out.Opening.Connect.Count() < 80 {
			t.Errorf("%d connections accepted, %d timed, for 400 requests of 5 each", n, out.Opening.Connect.Count())
		}
	})
}

// TestUnixSocketIsMissing: the error names the socket and what is wrong with it.
func TestUnixSocketIsMissing(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		at := bench.Address{Socket: filepath.Join(t.TempDir(), "none")}
		_, err := e.Dial(t.Context(), Endpoint{Addr: at, Connections: 2, Timeout: time.Second, Workload: plain(t, "GET")})
		if !errors.Is(err, syscall.ENOENT) || !strings.Contains(err.Error(), at.Socket) {
			t.Errorf("got %v", err)
		}
	})
}

// TestIPv6: a server at ::1 is reached by every engine.
func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	defer func() {
		server.Close()
		<-done
	}()
	eachEngine(t, func(t *testing.T, e Engine) {
		c, err := e.Dial(t.Context(), Endpoint{
			Addr: bench.Address{TCP: netip.MustParseAddrPort(l.Addr().String())}, Connections: 2, Timeout: time.Minute, Workload: plain(t, "GET"),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if out := run(t, c, Slice{Count: 10, Measure: time.Hour}); out.statuses()[404] != 10 {
			t.Errorf("statuses %v, errors %v", out.statuses(), out.Errors)
		}
	})
}

// TestWorkloadTo: a workload for another server differs in its request and its
// credentials, and leaves the first one as it is.
func TestWorkloadTo(t *testing.T) {
	w := mixed(t)
	before := string(w.Request(bench.Valid, 0))
	other := w.To([]byte("GET /b HTTP/1.1\r\nX: "), []byte("\r\n\r\n"), fixed("its own"))
	if got, want := string(other.Request(bench.Valid, 0)), "GET /b HTTP/1.1\r\nX: its own\r\n\r\n"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	if got := string(w.Request(bench.Valid, 0)); got != before {
		t.Errorf("%q was %q", got, before)
	}
}
