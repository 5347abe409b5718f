package load

import (
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// What the server was too slow for is sent after the measured part, and counted.
func TestOverdue(t *testing.T) {
	const delay = 10 * time.Millisecond
	eachEngine(t, func(t *testing.T, e Engine) {
		slow := func(c *net.TCPConn, n int, b []byte) bool {
			time.Sleep(delay)
			return always(ok)(c, n, b)
		}
		out := few(t, dial(t, e, serve(t, slow), Endpoint{}), 20) // due within 10 ms
		if out.Completed != 20 || out.Overdue < 18 || out.Overdue > 20 {
			t.Errorf("%d of %d requests overdue", out.Overdue, out.Completed)
		}
		if out = few(t, dial(t, e, serve(t, always(ok)), Endpoint{Connections: 4}), 1); out.Overdue > 1 {
			t.Errorf("%d of one request overdue", out.Overdue)
		}
	})
}

// Only an endpoint that says so may lie elsewhere.
func TestRemote(t *testing.T) {
	e := Endpoint{Addr: addrPort("192.0.2.1:80"), Connections: 1, Timeout: time.Second, Workload: plain(t, "GET")}
	if err := e.check(); err == nil {
		t.Error("load would have left this machine")
	}
	e.AllowRemote = true
	if err := e.check(); err != nil {
		t.Error(err)
	}
}

// A slice with a count sends exactly so many requests and waits for the last answer,
// long before its time. A closed load's measured part ends with that answer, an open
// one's with the schedule.
func TestCount(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, arrivals := range []bench.Arrivals{"", bench.Poisson} {
			const delay = 5 * time.Millisecond
			s := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
				time.Sleep(delay)
				return always(ok)(c, n, b)
			})
			c := dial(t, e, s, Endpoint{Connections: 3})
			edges := 0
			out := run(t, c, Slice{
				Arrivals: arrivals, Rate: 1000, Count: 10, Measure: time.Hour,
				Begin: func() { edges++ }, End: func() { edges++ },
			})
			if out.Completed != 10 || len(s.received()) != 10 || edges != 2 {
				t.Errorf("arrivals %q: %d completed of %d received, %d edges", arrivals, out.Completed, len(s.received()), edges)
			}
			// One of the connections had to carry four.
			if arrivals == "" && out.Measured < 4*delay || out.Measured <= 0 || out.Measured > time.Minute {
				t.Errorf("arrivals %q: measured %v", arrivals, out.Measured)
			}
			if arrivals != "" && (out.Scheduled != 10 || out.Sent != 10) {
				t.Errorf("scheduled %d, sent %d", out.Scheduled, out.Sent)
			}
		}
	})
}

// The time ends a slice whose count it does not reach.
func TestTimeBeforeCount(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		out := run(t, dial(t, e, serve(t, always(ok)), Endpoint{}), Slice{Arrivals: bench.Constant, Rate: 1000, Count: 1000, Measure: 20 * time.Millisecond})
		if out.Scheduled != 20 || out.Completed != 20 {
			t.Errorf("%d of %d requests", out.Completed, out.Scheduled)
		}
	})
}

// The shards of a counted script are together the whole one.
func TestShardsOfACount(t *testing.T) {
	for _, arrivals := range []bench.Arrivals{"", bench.Constant} {
		var got []uint64
		for k := range 3 {
			s := newScript(plain(t, "GET"), Slice{Arrivals: arrivals, Rate: 1000, Count: 10, Measure: time.Hour}, k, 3, 0)
			for {
				index, at := s.next()
				if at == never {
					break
				}
				got = append(got, index)
			}
			if !s.spent {
				t.Errorf("arrivals %q: shard %d does not know that it is spent", arrivals, k)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("arrivals %q: %v", arrivals, got)
		}
	}
}

// A connection is closed after as many answers as it may carry, and another one
// opened: no request fails for that.
func TestRequestsPerConnection(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		var beyond atomic.Bool
		s := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
			if n >= 4 {
				beyond.Store(true)
			}
			return always(ok)(c, n, b)
		})
		out := few(t, dial(t, e, s, Endpoint{RequestsPerConnection: 4, Breakdown: true}), 20)
		if out.Completed != 20 || len(out.Errors) > 0 {
			t.Errorf("%d completed, errors %v", out.Completed, out.Errors)
		}
		// The last one may be replaced before the end, and need not.
		if got := s.accepted.Load(); got != 5 && got != 6 || beyond.Load() {
			t.Errorf("%d connections for 20 requests, more than 4 on one: %v", got, beyond.Load())
		}
		if n := out.Opening.Connect.Count(); n < 5 || n > 6 || out.Opening.Handshake.Count() != 0 {
			t.Errorf("%d connect times, %d of TLS", n, out.Opening.Handshake.Count())
		}
	})
}

// First byte and transfer are the parts of the service time.
func TestBreakdown(t *testing.T) {
	const before, within = 10 * time.Millisecond, 20 * time.Millisecond
	halting := func(c *net.TCPConn, n int, _ []byte) bool {
		time.Sleep(before)
		c.Write([]byte(ok[:10]))
		time.Sleep(within)
		_, err := c.Write([]byte(ok[10:]))
		return err == nil
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		l := few(t, dial(t, e, serve(t, halting), Endpoint{Breakdown: true}), 5).Valid
		if l.FirstByte.Count() != 5 || l.Transfer.Count() != 5 {
			t.Fatalf("%d times of the first byte, %d of the transfer", l.FirstByte.Count(), l.Transfer.Count())
		}
		if first, rest := l.FirstByte.Quantile(0), l.Transfer.Max(); first < int64(before) || rest < int64(within)*9/10 {
			t.Errorf("first byte after %v at least, transfer in %v at most", time.Duration(first), time.Duration(rest))
		}
		if whole, parts := l.Service.Mean(), l.FirstByte.Mean()+l.Transfer.Mean(); parts < 0.995*whole || parts > 1.005*whole {
			t.Errorf("the parts add up to %v, the service time is %v", time.Duration(parts), time.Duration(whole))
		}
		silent := func(*net.TCPConn, int, []byte) bool { return true }
		l = few(t, dial(t, e, serve(t, silent), Endpoint{Breakdown: true, Timeout: brief}), 1).Valid
		if l.FirstByte.Count() != 1 || l.FirstByte.Quantile(0) < int64(brief)*999/1000 || l.Transfer.Count() != 0 {
			t.Errorf("of a timeout: %d first bytes, %d transfers", l.FirstByte.Count(), l.Transfer.Count())
		}
		l = few(t, dial(t, e, serve(t, always(ok)), Endpoint{Breakdown: true}), 5).Valid
		if l.FirstByte.Count() != 5 || l.Transfer.Count() != 5 || l.Service.Count() != 5 {
			t.Errorf("of whole answers: %d first bytes, %d transfers", l.FirstByte.Count(), l.Transfer.Count())
		}
		out := few(t, dial(t, e, serve(t, always(ok)), Endpoint{}), 1)
		if out.Valid.FirstByte != nil || out.Opening.Connect != nil {
			t.Error("a breakdown that nobody asked for")
		}
	})
}
