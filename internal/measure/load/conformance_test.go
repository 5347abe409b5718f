package load

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// brief is long enough for some exchanges on any machine.
const brief = 40 * time.Millisecond

func TestClosedLoad(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		s := serve(t, always(ok))
		c := dial(t, e, s, Endpoint{Connections: 5})
		var out *Outcome
		for measure := brief; ; measure *= 2 { // until the machine got to it
			var edges []string
			out = run(t, c, Slice{
				Seed: 1, Settle: brief / 4, Measure: measure,
				Begin: func() { edges = append(edges, "begin") }, End: func() { edges = append(edges, "end") },
			})
			if !slices.Equal(edges, []string{"begin", "end"}) {
				t.Fatalf("edges %v", edges)
			}
			if out.Completed > 0 {
				break
			}
		}
		if out.Answered != out.Completed || out.statuses()[200] != out.Completed || len(out.Errors) > 0 || out.Scheduled != 0 {
			t.Errorf("completed %d, answered %d, statuses %v, errors %v", out.Completed, out.Answered, out.statuses(), out.Errors)
		}
		if out.Valid.Service.Count() != out.Completed || out.Valid.Response.Count() != 0 || out.Refused.Service.Count() != 0 {
			t.Errorf("%d service times and %d response times of %d requests", out.Valid.Service.Count(), out.Valid.Response.Count(), out.Completed)
		}
		if out.BytesIn != out.Completed*int64(len(ok)) || out.BytesOut != out.Completed*int64(len("GET / HTTP/1.1\r\nHost: test\r\n\r\n")) {
			t.Errorf("%d bytes out, %d in, for %d requests", out.BytesOut, out.BytesIn, out.Completed)
		}
		if out.Measured <= 0 || out.GeneratorCPU <= 0 || out.GeneratorSpin > out.GeneratorCPU {
			t.Errorf("measured %v, CPU %v, spin %v", out.Measured, out.GeneratorCPU, out.GeneratorSpin)
		}
		if got := s.accepted.Load(); got != 5 {
			t.Errorf("%d connections, want 5", got)
		}
	})
}

func TestOpenLoadSendsItsSchedule(t *testing.T) {
	for _, kind := range []bench.Arrivals{bench.Poisson, bench.Constant} {
		eachEngine(t, func(t *testing.T, e Engine) {
			s := serve(t, always(ok))
			c := dial(t, e, s, Endpoint{Connections: 8, Workload: mixed(t)})
			slice := Slice{Arrivals: kind, Rate: 2000, Seed: 3, Settle: 20 * time.Millisecond, Measure: 100 * time.Millisecond, Part: Part{0, 1}}
			out := run(t, c, slice)
			all := newScript(mixed(t), slice, 0, 1, 0)
			counted := int64(0)
			var want []string
			for {
				index, at := all.next()
				if at == never {
					break
				}
				if at >= int64(slice.Settle) {
					counted++
				}
				b, _, _ := all.appendRequest(nil, index, at)
				want = append(want, string(b))
			}
			if got, want := out.Checksum(), slice.Checksum(mixed(t)); got != want || want.Due != counted {
				t.Errorf("the checksum is %+v, that of the schedule %+v", got, want)
			}
			if out.Scheduled != counted || out.Sent != counted || out.Completed != counted {
				t.Errorf("scheduled %d, sent %d, completed %d; the schedule has %d", out.Scheduled, out.Sent, out.Completed, counted)
			}
			var got []string
			for _, r := range s.received() {
				got = append(got, string(r))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("sent %d requests, not the %d of the schedule", len(got), len(want))
			}
			l := out.Valid
			if n := l.Service.Count(); n == 0 || l.Response.Count() != n || l.Queue.Count() != n || l.Lag.Count() != n {
				t.Errorf("counts differ: service %d, response %d, queue %d, lag %d", n, l.Response.Count(), l.Queue.Count(), l.Lag.Count())
			}
		})
	}
}

// TestSameBytes: one connection sends the same requests in the same order,
// whatever the engine.
func TestSameBytes(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		s := serve(t, always(ok))
		few(t, dial(t, e, s, Endpoint{Workload: mixed(t)}), 50)
		if n := len(s.received()); n != 50 {
			t.Fatalf("%d requests", n)
		}
		all := newScript(mixed(t), Slice{Seed: 11}, 0, 1, 0)
		for i, got := range s.received() {
			if want, _, _ := all.appendRequest(nil, uint64(i), 0); !bytes.Equal(got, want) {
				t.Fatalf("request %d is %q, want %q", i, got, want)
			}
		}
	})
}

// TestAnswersHoweverTheyCome runs the parser's table over real sockets: byte by
// byte, or at once with what is left over, and followed by the server's close
// where the answer ends so.
func TestAnswersHoweverTheyCome(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, tt := range responses {
			if !tt.want.whole || len(tt.bytes) > 1000 {
				continue
			}
			send := bytewise(tt.bytes)
			if tt.rest != "" {
				send = always(tt.bytes)
			}
			s := serve(t, func(c *net.TCPConn, n int, b []byte) bool { return send(c, n, b) && !tt.want.close })
			method := "GET"
			if tt.head {
				method = "HEAD"
			}
			out := few(t, dial(t, e, s, Endpoint{Workload: plain(t, method)}), 10)
			if out.Completed != 10 || out.statuses()[tt.want.status] != 10 || len(out.Errors) > 0 {
				t.Errorf("%s: %d completed, statuses %v, errors %v", tt.name, out.Completed, out.statuses(), out.Errors)
			}
			if reopened := s.accepted.Load() > 1; reopened != (tt.want.close || tt.rest != "") {
				t.Errorf("%s: %d connections", tt.name, s.accepted.Load())
			}
		}
	})
}

func TestLargeAndSlowAnswers(t *testing.T) {
	large := "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + strings.Repeat("x", 65536)
	slow := func(c *net.TCPConn, _ int, _ []byte) bool {
		for part := range strings.SplitAfterSeq(ok, "\r") {
			time.Sleep(time.Millisecond)
			if _, err := c.Write([]byte(part)); err != nil {
				return false
			}
		}
		return true
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		for name, r := range map[string]reply{"large": always(large), "slow": slow} {
			out := few(t, dial(t, e, serve(t, r), Endpoint{Connections: 2}), 10)
			if out.Completed != 10 || out.statuses()[200] != 10 || len(out.Errors) > 0 {
				t.Errorf("%s: %d completed, statuses %v, errors %v", name, out.Completed, out.statuses(), out.Errors)
			}
		}
	})
}

func TestLargeRequests(t *testing.T) {
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nAuthorization: "), Suffix: []byte("\r\n\r\n"),
		// More than a socket takes at once.
		Credentials: fixed(strings.Repeat("x", 8<<20)), Mix: []Share{{bench.Valid, 1, 1}},
		Expect: [len(bench.Classes)][]int{{200}},
	})
	if err != nil {
		t.Fatal(err)
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		s := &testServer{}
		s.listen(t, answerLarge)
		out := few(t, dial(t, e, s, Endpoint{Workload: w, Timeout: time.Minute}), 4)
		if out.Completed != 4 || out.statuses()[200] != 4 || out.BytesOut < 4*8<<20 || len(out.Errors) > 0 {
			t.Errorf("%d completed, statuses %v, errors %v", out.Completed, out.statuses(), out.Errors)
		}
	})
}

// answerLarge reads requests of any size.
func answerLarge(c *net.TCPConn) {
	buffer, tail := make([]byte, 1<<20), []byte{}
	for {
		n, err := c.Read(buffer)
		if err != nil {
			return
		}
		tail = append(tail, buffer[max(0, n-4):n]...)
		tail = tail[max(0, len(tail)-4):]
		if string(tail) == "\r\n\r\n" {
			if _, err := c.Write([]byte(ok)); err != nil {
				return
			}
		}
	}
}

func TestFailures(t *testing.T) {
	abort := func(c *net.TCPConn, _ int, _ []byte) bool {
		c.SetLinger(0) // close with a reset
		return false
	}
	cut := func(at int) reply {
		return func(c *net.TCPConn, _ int, _ []byte) bool {
			c.Write([]byte(ok[:at]))
			return false
		}
	}
	tests := []struct {
		name, kind string
		reply      reply
	}{
		{"reset", ErrorReset, abort},
		{"malformed", ErrorMalformed, always("SSH-2.0-OpenSSH_9.9\r\n\r\n")},
		{"closed at once", ErrorClosed, cut(0)},
		{"closed in the status line", ErrorClosed, cut(4)},
		{"closed after it", ErrorClosed, cut(17)},
		{"closed in a field", ErrorClosed, cut(25)},
		{"closed before the body", ErrorClosed, cut(len(ok) - 2)},
		{"closed in the body", ErrorClosed, cut(len(ok) - 1)},
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, tt := range tests {
			out := few(t, dial(t, e, serve(t, tt.reply), Endpoint{Connections: 2}), 5)
			if out.Errors[tt.kind] != 5 || len(out.Errors) != 1 || out.Completed != 0 {
				t.Errorf("%s: errors %v, %d completed", tt.name, out.Errors, out.Completed)
			}
		}
	})
}

// A server that closes a connection instead of answering its fourth request fails
// that request, unless it may be sent again: then it is, and that is counted.
func TestAFailureDoesNotStopTheSlice(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, method := range []string{"GET", "POST"} {
			s := serve(t, func(c *net.TCPConn, n int, b []byte) bool { return n < 3 && always(ok)(c, n, b) })
			out := few(t, dial(t, e, s, Endpoint{Connections: 2, Workload: plain(t, method)}), 40)
			// Each of the two connections may end with up to three answers.
			lost, kept := out.Errors[ErrorClosed]+out.Errors[ErrorReset], out.Resent
			if method == "GET" {
				lost, kept = kept, lost
			}
			if lost < 8 || lost > 13 || kept != 0 || out.Completed+lost-out.Resent != 40 {
				t.Errorf("%s: errors %v, %d sent again, %d completed; every fourth request fails", method, out.Errors, out.Resent, out.Completed)
			}
		}
	})
}

func TestTimeout(t *testing.T) {
	silent := func(*net.TCPConn, int, []byte) bool { return true }
	eachEngine(t, func(t *testing.T, e Engine) {
		out := few(t, dial(t, e, serve(t, silent), Endpoint{Connections: 5, Timeout: 200 * time.Millisecond}), 5)
		// On a machine that sleeps for the timeout some are not sent any more.
		if out.Errors[ErrorTimeout] != out.Sent || len(out.Errors) != 1 || out.Completed != 0 {
			t.Fatalf("sent %d, completed %d, errors %v", out.Sent, out.Completed, out.Errors)
		}
		if n, lo, hi := out.Valid.Service.Count(), out.Valid.Service.Quantile(0), out.Valid.Service.Max(); n != out.Sent || lo < 199e6 || hi > 201e6 {
			t.Errorf("%d service times from %d to %d ns, want %d of 200 ms", n, lo, hi, out.Sent)
		}
	})
}

// TestAStallIsNotHidden: requests that were due while the server stalled keep
// their intended start.
func TestAStallIsNotHidden(t *testing.T) {
	const stall = 80 * time.Millisecond
	stalling := func(c *net.TCPConn, n int, b []byte) bool {
		if n == 10 {
			time.Sleep(stall)
		}
		return always(ok)(c, n, b)
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		out := run(t, dial(t, e, serve(t, stalling), Endpoint{}), Slice{Arrivals: bench.Constant, Rate: 1000, Measure: 100 * time.Millisecond})
		if out.Scheduled != 100 || out.Completed != 100 {
			t.Fatalf("scheduled %d, completed %d", out.Scheduled, out.Completed)
		}
		// Of the 80 requests that were due in the stall, half waited for more than
		// half of it.
		if got := out.Valid.Response.Quantile(0.7); got < int64(stall/4) {
			t.Errorf("the 70th percentile of the response is %v", time.Duration(got))
		}
		if got := out.Valid.Queue.Max(); got < int64(stall)*9/10 {
			t.Errorf("the longest wait for the connection is %v", time.Duration(got))
		}
	})
}

func TestVerdicts(t *testing.T) {
	answer := func(valid, bad string) reply {
		return func(c *net.TCPConn, n int, b []byte) bool {
			if bytes.Contains(b, []byte("valid-")) {
				return always("HTTP/1.1 "+valid+"\r\nContent-Length: 0\r\n\r\n")(c, n, b)
			}
			return always("HTTP/1.1 "+bad+"\r\nContent-Length: 0\r\n\r\n")(c, n, b)
		}
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, tt := range []struct {
			valid, bad                                 string
			validWrong, badWrong, accepts, inHistogram bool
		}{
			{valid: "200", bad: "401", inHistogram: true},
			{valid: "200", bad: "200", badWrong: true, accepts: true, inHistogram: true},
			{valid: "200", bad: "204", badWrong: true, accepts: true, inHistogram: true},
			{valid: "200", bad: "500", badWrong: true, inHistogram: true},
			{valid: "401", bad: "401", validWrong: true},
		} {
			c := dial(t, e, serve(t, answer(tt.valid, tt.bad)), Endpoint{Connections: 2, Workload: mixed(t)})
			out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 2000, Seed: 5, Measure: brief})
			var valid, bad int64
			for class, counts := range out.StatusCounts() {
				for _, n := range counts {
					if class == bench.Valid {
						valid += n
					} else {
						bad += n
					}
				}
			}
			if valid == 0 || bad == 0 || valid+bad != out.Completed {
				t.Fatalf("%d valid and %d bad of %d", valid, bad, out.Completed)
			}
			want := int64(0)
			if tt.validWrong {
				want += valid
			}
			if tt.badWrong {
				want += bad
			}
			if out.WrongVerdicts != want || (out.FalseAccepts == bad) != tt.accepts || !tt.accepts && out.FalseAccepts != 0 {
				t.Errorf("%s and %s: %d wrong verdicts, %d false accepts; want %d, of %d bad", tt.valid, tt.bad, out.WrongVerdicts, out.FalseAccepts, want, bad)
			}
			if got := out.Valid.Response.Count() == valid; got != tt.inHistogram {
				t.Errorf("%s and %s: %d valid times of %d", tt.valid, tt.bad, out.Valid.Response.Count(), valid)
			}
			if got := out.Refused.Response.Count() == bad; got == tt.badWrong {
				t.Errorf("%s and %s: %d refused times of %d", tt.valid, tt.bad, out.Refused.Response.Count(), bad)
			}
		}
	})
}

func TestGone(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		t.Parallel() // each waits for a second
		s := serve(t, always(ok))
		c := dial(t, e, s, Endpoint{Connections: 3})
		s.stop()
		out, err := c.Run(context.Background(), Slice{Measure: time.Minute})
		if !errors.Is(err, ErrGone) || out == nil {
			t.Fatalf("error %v, outcome %v", err, out)
		}
		if out.Errors[ErrorRefused] == 0 || out.Measured <= 0 {
			t.Errorf("errors %v in %v", out.Errors, out.Measured)
		}
	})
}

// TestUnsentRequestsAreScheduled: what found no free connection in time is not
// sent, and is seen to be missing.
func TestUnsentRequestsAreScheduled(t *testing.T) {
	silent := func(*net.TCPConn, int, []byte) bool { return true }
	eachEngine(t, func(t *testing.T, e Engine) {
		// Each request holds the connection for the timeout, so that at most two
		// are sent until one timeout after the end.
		out := few(t, dial(t, e, serve(t, silent), Endpoint{Timeout: brief}), 20)
		if out.Scheduled != 20 || out.Sent > 2 || out.Errors[ErrorTimeout] != out.Sent {
			t.Errorf("scheduled %d, sent %d, errors %v", out.Scheduled, out.Sent, out.Errors)
		}
	})
}

func TestCancel(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		release := make(chan struct{})
		var held atomic.Bool
		s := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
			if held.CompareAndSwap(false, true) {
				<-release
				return always("HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n")(c, n, b)
			}
			return always(ok)(c, n, b)
		})
		c := dial(t, e, s, Endpoint{Timeout: time.Minute})
		ctx, cancel := context.WithCancel(context.Background())
		out, err := c.Run(ctx, Slice{Measure: time.Minute, Begin: func() { time.AfterFunc(brief, cancel) }})
		if !errors.Is(err, context.Canceled) || out == nil || out.Measured <= 0 || out.Measured > time.Minute {
			t.Fatalf("error %v, outcome %+v", err, out)
		}
		if _, err := c.Run(ctx, Slice{Measure: time.Minute}); !errors.Is(err, context.Canceled) {
			t.Errorf("with a cancelled context: %v", err)
		}
		// The answer to what was under way must not be taken for the next slice's.
		next := run(t, c, Slice{
			Arrivals: bench.Constant, Rate: 2000, Measure: 5 * time.Millisecond,
			End: func() { time.AfterFunc(brief, func() { close(release) }) },
		})
		if next.Completed != 10 || next.statuses()[200] != 10 {
			t.Errorf("the next slice: %d completed, statuses %v", next.Completed, next.statuses())
		}
		<-release
	})
}

func TestDialFails(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		s := serve(t, always(ok))
		addr := s.Addr().String()
		s.stop()
		good := Endpoint{Addr: addrPort(addr), Connections: 4, Timeout: time.Second, Workload: plain(t, "GET")}
		for name, change := range map[string]func(*Endpoint){
			"refused":                func(*Endpoint) {},
			"not a loopback address": func(e *Endpoint) { e.Addr = addrPort("192.0.2.1:80") },
			"0 connections":          func(e *Endpoint) { e.Connections = 0 },
			"a timeout of 0s":        func(e *Endpoint) { e.Timeout = 0 },
			"no workload":            func(e *Endpoint) { e.Workload = nil },
			"::2]:80 is not a loop":  func(e *Endpoint) { e.Addr = addrPort("[::2]:80") },
		} {
			bad := good
			change(&bad)
			if _, err := e.Dial(context.Background(), bad); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want one with %q", err, name)
			}
		}
	})
}
