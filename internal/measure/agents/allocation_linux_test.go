package agents

import (
	"net"
	"runtime"
	"testing"
	"time"

	"authbench/bench"
	"authbench/internal/measure/load"
)

// TestNoAllocationPerRequest: a generator whose requests carry what a thousand clients hold
// allocates no more for many requests than for few.
func TestNoAllocationPerRequest(t *testing.T) {
	const clients = 1000
	i := newTokens(t, 3600)
	a := i.agents(Policy{Lifetime: time.Hour, Refresh: time.Hour}, clients, clients)
	if err := a.Prepare(t.Context(), time.Minute, nil); err != nil {
		t.Fatal(err)
	}
	spec := load.WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nHost: test\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		Credentials: a.Of(nil), Mix: []load.Share{{Class: bench.Valid, Share: 1, Count: clients}},
	}
	spec.Expect[bench.Valid.Index()] = []int{200}
	w, err := load.NewWorkload(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{load.Uring, load.Epoll} {
		t.Run(name, func(t *testing.T) { allocatesNothing(t, name, w) })
	}
}

func allocatesNothing(t *testing.T, engine string, w *load.Workload) {
	e, err := load.Open(load.Options{Name: engine, Poll: load.PollNever})
	if err != nil {
		t.Skip(err)
	}
	defer e.Close()
	client, err := e.Dial(t.Context(), load.Endpoint{Addr: answering(t), Connections: 4, Timeout: time.Minute, Workload: w})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	allocated := func(measure time.Duration) (count, requests int64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		out, err := client.Run(t.Context(), load.Slice{Arrivals: bench.Poisson, Rate: 5000, Measure: measure})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		return int64(after.Mallocs - before.Mallocs), out.Completed
	}
	const brief = 100 * time.Millisecond
	allocated(brief)
	few, n := allocated(brief)
	many, m := allocated(10 * brief)
	for length := 20 * brief; m <= n; length *= 2 { // a machine that is busy elsewhere
		many, m = allocated(length)
	}
	if perRequest := float64(many-few) / float64(m-n); perRequest > 0.01 {
		t.Errorf("%v allocations per request (%d for %d, %d for %d)", perRequest, few, n, many, m)
	}
}

// answering is a server that lets everybody in, and allocates nothing per request either.
func answering(t *testing.T) bench.Address {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				request, answer := make([]byte, 4096), []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				for {
					if _, err := c.Read(request); err != nil {
						return
					}
					if _, err := c.Write(answer); err != nil {
						return
					}
				}
			}()
		}
	}()
	return bench.Address{TCP: l.Addr().(*net.TCPAddr).AddrPort()}
}
