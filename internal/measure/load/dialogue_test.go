package load

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"authbench/bench"
)

// raw is a workload of one request, as it is sent.
func raw(t testing.TB, request string) *Workload {
	t.Helper()
	w, err := NewWorkload(WorkloadSpec{Prefix: []byte(request), Expect: [len(bench.Classes)][]int{{200}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// impatient is a server that closes connections that were idle for a while, with or
// without a word.
func impatient(t *testing.T, idle time.Duration, word string) *testServer {
	t.Helper()
	s := &testServer{}
	s.listen(t, func(c *net.TCPConn) {
		request := make([]byte, 4096)
		for {
			c.SetReadDeadline(time.Now().Add(idle))
			if _, err := c.Read(request); err != nil {
				c.Write([]byte(word))
				return
			}
			if _, err := c.Write([]byte(ok)); err != nil {
				return
			}
		}
	})
	return s
}

// What events mean, one after the other: a, r and R begin a request (on a fresh
// connection, on one that has been idle, and one that must not be sent twice), e is the
// end of the stream, b a broken connection, x a failure to send, again the same
// request on another connection; all else is what the
// server says.
func TestDialogue(t *testing.T) {
	const timeout = "HTTP/1.1 408 Slow\r\nContent-Length: 0\r\n"
	for _, tt := range []struct {
		name   string
		events []string
		want   fate
		kind   string
	}{
		{"an answer", []string{"a", ok}, answered, ""},
		{"half of one", []string{"a", ok[:9]}, pending, ""},
		{"the end while idle", []string{"e"}, closedIdle, ""},
		{"a reset while idle", []string{"a", ok, "b"}, closedIdle, ""},
		{"bytes while idle", []string{ok}, unsolicited, ""},
		{"a second answer", []string{"a", ok, ok}, unsolicited, ""},
		{"two answers at once", []string{"a", ok + ok}, answeredMore, ""},
		{"the end at once", []string{"a", "e"}, failed, ErrorClosed},
		{"a reset at once", []string{"a", "b"}, failed, ErrorReset},
		{"the end after an answer", []string{"a", ok, "a", "e"}, raced, ""},
		{"a reset after an answer", []string{"a", ok, "a", "b"}, raced, ""},
		{"the end of what was idle", []string{"r", "e"}, raced, ""},
		{"the same twice", []string{"r", "e", "again", "e"}, failed, ErrorClosed},
		{"the end after the first byte", []string{"r", "H", "e"}, failed, ErrorClosed},
		{"not to be sent again", []string{"R", "e"}, failed, ErrorClosed},
		{"408 to a request", []string{"a", timeout + "Connection: close\r\n\r\n"}, answeredLast, ""},
		{"408 while a request is on its way", []string{"r", timeout + "Connection: close\r\n\r\n"}, raced, ""},
		{"408 and the connection stays", []string{"r", timeout + "\r\n"}, answered, ""},
		{"an answer to half a request", []string{"a", "x", ok}, answeredLast, ""},
		{"no answer to half a request", []string{"a", "x", "e"}, failed, ErrorReset},
		{"an answer until the end", []string{"a", "HTTP/1.1 200 OK\r\n\r\nx", "e"}, answeredLast, ""},
		{"an answer until a reset", []string{"a", "HTTP/1.1 200 OK\r\n\r\nx", "b"}, failed, ErrorReset},
		{"not HTTP", []string{"a", "SSH-2.0\r\n"}, failed, ErrorMalformed},
	} {
		var d dialogue
		var got fate
		for _, event := range tt.events {
			switch event {
			case "a":
				d.req = request{}
				d.ask(question{idempotent: true})
			case "r", "R":
				d.req = request{free: 0, sent: idleLeast}
				d.ask(question{idempotent: event == "r"})
			case "again":
				d.ask(question{idempotent: true})
			case "e":
				got = d.ended()
			case "b":
				got = d.lost(ErrorReset)
			case "x":
				d.cut = true
			default:
				got = d.heard([]byte(event), false, false)
			}
		}
		if got != tt.want || got == failed && (d.kind != tt.kind || (d.reason != nil) != (tt.kind == ErrorMalformed)) {
			t.Errorf("%s: fate %d, kind %q, reason %v; want %d, %q", tt.name, got, d.kind, d.reason, tt.want, tt.kind)
		}
		if d.asking != (got == pending) {
			t.Errorf("%s: asking %v after fate %d", tt.name, d.asking, got)
		}
	}
}

// A server that closes idle connections is healthy: no request fails for that.
func TestIdleConnectionsAreClosed(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		t.Parallel() // it waits most of the time
		s := impatient(t, 2*time.Duration(idleLeast), "")
		c := dial(t, e, s, Endpoint{Connections: 10})
		out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 20, Measure: time.Second})
		if out.Completed != 20 || len(out.Errors) > 0 || out.Unsolicited != 0 {
			t.Errorf("%d completed, errors %v, %d unsolicited", out.Completed, out.Errors, out.Unsolicited)
		}
		if got := s.accepted.Load(); got <= 10 {
			t.Errorf("%d connections: the server closed none", got)
		}
	})
}

// A connection that ended between two slices is replaced before it is used, even for
// requests that must not be sent twice.
func TestClosedBetweenSlices(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		s := serve(t, always(ok))
		c := dial(t, e, s, Endpoint{Connections: 3, Workload: plain(t, "POST")})
		few(t, c, 10)
		s.drop()
		time.Sleep(100 * time.Millisecond) // the portable engine hears of it from a goroutine that must get a CPU first
		if out := few(t, c, 10); out.Completed != 10 || len(out.Errors) != 0 || out.Resent != 0 {
			t.Errorf("%d completed, errors %v, %d sent again", out.Completed, out.Errors, out.Resent)
		}
	})
}

// A server that closes whatever it accepts fails every request, each after one more
// try at most.
func TestClosedAtOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		s := serve(t, func(*net.TCPConn, int, []byte) bool { return false })
		out := few(t, dial(t, e, s, Endpoint{Connections: 2}), 10)
		failed := out.Errors[ErrorClosed] + out.Errors[ErrorReset]
		if failed != 10 || out.Completed != 0 || len(s.received()) > 20 {
			t.Errorf("errors %v, %d completed, %d requests arrived", out.Errors, out.Completed, len(s.received()))
		}
	})
}

// Bytes that no request asked for are never an answer.
func TestUnsolicited(t *testing.T) {
	const unavailable = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
	for _, tt := range []struct{ name, says string }{
		{"an answer at once behind the answer", ok + unavailable},
		{"a line behind the answer", ok + "\r\n"},
		{"a body where there must be none", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nok"},
	} {
		eachEngine(t, func(t *testing.T, e Engine) {
			s := serve(t, always(tt.says))
			out := few(t, dial(t, e, s, Endpoint{Connections: 2}), 10)
			if out.Completed != 10 || out.Unsolicited != 10 || out.statuses()[503] != 0 || len(out.Errors) > 0 {
				t.Errorf("%s: statuses %v, %d unsolicited, errors %v", tt.name, out.statuses(), out.Unsolicited, out.Errors)
			}
			if got := s.accepted.Load(); got < 10 {
				t.Errorf("%s: %d connections", tt.name, got)
			}
		})
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		t.Parallel() // it waits most of the time
		s := impatient(t, 2*time.Duration(idleLeast), "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		out := run(t, dial(t, e, s, Endpoint{Connections: 10}), Slice{Arrivals: bench.Constant, Rate: 20, Measure: time.Second})
		if out.Completed != 20 || out.statuses()[200] != 20 || out.Unsolicited == 0 || len(out.Errors) > 0 {
			t.Errorf("408 before an idle close: statuses %v, %d unsolicited, errors %v", out.statuses(), out.Unsolicited, out.Errors)
		}
	})
}

// A request that says close ends its connection, wherever and however it says so.
func TestTheRequestEndsTheConnection(t *testing.T) {
	for field, ends := range map[string]bool{
		"Connection: close": true, "connection: Close": true, "CONNECTION:x, close ,y": true, "Connection: keep-alive": false,
		"Connection: closed": false, "X-Connection: close": false,
	} {
		eachEngine(t, func(t *testing.T, e Engine) {
			s := serve(t, func(c *net.TCPConn, n int, b []byte) bool {
				return always(ok)(c, n, b) && !ends // as asked, without a word
			})
			c := dial(t, e, s, Endpoint{Connections: 2, Workload: raw(t, "GET / HTTP/1.1\r\nHost: test\r\n"+field+"\r\n\r\n")})
			out := few(t, c, 10)
			if out.Completed != 10 || len(out.Errors) > 0 || out.Resent > 0 {
				t.Errorf("%q: %d completed, errors %v, %d sent again", field, out.Completed, out.Errors, out.Resent)
			}
			if got := s.accepted.Load(); (got >= 10) != ends {
				t.Errorf("%q: %d connections", field, got)
			}
		})
	}
}

func TestQuestion(t *testing.T) {
	for request, want := range map[string]question{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nConnection: close\r\n":            {idempotent: true},
		"HEAD / HTTP/1.1\r\n\r\n":                                           {head: true, idempotent: true},
		"POST / HTTP/1.1\r\nconnection: a,CLOSE\r\n\r\n":                    {close: true},
		"GET / HTTP/1.0\r\n\r\n":                                            {close: true, idempotent: true},
		"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n":                  {idempotent: true},
		"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r": {upgrade: true, idempotent: true},
		"": {},
	} {
		if got := newQuestion([]byte(request)); got != want {
			t.Errorf("%q: %+v, want %+v", request, got, want)
		}
	}
	w, err := NewWorkload(WorkloadSpec{
		Prefix: []byte("GET / HTTP/1.1\r\nAuthorization: "), Suffix: []byte("\r\nConnection: close\r\n\r\n"),
		Credentials: numbered{}, Mix: []Share{{bench.Valid, 1, 1}},
	})
	if err != nil || !w.asked.close {
		t.Errorf("behind the credential: %+v, %v", w, err)
	}
}

// An answer that comes before the request is sent is the answer, also where the rest
// then cannot be sent.
func TestEarlyAnswer(t *testing.T) {
	const refusal = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n"
	large := fmt.Sprintf("POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", 8<<20, strings.Repeat("x", 8<<20))
	for name, end := range map[string]func(*net.TCPConn){
		"closes at once":  func(*net.TCPConn) {},
		"resets at once":  func(c *net.TCPConn) { c.SetLinger(0) },
		"closes later":    func(*net.TCPConn) { time.Sleep(20 * time.Millisecond) },
		"reads on a bit":  func(c *net.TCPConn) { io.CopyN(io.Discard, c, 1<<20) },
		"reads it all":    func(c *net.TCPConn) { io.CopyN(io.Discard, c, 8<<20) },
		"waits for close": func(c *net.TCPConn) { time.Sleep(100 * time.Millisecond) },
	} {
		eachEngine(t, func(t *testing.T, e Engine) {
			s := &testServer{}
			s.listen(t, func(c *net.TCPConn) {
				if _, err := c.Read(make([]byte, 100)); err == nil {
					c.Write([]byte(refusal + "Connection: close\r\n\r\n"))
					end(c)
				}
			})
			out := few(t, dial(t, e, s, Endpoint{Connections: 2, Timeout: time.Minute, Workload: raw(t, large)}), 6)
			if out.statuses()[413] != 6 || len(out.Errors) > 0 {
				t.Errorf("%s: statuses %v, errors %v", name, out.statuses(), out.Errors)
			}
		})
	}
}

// A refused answer says what was wrong with it, in the same words under every engine.
func TestMalformedAnswers(t *testing.T) {
	eachEngine(t, func(t *testing.T, e Engine) {
		for _, tt := range responses {
			if tt.want.err == nil {
				continue
			}
			out := few(t, dial(t, e, serve(t, always(tt.bytes)), Endpoint{Connections: 2}), 3)
			if out.Malformed[tt.want.err.Error()] != 3 || len(out.Malformed) != 1 || out.Errors[ErrorMalformed] != 3 || out.Completed != 0 {
				t.Errorf("%s: malformed %v, errors %v, %d completed", tt.name, out.Malformed, out.Errors, out.Completed)
			}
		}
	})
}

// Whatever a server sends, what it takes to read it is bounded for all connections
// together: it sends far more here than the bound.
func TestMemory(t *testing.T) {
	const connections, bound = 50, 40 << 20
	for name, says := range map[string][2]string{
		"endless chunked body": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("400\r\n"+strings.Repeat("x", 1024)+"\r\n", 64)},
		"endless body":         {"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n", strings.Repeat("x", 64<<10)},
		"endless head":         {"HTTP/1.1 200 OK\r\n", strings.Repeat("X-Padding: "+strings.Repeat("x", 1011)+"\r\n", 64)},
		"endless line":         {"HTTP/1.1 200 OK\r\nA: ", strings.Repeat("x", 64<<10)},
		"endless interim":      {"", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000)},
	} {
		eachEngine(t, func(t *testing.T, e Engine) {
			begin, more := []byte(says[0]), []byte(says[1])
			var sent atomic.Int64
			s := &testServer{}
			s.listen(t, func(c *net.TCPConn) {
				if _, err := c.Read(make([]byte, 4096)); err != nil {
					return
				}
				for b := begin; ; b = more {
					n, err := c.Write(b)
					if sent.Add(int64(n)); err != nil {
						return
					}
				}
			})
			c := dial(t, e, s, Endpoint{Connections: connections, Timeout: 500 * time.Millisecond})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			out := run(t, c, Slice{Measure: brief})
			runtime.ReadMemStats(&after)
			if grown := int64(after.Sys) - int64(before.Sys); grown > bound || out.Completed != 0 {
				t.Errorf("%s: %d MiB more for the %d MiB that were sent, %d completed", name, grown>>20, sent.Load()>>20, out.Completed)
			}
			if out.Errors[ErrorTimeout]+out.Errors[ErrorMalformed] == 0 {
				t.Errorf("%s: errors %v", name, out.Errors)
			}
		})
	}
}

// With a count, what is due and cannot be sent in time shows as it does without.
func TestOverdueWithACount(t *testing.T) {
	slow := func(c *net.TCPConn, n int, b []byte) bool {
		time.Sleep(10 * time.Millisecond)
		return always(ok)(c, n, b)
	}
	eachEngine(t, func(t *testing.T, e Engine) {
		c := dial(t, e, serve(t, slow), Endpoint{Timeout: time.Minute})
		for _, arrivals := range []bench.Arrivals{bench.Constant, bench.Poisson} {
			out := run(t, c, Slice{Arrivals: arrivals, Rate: 2000, Count: 20, Measure: time.Hour})
			// All are due within some 10 ms, in which one or two can be sent.
			if out.Scheduled != 20 || out.Sent != 20 || out.Completed != 20 || out.Overdue < 10 {
				t.Errorf("%s: scheduled %d, sent %d, %d of them late, completed %d", arrivals, out.Scheduled, out.Sent, out.Overdue, out.Completed)
			}
		}
	})
}

// A slice from a server that stalls ends long before its requests could all time out
// one after the other; the clock of the engine's threads is in [TestASliceEndsInTime].
func TestAStallEnds(t *testing.T) {
	silent := func(*net.TCPConn, int, []byte) bool { return true }
	eachEngine(t, func(t *testing.T, e Engine) {
		t.Parallel() // it waits most of the time
		c := dial(t, e, serve(t, silent), Endpoint{Timeout: 200 * time.Millisecond})
		began := time.Now()
		out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 1000, Measure: 200 * time.Millisecond})
		if took := time.Since(began); took > 10*time.Second { // 40 s for all
			t.Errorf("it took %v", took)
		}
		if out.Scheduled != 200 || out.Sent > 4 || out.Errors[ErrorTimeout] != out.Sent || len(out.Errors) != 1 {
			t.Errorf("scheduled %d, sent %d, errors %v", out.Scheduled, out.Sent, out.Errors)
		}
	})
}

// The answer of an exchange is what its server said first, whatever becomes of the
// request.
func TestExchangeTakesAnEarlyAnswer(t *testing.T) {
	s := &testServer{}
	s.listen(t, func(c *net.TCPConn) {
		if _, err := c.Read(make([]byte, 100)); err == nil {
			c.Write([]byte("HTTP/1.1 100 Continue\r\nX: interim\r\n\r\nHTTP/1.1 431 Too Large\r\nTransfer-Encoding: chunked\r\nX: final\r\n\r\n3\r\nbig\r\n0\r\n\r\n"))
			c.SetLinger(0)
		}
	})
	request := append([]byte("POST / HTTP/1.1\r\nContent-Length: 8388608\r\n\r\n"), bytes.Repeat([]byte("x"), 8<<20)...)
	got, err := Exchange(t.Context(), addrPort(s.Addr().String()), request, time.Minute)
	if err != nil || got.Status != 431 || string(got.Body) != "big" || len(got.Header["X"]) != 1 || got.Header.Get("X") != "final" {
		t.Errorf("%+v, %v", got, err)
	}
}

// An exchange refuses what the engines refuse, and says why.
func TestExchangeRefusesMalformedAnswers(t *testing.T) {
	for _, tt := range responses {
		if tt.want.err == nil {
			continue
		}
		s := serve(t, always(tt.bytes))
		if _, err := Exchange(t.Context(), addrPort(s.Addr().String()), []byte("GET / HTTP/1.1\r\n\r\n"), time.Minute); !errors.Is(err, tt.want.err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
