package load

import (
	"fmt"
	"net"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"authbench/bench"
)

const (
	// hostileRequests are sent to each server, over hostileConnections unless a row says
	// otherwise.
	hostileRequests    = 6
	hostileConnections = 2
	// hostileTimeout is that of the servers that make requests time out, patientTimeout
	// that of all others, for which a busy machine takes no less than it needs.
	hostileTimeout = 250 * time.Millisecond
	patientTimeout = 20 * time.Second
	// hostileMargin is what a row may take longer than its bound on a busy machine.
	hostileMargin = 15 * time.Second
	// hostileHeap bounds by how much the memory of the whole process grows in a row, the
	// server included, and endlessHeap that for endless answers over 50 connections.
	hostileHeap = 48 << 20
	endlessHeap = 100 << 20
)

// uses says what becomes of connections: how many the server sees.
type uses int

const (
	// reused: each takes the next request.
	reused uses = iota
	// once: each takes one request.
	once
	// some: more than there are at once, but how many depends on how they overlap.
	some
)

// hostile is a way in which a server misbehaves, and what is right then for each of
// the requests: a status, or a kind of error, with the rule that was broken if the
// answer is malformed.
type hostile struct {
	name   string
	serve  handler
	status int
	kind   string
	reason error
	uses   uses
	// unsolicited says that connections are dropped for bytes that nobody asked for, at
	// once that this may be before the slice, which does not count them then.
	unsolicited, atOnce bool
	// request is what is sent, if not a plain GET, and body how large its body is.
	request string
	body    int
	// connections, if not hostileConnections; and the pause between the requests of an
	// open load, if that is when something happens.
	connections int
	pause       time.Duration
	heap        uint64
}

// answersOf are servers whose answers are right, however odd.
func answersOf() []hostile {
	const get = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
	const closing = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
	const head = "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n"
	on := func(name string, r reply, u uses) hostile {
		return hostile{name: name, serve: conversing(r), status: 200, uses: u}
	}
	as := func(h hostile, status int) hostile { h.status = status; return h }
	to := func(h hostile, request string) hostile { h.request = request; return h }
	surplus := func(h hostile) hostile { h.uses, h.unsolicited = once, true; return h }
	return []hostile{
		on("plain", always(ok), reused),
		on("byte by byte", dripping(ok, brief/200), reused),
		on("equal lengths", always(framed("Content-Length: 2\r\nContent-Length: 2", "ok")), reused),
		on("equal lengths in one field", always(framed("Content-Length: 2, 2", "ok")), reused),
		on("chunks", always(chunked("1\r\no\r\n1\r\nk\r\n0\r\n\r\n")), reused),
		on("chunk extensions", always(chunked("2;a=b\r\nok\r\n0;c\r\n\r\n")), reused),
		on("trailers", always(chunked("2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n")), reused),
		on("no reason", always(status("HTTP/1.1 200")), reused),
		on("an empty reason", always(status("HTTP/1.1 200 ")), reused),
		on("100 ten times", always(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10)+ok), reused),
		on("103", always("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"+ok), reused),
		as(on("204 with a length", always("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"), reused), 204),
		as(on("304 with a length", always("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), reused), 304),
		to(on("HEAD with a length", always(framed("Content-Length: 5", "")), reused), head),
		on("HTTP/1.0 with keep-alive", always("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"), reused),
		on("UTF-8 in a value", always(with("X-Name: Zoë")), reused),
		on("NUL in a value", always(with("X-Name: \x00")), reused),
		on("HTTP/1.0", thenHang("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), once),
		on("HTTP/1.0 without a length", thenClose("HTTP/1.0 200 OK\r\n\r\nok"), once),
		on("no length", thenClose("HTTP/1.1 200 OK\r\n\r\nok"), once),
		on("close, and it waits for the client", thenHang(with("Connection: close")), once),
		to(on("the request closes", always(ok), once), closing),
		on("closed after each answer", thenClose(ok), once),
		surplus(on("surplus bytes", always(framed("Content-Length: 2", "ok and more")), once)),
		surplus(on("a second answer", always(ok+ok), once)),
		surplus(on("garbage behind", always(ok+"\x00\x01\x02"), once)),
		surplus(as(on("204 with a body", always("HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"), once), 204)),
		surplus(to(on("HEAD with a body", always(ok), once), head)),
		{name: "early 413, closed", serve: early("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false), status: 413, uses: once, body: 20 << 20, connections: 1, heap: 256 << 20},
		{name: "early 413, closed in order", serve: early("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true), status: 413, uses: once, body: 20 << 20, connections: 1, heap: 256 << 20},
		{name: "early 401, kept", serve: keeping("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), status: 401, uses: once, body: 20 << 20, connections: 1, heap: 256 << 20},
		{name: "431", serve: early("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false), status: 431, uses: once, request: strings.Replace(get, "\r\n\r\n", "\r\n"+filler[:20<<10]+"\r\n\r\n", 1)},
		{name: "idle connections are closed", serve: weary(""), status: 200, uses: some, connections: 1, pause: idleTime + brief},
		{name: "idle connections are closed with 408", serve: weary("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), status: 200, uses: some, unsolicited: true, connections: 1, pause: idleTime + brief},
		{name: "an answer before any request", serve: greeting("HTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n", hostileConnections), status: 200, uses: some, atOnce: true},
		{name: "an answer long after", serve: conversing(later("HTTP/1.1 299 Unasked\r\nContent-Length: 0\r\n\r\n", false)), status: 200, uses: some, unsolicited: true, connections: 1, pause: brief},
		{name: "closed shortly after each answer", serve: conversing(later("", true)), status: 200, uses: some, connections: 1, pause: brief},
	}
}

// malformedOf are servers whose answers are none.
func malformedOf() []hostile {
	on := func(name, answer string, reason error) hostile {
		return hostile{name: name, serve: conversing(thenHang(answer)), kind: ErrorMalformed, reason: reason, uses: once}
	}
	return []hostile{
		on("another protocol", "SSH-2.0-OpenSSH_9.9\r\n\r\n", errStatusLine),
		on("HTTP/2.0", status("HTTP/2.0 200 OK"), errStatusLine),
		on("status 99", status("HTTP/1.1 99 Low"), errStatusLine),
		on("status 1000", status("HTTP/1.1 1000 High"), errStatusLine),
		on("status 000", status("HTTP/1.1 000 None"), errStatus),
		on("101 unasked", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", errSwitch),
		on("a negative length", framed("Content-Length: -2", "ok"), errLength),
		on("a length that is no number", framed("Content-Length: two", "ok"), errLength),
		on("a length beyond all", framed("Content-Length: 99999999999999999999", "ok"), errLength),
		on("different lengths", framed("Content-Length: 2\r\nContent-Length: 3", "ok"), errLengths),
		on("different lengths in one field", framed("Content-Length: 2, 3", "ok"), errLengths),
		on("a length beside chunks", framed("Content-Length: 2\r\nTransfer-Encoding: chunked", "2\r\nok\r\n0\r\n\r\n"), errLengthEncoding),
		on("another encoding", framed("Transfer-Encoding: gzip, chunked", ""), errEncoding),
		on("HTTP/1.0 in chunks", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", errEncoding10),
		on("a chunk of no size", chunked("xyz\r\nok\r\n0\r\n\r\n"), errChunk),
		on("a chunk longer than it says", chunked("1\r\nok\r\n0\r\n\r\n"), errChunk),
		on("a folded field", with("X: a\r\n b"), errFold),
		on("bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", errLineEnd),
		on("a space before the colon", with("X : a"), errField),
		on("a name of UTF-8", with("Zoë: a"), errField),
		on("a name of nothing", with(": a"), errField),
		on("a head that is too large", "HTTP/1.1 200 OK\r\n"+filler, errHeadTooLarge),
		{name: "an endless head", serve: conversing(pouring("HTTP/1.1 200 OK\r\n", "X: y\r\n", 0)), kind: ErrorMalformed, reason: errHeadTooLarge, uses: once},
		{name: "an endless line", serve: conversing(pouring("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 1<<10), 0)), kind: ErrorMalformed, reason: errHeadTooLarge, uses: once},
		{name: "100 without end", serve: conversing(pouring("", "HTTP/1.1 100 Continue\r\n\r\n", 0)), kind: ErrorMalformed, reason: errInterim, uses: once},
	}
}

// brokenOf are servers that end a connection, or let it hang, at each phase.
func brokenOf() []hostile {
	var out []hostile
	for phase, said := range map[string]string{
		"before the status line": "", "in it": "HTTP/1.1 2", "in the head": "HTTP/1.1 200 OK\r\nContent-Le",
		"after the head": framed("Content-Length: 9", ""), "in the body": framed("Content-Length: 9", "part"),
		"in a chunk": chunked("9\r\npart"), "before the last chunk": chunked("2\r\nok\r\n"),
	} {
		out = append(out,
			hostile{name: "closed " + phase, serve: conversing(thenClose(said)), kind: ErrorClosed, uses: once},
			hostile{name: "reset " + phase, serve: conversing(thenReset(said)), kind: ErrorReset, uses: once},
			hostile{name: "a stall " + phase, serve: conversing(thenHang(said)), kind: ErrorTimeout, uses: once},
		)
	}
	endless := strings.Repeat("x", 64<<10)
	return append(out,
		hostile{name: "a body that is too short", serve: conversing(thenClose(framed("Content-Length: 99", "ok"))), kind: ErrorClosed, uses: once},
		hostile{name: "a head byte by byte, too slow", serve: conversing(dripping(with("X: "+strings.Repeat("x", 1<<10)), brief/4)), kind: ErrorTimeout, uses: once},
		hostile{name: "a body byte by byte, too slow", serve: conversing(dripping(framed("Content-Length: 1000", strings.Repeat("x", 1000)), brief/4)), kind: ErrorTimeout, uses: once},
		hostile{name: "it never reads", serve: unread, kind: ErrorTimeout, uses: once, body: 20 << 20, connections: 1, heap: 256 << 20},
		hostile{name: "an endless body with a length", serve: conversing(pouring(framed("Content-Length: 1000000000000000", ""), endless, brief/8)), kind: ErrorTimeout, uses: once, connections: 50, heap: endlessHeap},
		hostile{name: "an endless body until it closes", serve: conversing(pouring("HTTP/1.1 200 OK\r\n\r\n", endless, brief/8)), kind: ErrorTimeout, uses: once, connections: 50, heap: endlessHeap},
		hostile{name: "an endless body in chunks", serve: conversing(pouring(chunked(""), "10000\r\n"+endless+"\r\n", brief/8)), kind: ErrorTimeout, uses: once, connections: 50, heap: endlessHeap},
		// Few connections: the servers of this row are in this process, and leave the engine
		// little of it.
		hostile{name: "more than can be read", serve: conversing(pouring(chunked(""), strings.Repeat("1\r\nx\r\n", 8<<10), 0)), kind: ErrorTimeout, uses: once, connections: 8, heap: endlessHeap},
		hostile{name: "trailers without end", serve: conversing(pouring(chunked("0\r\n"), "X: y\r\n", 0)), kind: ErrorMalformed, reason: errHeadTooLarge, uses: once},
	)
}

// TestHostileServers puts every engine, with either kind of load, before servers that
// misbehave.
func TestHostileServers(t *testing.T) {
	for _, name := range []string{Uring, Epoll, Portable} {
		t.Run(name, func(t *testing.T) {
			e := start(t, Options{Name: name, Poll: PollNever})
			for _, rows := range [][]hostile{answersOf(), malformedOf(), brokenOf()} {
				for _, h := range rows {
					t.Run(h.name, func(t *testing.T) {
						if h.pause == 0 {
							t.Run("closed", func(t *testing.T) { h.meet(t, e, false) })
						}
						t.Run("open", func(t *testing.T) { h.meet(t, e, true) })
					})
				}
			}
		})
	}
}

// slice is the load that a row is put under: its requests, and how long it takes at
// most, but for the margin.
func (h hostile) slice(open bool, timeout time.Duration, connections int) (s Slice, requests int64, bound time.Duration) {
	n := max(hostileRequests, connections)
	if !open {
		each := (n + connections - 1) / connections
		return Slice{Measure: time.Hour, Count: int64(n)}, int64(n), time.Duration(each)*timeout + Drain
	}
	gap := max(h.pause, time.Second/2000)
	length := time.Duration(n) * gap
	return Slice{Arrivals: bench.Constant, Rate: float64(time.Second) / float64(gap), Measure: length}, int64(n), length + timeout + Drain
}

// meet takes a slice against the server, and judges what was counted.
func (h hostile) meet(t *testing.T, e Engine, open bool) {
	s := hostileServer(t, h.serve)
	timeout, connections, heap := patientTimeout, hostileConnections, uint64(hostileHeap)
	if h.kind == ErrorTimeout {
		timeout = hostileTimeout
	}
	if h.connections > 0 {
		connections = h.connections
	}
	if h.heap > 0 {
		heap = h.heap
	}
	c := dial(t, e, s, Endpoint{Connections: connections, Timeout: timeout, Workload: h.workload(t)})
	if h.atOnce {
		time.Sleep(brief) // what the server says is there
	}
	slice, requests, bound := h.slice(open, timeout, connections)
	grown := watchHeap()
	began := time.Now()
	out := run(t, c, slice)
	took, most := time.Since(began), grown()
	if took > bound+hostileMargin {
		t.Errorf("it took %v, want %v at most", took, bound)
	}
	if most > heap {
		t.Errorf("the memory grew by %d MiB, want %d at most", most>>20, heap>>20)
	}
	if open && h.kind == ErrorTimeout {
		if out.Scheduled != requests {
			t.Errorf("%d requests scheduled, want %d", out.Scheduled, requests)
		}
		requests = out.Sent // the others found no connection free
	}
	h.judge(t, out, requests, s.accepted.Load(), int64(connections))
}

// judge compares what was counted with what is right.
func (h hostile) judge(t *testing.T, out *Outcome, requests, opened, connections int64) {
	t.Helper()
	statuses, errors, malformed := map[int]int64{}, map[string]int64{}, map[string]int64{}
	switch {
	case h.status > 0:
		statuses[h.status] = requests
	case requests > 0:
		errors[h.kind] = requests
	}
	if h.kind == ErrorTimeout {
		// Of a connection that was opened again, too late for any request: the server
		// may keep the machine busy.
		delete(out.Errors, ErrorDial)
	}
	if h.reason != nil {
		malformed[h.reason.Error()] = requests
	}
	if !equalCounts(out.statuses(), statuses) || !equalCounts(out.Errors, errors) || !equalCounts(out.Malformed, malformed) {
		t.Errorf("statuses %v, errors %v, malformed %v; want %v, %v, %v", out.statuses(), out.Errors, out.Malformed, statuses, errors, malformed)
	}
	if (out.Unsolicited > 0) != h.unsolicited && !h.atOnce {
		t.Errorf("%d connections dropped for bytes that nobody asked for; want some: %v", out.Unsolicited, h.unsolicited)
	}
	// One more for each that was opened again and not used, or was resent.
	least, most := connections, connections
	switch h.uses {
	case once:
		least, most = max(connections, requests), requests+2*connections+out.Resent
	case some:
		least, most = connections+1, 3*requests+2*connections
	}
	if opened < least || opened > most {
		t.Errorf("%d connections were opened for %d requests (%d resent), want %d to %d", opened, requests, out.Resent, least, most)
	}
}

// A server that hangs up on everybody answers nothing, and is not dialled in a loop.
func TestServerThatHangsUp(t *testing.T) {
	for _, name := range []string{Uring, Epoll, Portable} {
		for _, reset := range []bool{false, true} {
			for _, rate := range []float64{0, 100} {
				t.Run(fmt.Sprintf("%s reset %v rate %v", name, reset, rate), func(t *testing.T) {
					e := start(t, Options{Name: name, Poll: PollNever})
					s := hostileServer(t, hangingUp(reset))
					c := dial(t, e, s, Endpoint{Connections: hostileConnections})
					slice := Slice{Rate: rate, Measure: 10 * brief}
					if rate > 0 {
						slice.Arrivals = bench.Constant
					}
					out := run(t, c, slice)
					delete(out.Errors, ErrorClosed)
					delete(out.Errors, ErrorReset)
					delete(out.Errors, ErrorDial) // ended while it was opened
					if out.Completed != 0 || len(out.Errors) > 0 || out.Unsolicited > 0 {
						t.Errorf("%d answers, errors %v besides, %d unsolicited", out.Completed, out.Errors, out.Unsolicited)
					}
					// Each waits for 10 ms before it is opened again.
					if n, most := s.accepted.Load(), int64(hostileConnections*(2+10*brief/retryAfter)); n < 3 || n > most {
						t.Errorf("%d connections were opened, want %d at most", n, most)
					}
				})
			}
		}
	}
}

// A server that goes away in the middle of a slice and comes back is found again.
func TestServerThatComesBack(t *testing.T) {
	for _, name := range []string{Uring, Epoll, Portable} {
		t.Run(name, func(t *testing.T) {
			e := start(t, Options{Name: name, Poll: PollNever})
			first, second := serve(t, always(ok)), &testServer{}
			c := dial(t, e, first, Endpoint{Connections: hostileConnections})
			var away sync.WaitGroup
			away.Go(func() {
				time.Sleep(2 * brief)
				first.stop()
				time.Sleep(4 * brief)
				second.listenAt(t, first.Addr().String(), func(c *net.TCPConn) { second.converse(c, always(ok)) })
			})
			out := run(t, c, Slice{Arrivals: bench.Constant, Rate: 100, Measure: 20 * brief})
			away.Wait()
			failed := out.Errors[ErrorClosed] + out.Errors[ErrorReset]
			if out.Errors[ErrorRefused] == 0 || out.Completed+failed != out.Sent || out.Sent != out.Scheduled || failed > hostileConnections {
				t.Errorf("scheduled %d, sent %d, completed %d, errors %v", out.Scheduled, out.Sent, out.Completed, out.Errors)
			}
			if len(second.received()) == 0 {
				t.Error("it was not found again")
			}
		})
	}
}

func equalCounts[K comparable](got, want map[K]int64) bool {
	if len(got) != len(want) {
		return false
	}
	for k, n := range want {
		if got[k] != n {
			return false
		}
	}
	return true
}

// workload is what the row sends.
func (h hostile) workload(t *testing.T) *Workload {
	t.Helper()
	request := h.request
	if request == "" {
		request = "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
	}
	if h.body > 0 {
		request = fmt.Sprintf("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n%s", h.body, strings.Repeat("x", h.body))
	}
	w, err := NewWorkload(WorkloadSpec{Prefix: []byte(request), Expect: [len(bench.Classes)][]int{{200}}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// watchHeap looks at the process's memory, all of it that Go has in use, and returns a
// function that ends that and says by how much it has grown at most.
func watchHeap() (grown func() uint64) {
	read := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	first := read()
	quit, most := make(chan struct{}), make(chan uint64)
	go func() {
		top := first
		for {
			select {
			case <-quit:
				most <- max(top, read()) - first
				return
			case <-time.After(5 * time.Millisecond):
				top = max(top, read())
			}
		}
	}()
	return func() uint64 {
		close(quit)
		return <-most
	}
}
