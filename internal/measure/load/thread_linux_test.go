package load

import (
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
)

// eachTransport runs a test once per engine that drives sockets from threads.
func eachTransport(t *testing.T, poll Poll, test func(t *testing.T, e Engine)) {
	for _, name := range []string{Uring, Epoll} {
		t.Run(name+string(poll), func(t *testing.T) { test(t, start(t, Options{Name: name, Poll: poll})) })
	}
}

// TestNoAllocationPerRequest: what a slice allocates does not grow with its
// requests.
func TestNoAllocationPerRequest(t *testing.T) {
	eachTransport(t, PollNever, testNoAllocationPerRequest)
}

func testNoAllocationPerRequest(t *testing.T, e Engine) {
	s := &testServer{}
	s.listen(t, func(c *net.TCPConn) { // allocates nothing per request either
		request := make([]byte, 4096)
		for {
			if _, err := c.Read(request); err != nil {
				return
			}
			if _, err := c.Write(okBytes); err != nil {
				return
			}
		}
	})
	for _, arrivals := range []bench.Arrivals{"", bench.Poisson} {
		c := dial(t, e, s, Endpoint{Connections: 4, Workload: allocationFree(t)})
		allocations := func(measure time.Duration) (per, requests int64) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out := run(t, c, Slice{Arrivals: arrivals, Rate: 5000, Measure: measure})
			runtime.ReadMemStats(&after)
			return int64(after.Mallocs - before.Mallocs), out.Completed
		}
		allocations(brief)
		few, n := allocations(brief)
		var many, m int64
		for length := 10 * brief; m <= n; length *= 2 { // a machine that is busy elsewhere
			many, m = allocations(length)
		}
		if perRequest := float64(many-few) / float64(m-n); perRequest > 0.01 {
			t.Errorf("arrivals %q: %v allocations per request (%d for %d, %d for %d)", arrivals, perRequest, few, n, many, m)
		}
	}
}

var okBytes = []byte(ok)

func allocationFree(t testing.TB) *Workload {
	t.Helper()
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: fixed("credential"), Zipf: 0.99, Mix: []Share{{bench.Valid, 1, 100}},
		Expect: [len(bench.Classes)][]int{{200}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestCollectionDuringASlice: a sleeping or polling thread does not hold up the
// garbage collector, nor the collector the thread.
func TestCollectionDuringASlice(t *testing.T) {
	for _, poll := range []Poll{PollAlways, PollNever} {
		eachTransport(t, poll, func(t *testing.T, e Engine) {
			c := dial(t, e, serve(t, always(ok)), Endpoint{})
			collected := make(chan struct{})
			out := run(t, c, Slice{
				Arrivals: bench.Constant, Rate: 50, Measure: 5 * brief,
				Begin: func() {
					go func() {
						defer close(collected)
						for range 5 {
							runtime.GC()
						}
					}()
				},
			})
			<-collected
			if out.Completed != out.Scheduled {
				t.Errorf("%d of %d requests", out.Completed, out.Scheduled)
			}
		})
	}
}

// TestAnswersInOneBurst: more answers than an io_uring has buffers, each in
// several of them.
func TestAnswersInOneBurst(t *testing.T) {
	const connections = 2 * fewestBuffers
	large := "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + strings.Repeat("x", 65536)
	eachTransport(t, PollNever, func(t *testing.T, e Engine) {
		var asked sync.WaitGroup
		asked.Add(connections)
		s := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
			asked.Done()
			asked.Wait()
			return always(large)(c, n, b)
		})
		if out := few(t, dial(t, e, s, Endpoint{Connections: connections}), connections); out.Completed != connections || len(out.Errors) > 0 {
			t.Errorf("%d of %d completed, errors %v", out.Completed, connections, out.Errors)
		}
	})
}

func TestRing(t *testing.T) {
	r := newRing(3)
	for _, i := range []int32{0, 1, 2} {
		r.push(i)
	}
	if got := r.pop(); got != 0 {
		t.Fatalf("popped %d first", got)
	}
	r.push(0)
	r.remove(2)
	if a, b := r.pop(), r.pop(); a != 1 || b != 0 || r.length != 0 {
		t.Errorf("popped %d, %d; %d are left", a, b, r.length)
	}
}
