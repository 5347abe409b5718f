package load

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A server that accepts nothing is not flooded with attempts to connect.
func TestConnectsAFewAtATime(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 1); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := addrPort(fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port))
	e := start(t, Options{Name: Epoll}).(*threadEngine)
	to := Endpoint{Addr: addr, Connections: 5 * mostConnecting, Timeout: 100 * time.Millisecond, Workload: plain(t, "GET")}
	e.threads[0].run(func() {
		s, err := newShard(e, e.threads[0], to, to.Connections)
		if err != nil {
			t.Error(err)
			return
		}
		if err := s.connectAll(); err == nil {
			t.Error("every connection stands")
		}
		dialled := 0
		for _, c := range s.conns {
			if c.dialled != 0 {
				dialled++
			}
		}
		// Those that timed out may have made room for as many others.
		if dialled < mostConnecting || dialled > 2*mostConnecting+s.up {
			t.Errorf("%d attempts at once, %d connections stand", dialled, s.up)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
}
