package load

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"authbench/bench"
)

// sluggish is a transport to a server that a test makes up, in a time of its own: a
// wait takes no longer than a system call, and lets the shard's clock go on to its end.
type sluggish struct {
	t     *testing.T
	shard *shard
	// accepts says that connections come about.
	accepts bool
	// says is what the server says to each request, a byte every pause.
	says  string
	pause time.Duration
	said  map[int32]int
	next  int64 // when it says the next byte
	waits int
}

func (f *sluggish) open(c *conn) syscall.Errno {
	c.fd = int(c.index)
	return 0
}

func (f *sluggish) send(c *conn) syscall.Errno {
	c.unsent, f.said[c.index] = nil, 0
	return 0
}

func (f *sluggish) drop(c *conn) { c.fd = -1 }

func (f *sluggish) close() error { return nil }

func (f *sluggish) wait(how waiting, now, until int64) bool {
	if f.waits++; f.waits > 1e6 {
		f.t.Fatal("the shard spins")
	}
	if f.pause > 0 {
		until = min(until, f.next)
	}
	if how == polling {
		until = now + int64(time.Microsecond)
	}
	f.shard.opened = f.shard.opened.Add(-time.Duration(max(0, until-now)))
	found := false
	speaks := f.pause > 0 && f.shard.now() >= f.next
	for i := range f.shard.conns {
		switch c := &f.shard.conns[i]; {
		case c.state == connecting && f.accepts:
			f.shard.connected(c)
			found = true
		case c.state == busy && speaks:
			at := f.said[c.index]
			f.said[c.index]++
			f.shard.received(c, []byte(f.says[at%len(f.says):][:1]), false)
			found = true
		}
	}
	if speaks {
		f.next = f.shard.now() + int64(f.pause)
	}
	return found
}

// sliced takes a slice of four connections with a timeout of a second from a server,
// and returns what was counted and how long it took on the shard's clock.
func sliced(t *testing.T, f *sluggish, s Slice) (*Outcome, time.Duration, error) {
	t.Helper()
	f.t, f.said = t, map[int32]int{}
	e := &threadEngine{clock: clock{time.Now()}, poll: PollNever, newTransport: func(s *shard) (transport, error) {
		f.shard = s
		return f, nil
	}}
	to := Endpoint{Addr: addrPort("127.0.0.1:1"), Timeout: time.Second, Workload: plain(t, "GET")}
	shard, err := newShard(e, &thread{tally: newTally(threadCPU)}, to, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer shard.close()
	if f.accepts {
		if err := shard.connectAll(); err != nil {
			t.Fatal(err)
		}
	}
	f.waits = 0
	s = bounded(t, s)
	start := shard.now()
	shard.prepare(s, 0, 1, start)
	err = shard.run()
	took := time.Duration(shard.now() - start)
	return merge([]*tally{shard.tally}), took, err
}

// A slice is over one timeout and the drain after its schedule, whatever the server
// does, and waits in few system calls. The clock runs on with the test itself, by far
// less than the margins here.
func TestASliceEndsInTime(t *testing.T) {
	endless := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 1000)
	open := Slice{Arrivals: bench.Constant, Rate: 20, Measure: 5 * time.Second}
	counted := Slice{Arrivals: bench.Constant, Rate: 20, Measure: time.Hour, Count: 100}
	closed := Slice{Measure: 5 * time.Second}
	for _, c := range []struct {
		name   string
		server sluggish
		slice  Slice
		end    time.Duration // of the schedule and the timeout
		sent   int64         // of an open load; 0 for a closed one
		waits  int
	}{
		{"open, a stall", sluggish{accepts: true}, open, 6 * time.Second, 24, 3000},
		{"open with a count, a stall", sluggish{accepts: true}, counted, 6 * time.Second, 24, 3000},
		{"closed, a stall", sluggish{accepts: true}, closed, 6 * time.Second, 0, 3000},
		{"open, byte by byte", sluggish{accepts: true, says: endless, pause: 100 * time.Millisecond}, open, 6 * time.Second, 24, 4000},
		{"closed, byte by byte", sluggish{accepts: true, says: endless, pause: 100 * time.Millisecond}, closed, 6 * time.Second, 0, 4000},
		{"a count, byte by byte", sluggish{accepts: true, says: endless, pause: 100 * time.Millisecond}, Slice{Measure: time.Hour, Count: 8}, 2 * time.Second, 0, 2000},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, took, err := sliced(t, &c.server, c.slice)
			if err != nil {
				t.Fatal(err)
			}
			if took > c.end+Drain+2*time.Second || c.server.waits > c.waits {
				t.Errorf("it took %v and %d waits, want %v and at most %d", took, c.server.waits, c.end, c.waits)
			}
			if c.sent > 0 && (out.Scheduled != 100 || out.Sent < c.sent-4 || out.Sent > c.sent+4) {
				t.Errorf("scheduled %d, sent %d; want 100 and about %d", out.Scheduled, out.Sent, c.sent)
			}
			if n := out.Errors[ErrorTimeout]; n == 0 || len(out.Errors) != 1 || out.Completed != 0 || c.sent > 0 && n != out.Sent {
				t.Errorf("sent %d, completed %d, errors %v", out.Sent, out.Completed, out.Errors)
			}
			if low, high := out.Valid.Service.Quantile(0), out.Valid.Service.Max(); low < 990e6 || high > 1010e6 {
				t.Errorf("service times from %v to %v, want the full timeout", time.Duration(low), time.Duration(high))
			}
		})
	}
}

// Where all connections hang while they are opened, the slice does not wait for the
// attempts to time out.
func TestASliceWithoutConnectionsEnds(t *testing.T) {
	f := &sluggish{}
	_, took, err := sliced(t, f, Slice{Measure: time.Hour})
	if err == nil || took > 10*time.Second || f.waits > 3000 {
		t.Errorf("it took %v and %d waits: %v", took, f.waits, err)
	}
}
