package load

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A server that accepts nobody, and whose backlog is full, is given up after the
// timeout.
func TestServerThatAcceptsNobody(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := addrPort(fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port))
	for _, engine := range []string{Uring, Epoll, Portable} {
		t.Run(engine, func(t *testing.T) {
			e := start(t, Options{Name: engine, Poll: PollNever})
			began := time.Now()
			c, err := e.Dial(context.Background(), Endpoint{Addr: addr, Connections: 8, Timeout: hostileTimeout, Workload: plain(t, "GET")})
			if err == nil {
				c.Close()
				t.Fatal("all connections stand")
			}
			if took := time.Since(began); took > hostileTimeout+hostileMargin {
				t.Errorf("given up after %v: %v", took, err)
			}
		})
	}
}
