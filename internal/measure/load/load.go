// Package load is the instrument: it sends requests to a server, on this machine
// unless told otherwise, at the times of a load, and measures what comes back. Credentials are opaque
// bytes to it.
//
// What flows in: a [Workload] (what is sent), an [Endpoint] (where to, over how
// many connections) and a [Slice] (when, for how long). What flows out: an
// [Outcome] (counts, histograms, the generator's own cost).
//
//  1. [Open] starts an engine's generator threads, which live until it is
//     closed. On Linux they are pinned to CPUs and drive raw sockets, by io_uring
//     or by epoll: a shard (a thread's connections and its part of the schedule)
//     is the same for both, and a transport moves its bytes. The portable engine
//     (any system) uses a goroutine per connection.
//  2. [Engine.Dial] opens a client's connections. They stay open between slices;
//     one that breaks is opened again.
//  3. [Client.Run] takes one slice: it settles, measures, and waits for what is
//     still unanswered. N threads share nothing meanwhile and take requests in turn, so
//     that the threads' union is the same whatever N. Of several machines each sends a
//     [Part], and a [Checksum] shows that the parts made the whole.
//
// What comes back, one parser reads and one set of rules judges, whatever the engine
// ([dialogue]): which answers are HTTP/1.1, when a connection takes another request,
// when a request has failed and when it is sent again.
//
// The i-th request of a slice (its class, its credential, its intended start) is
// a pure function of the slice's seed and i: arms that share a seed get the same
// arrivals and the same sequence of credentials, from any engine. Only what a credential
// has of one request alone, such as a serial number, is another one each time.
//
// Of each request an engine knows four times: the intended start, the moment a
// connection was free, send, and last byte of the answer; on demand the first byte
// as well, and how long each connection took to open ([Endpoint.Breakdown]). Response is last byte −
// intended start, service is last byte − send, queue is the wait for a free
// connection (the server's doing), and lag is send − max(intended start,
// connection free) (the generator's own error). A request that waits for a
// connection keeps its intended start, so that a stalled server cannot hide what
// its clients would have waited.
package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"authbench/bench"
)

// Poll says how the generator waits during a slice. It decides how late it sends
// and how late it notices an answer, and both are in the response time.
type Poll string

const (
	// PollAlways never sleeps: for a generator that owns its CPU.
	PollAlways Poll = "always"
	// PollHybrid sleeps until shortly before the next arrival and polls from
	// there; a pinned thread until shortly after it was sent, to see the answer. A
	// closed load has no next arrival: it sleeps.
	PollHybrid Poll = "hybrid"
	// PollNever sleeps whenever there is nothing to do.
	PollNever Poll = "never"
)

// Engine names. All engines send the same and count the same; they differ in what
// a request costs the generator.
const (
	// Auto is the first of the following that works here.
	Auto = "auto"
	// Uring makes one system call for many requests. It needs Linux 6.1, and a
	// kernel that lets the process have an io_uring.
	Uring = "uring"
	// Epoll makes two or three for each. It needs Linux 5.11.
	Epoll = "epoll"
	// Portable works everywhere.
	Portable = "portable"
)

// Options say how to generate load.
type Options struct {
	// CPUs has one entry per generator thread: the CPU it is pinned to, or a
	// negative number for none. Empty: one thread, not pinned. The portable engine
	// does not pin.
	CPUs []int
	// Poll is PollNever if empty. The portable engine always sleeps.
	Poll Poll
	// Name is Auto if empty.
	Name string
}

// Check reports what is wrong with the options.
func (o Options) Check() error {
	switch o.Poll {
	case "", PollAlways, PollHybrid, PollNever:
	default:
		return fmt.Errorf("unknown way to wait %q: choose from always, hybrid, never", o.Poll)
	}
	switch o.Name {
	case "", Auto, Uring, Epoll, Portable:
	default:
		return fmt.Errorf("unknown engine %q: choose from auto, uring, epoll, portable", o.Name)
	}
	return nil
}

// Engine generates load. One slice runs at a time.
type Engine interface {
	// Name returns Uring, Epoll or Portable.
	Name() string
	// Dial opens a client's connections, TLS included. It fails if one of them does,
	// and takes at most one timeout for every 64 connections of a thread.
	Dial(ctx context.Context, e Endpoint) (Client, error)
	// Close ends the generator threads. Clients are closed before.
	Close() error
}

// Endpoint is a server and what is sent to it.
type Endpoint struct {
	// Addr must be on this machine unless AllowRemote is set.
	Addr        bench.Address
	AllowRemote bool
	// Others are further replicas of the server: connections are spread over all of them,
	// one after another.
	Others []bench.Address
	// TLS is not nil for HTTPS, which only the portable engine speaks.
	TLS *tls.Config
	// Connections is how many are kept open. Generator threads beyond them have
	// nothing to do.
	Connections int
	// Timeout is when an unanswered request, or a connection that does not come
	// about, is given up.
	Timeout time.Duration
	// RequestsPerConnection is after how many answers a connection is closed and
	// opened again; 0 for never.
	RequestsPerConnection int
	// Breakdown asks for the times of the first byte, of the transfer and of
	// opening connections, besides. Slices by the thousand, whose records hold
	// every histogram, do without.
	Breakdown bool
	Workload  *Workload
}

// Client is an endpoint with its connections open. Slices of different clients
// of one engine never overlap.
type Client interface {
	// Run takes one slice. It returns an outcome even with an error: [ErrGone] if
	// the server could not be reached any more, or the context's. There is none if the slice
	// did not begin.
	//
	// Whatever the server does, a slice is over one timeout and [Drain] after the end
	// of its schedule (Settle + Measure, or an open load's Count at its Rate). What
	// could not be sent until one timeout after the schedule is not sent any more, and
	// counted as scheduled alone. What was sent and is not answered at the end is a
	// timeout, of its full length. A closed load sends nothing after its schedule; one
	// with a count takes at most one timeout for each request of a connection.
	Run(ctx context.Context, s Slice) (*Outcome, error)
	Close() error
}

// Drain is how much longer than a timeout a slice waits for the answers to the
// requests that were sent last: long enough for a thread of a busy machine to see
// that a request has timed out.
const Drain = 100 * time.Millisecond

// Slice says when requests are sent.
type Slice struct {
	// Arrivals is empty for a closed load: every connection sends its next
	// request as soon as it has its answer.
	Arrivals bench.Arrivals
	// Rate is an open load's arrivals per second, unless it has a Ramp: then the rate
	// changes, from the start of the slice on, and Settle and Measure together are as long.
	Rate float64
	Ramp bench.Ramp
	Seed uint64
	// Part is what this engine sends of it.
	Part Part
	// Start, unless zero, is when the slice starts, at least 1 ms ahead: several engines
	// then start at once. Connections are kept up until then.
	Start time.Time
	// Settle is not counted; Measure follows it.
	Settle, Measure time.Duration
	// Count, unless 0, is how many requests there are at most, those of the settling
	// part included. It ends the measured part if that has not ended before: of a
	// closed load with the last answer, of an open one when one more request would
	// be due. Each thread takes its share of them.
	Count int64
	// counted says that Measure is what Count leaves of it.
	counted bool
	// Live, unless nil, is handed what the slice finds while it goes on.
	Live *Live
	// Begin and End are called on a generator thread at the start and at the
	// end of the measured part. They must return within 2 µs. Either may be nil.
	Begin, End func()
}

// clock is an engine's: monotonic nanoseconds since it was opened. time.Since
// reads it without entering the kernel (26 ns); unix.ClockGettime would enter.
type clock struct{ opened time.Time }

func (c clock) now() int64 { return int64(time.Since(c.opened)) }

// start is when a slice starts, or ErrLate.
func (c clock) start(s Slice) (int64, error) {
	earliest := c.now() + lead
	if s.Start.IsZero() {
		return earliest, nil
	}
	start := int64(s.Start.Sub(c.opened))
	if start < earliest {
		return 0, fmt.Errorf("%w by %v", ErrLate, time.Duration(earliest-start))
	}
	return start, nil
}

// ErrLate says that a slice was to start before it could.
var ErrLate = errors.New("the start has passed")

// ErrGone says that no connection could be opened for longer than the engine
// waits for a server to come back.
var ErrGone = errors.New("the target is gone: no connection can be opened")

// gone is ErrGone with the reason. A server that answers with HTTP/1.0 closes every connection
// after one answer; its backlog then fills, and new connections time out.
func gone(why error) error {
	if errors.Is(why, syscall.ETIMEDOUT) || errors.Is(why, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %w; if the server closes a connection after each answer, as one of HTTP/1.0 does, have it keep connections open", ErrGone, why)
	}
	return fmt.Errorf("%w: %w", ErrGone, why)
}

const (
	// goneAfter is how long a slice goes on without any connection. A server that
	// restarts is back within some hundred milliseconds.
	goneAfter = time.Second
	// retryAfter is the pause before a connection that broke without a single
	// answer is opened again: a server that is gone costs next to no CPU, and one
	// that comes back is noticed at once.
	retryAfter = 10 * time.Millisecond
	// mostConnecting is how many connections a thread, or the portable engine, has
	// under way at once. A server whose backlog is full drops the next attempt, and
	// the client's kernel waits for a second before it repeats it; 128 is the shortest
	// backlog in common use.
	mostConnecting = 64
	// lateSend is the lag from which a request counts as sent late: far above
	// what any waiting mode costs, so that it tells a generator that was held up.
	lateSend = time.Millisecond
)

// lead is how far ahead a slice's start lies at least: threads that sleep wake within
// some 100 µs, and all begin together.
const lead = int64(time.Millisecond)

// check reports what is wrong with an endpoint.
func (e Endpoint) check() error {
	switch {
	case e.remote() != nil:
		return e.remote()
	case e.Connections < 1:
		return fmt.Errorf("%d connections", e.Connections)
	case e.RequestsPerConnection < 0:
		return fmt.Errorf("%d requests per connection", e.RequestsPerConnection)
	case e.Timeout <= 0:
		return fmt.Errorf("a timeout of %v", e.Timeout)
	case e.Workload == nil:
		return errors.New("no workload")
	}
	return nil
}

// remote reports as an error that load would go to another machine unasked.
func (e Endpoint) remote() error {
	for _, a := range append([]bench.Address{e.Addr}, e.Others...) {
		if !e.AllowRemote && !a.IsLocal() {
			return fmt.Errorf("%v is not a loopback address: load goes to this machine only", a)
		}
	}
	return nil
}

// replicas is how many there are of the server.
func (e *Endpoint) replicas() int { return 1 + len(e.Others) }

// replica is where the index-th connection leads.
func (e *Endpoint) replica(index int) bench.Address {
	all := e.replicas()
	if i := index % all; i > 0 {
		return e.Others[i-1]
	}
	return e.Addr
}

// check reports what is wrong with a slice.
func (s Slice) check() error {
	switch {
	case s.Settle < 0 || s.Measure <= 0:
		return fmt.Errorf("settle %v, measure %v: nothing to measure", s.Settle, s.Measure)
	case s.Count < 0:
		return fmt.Errorf("a count of %d requests", s.Count)
	case s.Part.Check() != nil:
		return s.Part.Check()
	case s.Arrivals == "":
		return nil
	case s.Arrivals != bench.Poisson && s.Arrivals != bench.Constant:
		return fmt.Errorf("unknown arrivals %q", s.Arrivals)
	case len(s.Ramp.Stages) > 0:
		return s.Ramp.Check(maxRate)
	case !(s.Rate > 0 && s.Rate <= maxRate):
		return fmt.Errorf("a rate of %v requests per second; possible are up to %v", s.Rate, maxRate)
	}
	return nil
}

// maxRate keeps gaps well above the clock's unit.
const maxRate = 1e8
