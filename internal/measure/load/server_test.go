package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// testServer answers requests as a test says.
type testServer struct {
	net.Listener
	accepted atomic.Int64
	running  sync.WaitGroup

	mu       sync.Mutex // guards what follows
	stopped  bool
	conns    map[*net.TCPConn]bool
	requests [][]byte
}

// reply answers the n-th request (from 0) of a connection, and returns false to
// close it.
type reply func(c *net.TCPConn, n int, request []byte) bool

// always is the same answer to every request.
func always(response string) reply {
	return func(c *net.TCPConn, _ int, _ []byte) bool {
		_, err := c.Write([]byte(response))
		return err == nil
	}
}

// bytewise is the same answer, one byte per write.
func bytewise(response string) reply {
	return func(c *net.TCPConn, _ int, _ []byte) bool {
		for i := range response {
			if _, err := c.Write([]byte(response[i : i+1])); err != nil {
				return false
			}
		}
		return true
	}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// serve answers requests whose lines are below 4 KiB.
func serve(t testing.TB, r reply) *testServer {
	t.Helper()
	s := &testServer{}
	s.listen(t, func(c *net.TCPConn) { s.converse(c, r) })
	return s
}

// listen handles each connection until the test ends.
func (s *testServer) listen(t testing.TB, handle func(*net.TCPConn)) {
	t.Helper()
	s.listenAt(t, "127.0.0.1:0", handle)
}

// listenAt is listen at an address.
func (s *testServer) listenAt(t testing.TB, addr string, handle func(*net.TCPConn)) {
	t.Helper()
	var err error
	if s.Listener, err = net.Listen("tcp", addr); err != nil {
		t.Error(err)
		return
	}
	s.conns = map[*net.TCPConn]bool{}
	s.running.Go(func() {
		for {
			accepted, err := s.Accept()
			if err != nil {
				return
			}
			c := accepted.(*net.TCPConn)
			s.accepted.Add(1)
			s.running.Go(func() {
				s.mu.Lock()
				s.conns[c] = true
				stopped := s.stopped
				s.mu.Unlock()
				defer s.forget(c)
				if !stopped {
					handle(c)
				}
			})
		}
	})
	t.Cleanup(s.stop)
}

func (s *testServer) forget(c *net.TCPConn) {
	c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// converse reads requests and answers them.
func (s *testServer) converse(c *net.TCPConn, r reply) {
	in := bufio.NewReader(c)
	for n := 0; ; n++ {
		var request []byte
		for !bytes.HasSuffix(request, []byte("\r\n\r\n")) {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			request = append(request, line...)
		}
		s.mu.Lock()
		s.requests = append(s.requests, request)
		s.mu.Unlock()
		if !r(c, n, request) {
			return
		}
	}
}

// stop closes the listener and all connections.
func (s *testServer) stop() {
	s.Close()
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.drop()
	s.running.Wait()
}

// drop closes all connections.
func (s *testServer) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

func (s *testServer) received() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// eachEngine runs a test once per engine and way to wait.
func eachEngine(t *testing.T, test func(t *testing.T, e Engine)) {
	two := []int{0, 0} // threads
	for _, o := range []Options{
		{Name: Uring, Poll: PollAlways}, {Name: Uring, Poll: PollNever}, {Name: Uring, Poll: PollHybrid, CPUs: two},
		{Name: Epoll, Poll: PollAlways}, {Name: Epoll, Poll: PollNever}, {Name: Epoll, Poll: PollHybrid, CPUs: two},
		{Name: Portable},
	} {
		t.Run(o.Name+string(o.Poll), func(t *testing.T) { test(t, start(t, o)) })
	}
}

// start opens an engine until the test ends. It skips the test where the system
// does not have it.
func start(t testing.TB, o Options) Engine {
	t.Helper()
	e, err := Open(o)
	if err != nil && (runtime.GOOS != "linux" || o.Name == Uring && refused(err)) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// refused reports whether the kernel has no io_uring of Linux 6.1, or none for
// this process.
func refused(err error) bool {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
		return true
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	major, rest, _ := strings.Cut(string(release), ".")
	return len(major) == 1 && (major < "6" || major == "6" && strings.HasPrefix(rest, "0."))
}

// dial opens a client to a server until the test ends.
func dial(t testing.TB, engine Engine, s *testServer, e Endpoint) Client {
	t.Helper()
	e.Addr = addrPort(s.Addr().String())
	if e.Timeout == 0 {
		e.Timeout = 5 * time.Second
	}
	if e.Workload == nil {
		e.Workload = plain(t, "GET")
	}
	e.Connections = max(e.Connections, 1)
	c, err := engine.Dial(context.Background(), e)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// plain is a workload without credentials, of which 200 is expected.
func plain(t testing.TB, method string) *Workload {
	t.Helper()
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte(method + " / HTTP/1.1\r\nHost: test\r\n\r\n"), Expect: [len(bench.Classes)][]int{{200}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// mixed is a workload of numbered credentials, a part of them bad.
func mixed(t testing.TB) *Workload {
	t.Helper()
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: numbered{}, Zipf: 0.99,
		Mix:    []Share{{bench.Forged, 0.3, 10}, {bench.Valid, 0.7, 100}},
		Expect: [len(bench.Classes)][]int{{200}, {401}, {401}, {401}, {401}, {401}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// few takes an open slice of n requests. They are waited for, however long they
// take, so that their number does not depend on the machine.
func few(t testing.TB, c Client, n int) *Outcome {
	t.Helper()
	out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 2000, Seed: 11, Measure: time.Duration(n) * time.Second / 2000})
	if out.Scheduled != int64(n) {
		t.Fatalf("%d requests scheduled, want %d", out.Scheduled, n)
	}
	return out
}

// run takes a slice that must not fail.
func run(t testing.TB, c Client, s Slice) *Outcome {
	t.Helper()
	o, err := c.Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *Outcome) statuses() map[int]int64 {
	out := map[int]int64{}
	for _, counts := range o.StatusCounts() {
		for status, n := range counts {
			out[status] += n
		}
	}
	return out
}

func addrPort(s string) bench.Address { return bench.Address{TCP: netip.MustParseAddrPort(s)} }
