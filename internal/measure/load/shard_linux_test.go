package load

import (
	"bytes"
	"encoding/binary"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"authbench/bench"
)

// drill is a shard in the middle of a slice, whose transport a test makes up.
type drill struct {
	*shard
	t *testing.T
	// choices are what the fuzzer decides.
	choices []byte
	// unsaid is the rest of what the server says on each connection.
	unsaid [drillConnections]string
	// sent is the latest request of each connection.
	sent [drillConnections][]byte
	// requests is another run of the shard's script.
	requests script
}

// drillConnections compete for requests, and are sometimes idle.
const drillConnections = 4

// newDrill prepares a shard of a few connections in a slice of an hour.
func newDrill(t *testing.T, shared *tally, w *Workload, choices []byte, newTransport func(*drill) (transport, error)) *drill {
	d := &drill{t: t, choices: choices}
	e := &threadEngine{clock: clock{time.Now()}, newTransport: func(s *shard) (transport, error) {
		d.shard = s
		return newTransport(d)
	}}
	to := Endpoint{Addr: addrPort("127.0.0.1:1"), Timeout: time.Second, Workload: w}
	s, err := newShard(e, &thread{tally: shared}, to, drillConnections)
	if err != nil {
		t.Fatal(err)
	}
	slice := Slice{Arrivals: bench.Constant, Rate: 20, Measure: time.Hour}
	d.requests = newScript(w, slice, 0, 1, 0)
	s.prepare(slice, 0, 1, 0)
	s.tally.reset(s.endpoint, s.slice, 0)
	s.reach(s.now())
	s.render()
	s.scan(s.now())
	return d
}

// choose returns one of n numbers, as the fuzzer decides.
func (d *drill) choose(n int) int {
	if len(d.choices) == 0 {
		return 0
	}
	c := int(d.choices[0])
	d.choices = d.choices[1:]
	return c % n
}

// request returns what must be sent next on a connection: the next request, or once
// more the one that was sent on it before.
func (d *drill) request(c *conn) []byte {
	if c.dialled > c.req.sent { // on its second connection
		return d.sent[c.index]
	}
	index, at := d.requests.next()
	d.sent[c.index], _, _ = d.requests.appendRequest(nil, index, at)
	return d.sent[c.index]
}

// say returns the next piece of an answer, or the whole, on a connection.
func (d *drill) say(i int32) []byte {
	if d.unsaid[i] == "" {
		d.unsaid[i] = answers[d.choose(len(answers))]
	}
	n := len(d.unsaid[i])
	if d.choose(3) == 0 {
		n = 1 + d.choose(n)
	}
	piece := d.unsaid[i][:n]
	d.unsaid[i] = d.unsaid[i][n:]
	return []byte(piece)
}

// pass lets time pass.
func (d *drill) pass(long time.Duration) {
	d.opened = d.opened.Add(-long)
	now := d.now()
	d.reach(now)
	d.sendDue(now)
	if now >= d.check {
		d.scan(now)
	}
}

// verify checks what holds of a shard between any two things that happen.
func (d *drill) verify() {
	d.t.Helper()
	var states [parting + 1]int
	again := 0
	for i := range d.conns {
		c := &d.conns[i]
		states[c.state]++
		if c.again {
			again++
		}
		if c.asking != (c.state == busy) || c.again && c.state != connecting && c.state != down {
			d.t.Fatalf("connection %d in state %d: asking %v, again %v", i, c.state, c.asking, c.again)
		}
		if (c.state == down) != (c.fd < 0) {
			d.t.Fatalf("connection %d: state %d, socket %d", i, c.state, c.fd)
		}
		if c.state != idle && c.due < d.check {
			d.t.Fatalf("connection %d is due before the shard looks at it", i)
		}
	}
	if d.busy != states[busy]+again || d.up != states[idle]+states[busy]+states[parting] || d.free.length != states[idle] {
		d.t.Fatalf("%d busy, %d up, %d free; by their states %v", d.busy, d.up, d.free.length, states)
	}
	seen := map[int32]bool{}
	for range d.free.length {
		i := d.free.pop()
		if seen[i] || d.conns[i].state != idle {
			d.t.Fatalf("connection %d is free twice, or in state %d", i, d.conns[i].state)
		}
		seen[i] = true
		d.free.push(i)
	}
	out, failed := &d.tally.out, int64(0)
	for _, kind := range []string{ErrorTimeout, ErrorReset, ErrorClosed, ErrorMalformed} {
		failed += out.Errors[kind]
	}
	if out.Sent != out.Completed+failed+int64(d.busy) || out.Scheduled != out.Sent {
		d.t.Fatalf("%d scheduled, %d sent, %d answered, %d failed, %d under way", out.Scheduled, out.Sent, out.Completed, failed, d.busy)
	}
}

// end ends the slice and checks that nothing is left of it.
func (d *drill) end() {
	d.tally.open = false // no end of the arrivals
	d.finish(d.now())
	if d.busy != 0 || d.next.at != never {
		d.t.Fatalf("%d under way after the slice", d.busy)
	}
	if err := d.close(); err != nil {
		d.t.Fatal(err)
	}
}

// answers are what a server of the drill says, in pieces.
var answers = []string{
	ok, "HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nto the end",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", ok + ok, "nonsense\r\n",
	"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
}

// moody is a transport of which the fuzzer decides what it does.
type moody struct{ drill *drill }

func (m *moody) open(c *conn) syscall.Errno {
	if c.fd >= 0 {
		m.drill.t.Fatal("a second socket")
	}
	c.fd = int(c.index)
	return m.fail(unix.EMFILE)
}

func (m *moody) send(c *conn) syscall.Errno {
	if want := m.drill.request(c); c.fd < 0 || !bytes.Equal(c.unsent, want) {
		m.drill.t.Fatalf("sent %q to socket %d, want %q", c.unsent, c.fd, want)
	}
	if m.drill.choose(4) == 0 {
		return 0 // the socket takes nothing
	}
	c.unsent = c.unsent[:m.drill.choose(2)*len(c.unsent)/2]
	return m.fail(unix.EPIPE)
}

// fail fails one time out of eight.
func (m *moody) fail(errno syscall.Errno) syscall.Errno {
	if m.drill.choose(8) == 7 {
		return errno
	}
	return 0
}

func (m *moody) drop(c *conn) { c.fd = -1 }

func (m *moody) wait(waiting, int64, int64) bool { return false }

func (m *moody) close() error { return nil }

// happen lets something happen to a connection that is not down.
func (m *moody) happen(c *conn) {
	s := m.drill.shard
	switch what := m.drill.choose(10); {
	case c.state == down:
	case c.state == connecting && what < 8:
		m.drill.unsaid[c.index] = ""
		s.connected(c)
	case c.state == connecting:
		s.unconnected(c, s.now(), unix.ECONNREFUSED)
	case what == 0:
		s.ended(c)
	case what == 1:
		s.broken(c)
	case c.state == busy || what == 2: // bytes that nobody asked for are rare
		s.received(c, m.drill.say(c.index), what == 3)
	}
}

// addRandom adds long random sequences of choices to a fuzzer's corpus.
func addRandom(f *testing.F) {
	for seed := range uint64(40) {
		var choices []byte
		for i := range uint64(200) {
			choices = binary.LittleEndian.AppendUint64(choices, newStream(seed, 1).at(i))
		}
		f.Add(choices)
	}
}

// FuzzShard: whatever comes in whatever order, every request that was sent ends
// exactly once, and the shard knows how many are under way.
func FuzzShard(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 4, 0, 0, 255, 0, 0, 4, 2, 0, 200, 1, 0, 1, 2, 2})
	addRandom(f)
	shared, workload := newTally(threadCPU), mixed(f)
	f.Fuzz(func(t *testing.T, choices []byte) {
		var m *moody
		d := newDrill(t, shared, workload, choices, func(d *drill) (transport, error) {
			m = &moody{d}
			return m, nil
		})
		for len(d.choices) > 0 {
			m.happen(&d.conns[d.choose(len(d.conns))])
			d.pass(time.Duration(d.choose(64)) * time.Millisecond)
			d.verify()
		}
		d.end()
	})
}
