package reach

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"authbench/bench"
)

func listen(t *testing.T, network, at string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, at)
	if err != nil && network == "tcp6" {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		site   bench.Site
		remote bool
		want   string
	}{
		{bench.Site{Name: "127.9.9.9", Port: 80}, false, "[127.9.9.9:80]"},
		{bench.Site{Name: "::1", Port: 81}, false, "[[::1]:81]"},
		{bench.Site{Name: "::ffff:127.0.0.1", Port: 81}, false, "[127.0.0.1:81]"},
		{bench.Site{Name: "localhost", Port: 81}, false, "[127.0.0.1:81 [::1]:81]"},
		{bench.Site{Name: "api.localhost", Port: 81}, false, "[127.0.0.1:81 [::1]:81]"},
		{bench.Site{Socket: "/run/s"}, false, "[/run/s]"},
		{bench.Site{Name: "192.0.2.1", Port: 80}, true, "[192.0.2.1:80]"},
		{bench.Site{Name: "192.0.2.1", Port: 80}, false, ""},
		{bench.Site{Name: "::ffff:192.0.2.1", Port: 80}, false, ""},
		{bench.Site{Name: "0.0.0.0", Port: 80}, false, ""},
	} {
		got, err := Addresses(t.Context(), c.site, c.remote)
		if c.want == "" {
			if !errors.Is(err, ErrRemote) || !strings.Contains(err.Error(), c.site.Name) {
				t.Errorf("%+v: %v, %v; want a refusal", c.site, got, err)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%+v: %v, %v; want %s", c.site, got, err, c.want)
		}
	}
}

// TestFirst: the address that answers is found wherever it stands, and the error names
// all that were tried, and why each is none.
func TestFirst(t *testing.T) {
	l := listen(t, "tcp4", "127.0.0.1:0")
	open := bench.Address{TCP: l.Addr().(*net.TCPAddr).AddrPort()}
	closed := bench.Address{TCP: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.77"), open.Port())}
	missing := bench.Address{Socket: filepath.Join(t.TempDir(), "s")}
	for _, addrs := range [][]bench.Address{{open, closed}, {closed, open}, {missing, closed, open}} {
		if got, err := First(t.Context(), addrs, Listens); err != nil || got != open {
			t.Errorf("%v: %v, %v", addrs, got, err)
		}
	}
	_, err := First(t.Context(), []bench.Address{closed, missing}, Listens)
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.Is(err, syscall.ENOENT) {
		t.Fatalf("got %v", err)
	}
	if want := fmt.Sprintf("at %v: connection refused; at %v: no such file or directory", closed, missing); err.Error() != want {
		t.Errorf("%q; want %q", err, want)
	}
}

func TestLoopback(t *testing.T) {
	l := listen(t, "tcp6", "[::1]:0")
	port := l.Addr().(*net.TCPAddr).AddrPort().Port()
	got, err := First(t.Context(), Loopback(port), Listens)
	if err != nil || !got.TCP.Addr().Is6() || !slices.Contains(Loopback(port), got) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestDialWaitsForRoom: a Unix socket whose backlog is full refuses more at once; Dial
// waits for room as long as it may.
func TestDialWaitsForRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at := bench.Address{Socket: path}
	first, err := Dial(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*fullPause)
	defer cancel()
	if _, err := Dial(ctx, at); err == nil {
		t.Skip("this system's backlog has room for more")
	}
	accepted := make(chan error, 1)
	go func() {
		time.Sleep(5 * fullPause)
		other, _, err := syscall.Accept(fd)
		if err == nil {
			err = syscall.Close(other)
		}
		accepted <- err
	}()
	second, err := Dial(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	if err := <-accepted; err != nil {
		t.Error(err)
	}
}
