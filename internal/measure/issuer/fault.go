package issuer

import (
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"authbench/internal/credential/feed"
	"authbench/internal/credential/statuslist"
)

// FaultKind is what an endpoint does instead of answering as it should.
type FaultKind string

const (
	Silent  FaultKind = "silent"  // it takes the request, and says nothing until the fault ends
	Slow    FaultKind = "slow"    // it answers after a delay
	Reset   FaultKind = "reset"   // it resets the connection (RFC 9293 §3.5.2)
	Failing FaultKind = "failing" // it answers 500
	Garbled FaultKind = "garbled" // it answers 200, and what no client can read
)

// Fault is ordered by who keeps the issuer, for tests of what depends on it: there is no request
// that causes one.
type Fault struct {
	Kind FaultKind `json:"kind"` // empty: none
	// Delay is how long a slow endpoint waits.
	Delay time.Duration `json:"delay_ns,omitempty"`
}

// longestDelay bounds a delay: whoever asks has long given up.
const longestDelay = time.Minute

// breaking is an order that endpoints have a fault from now on.
type breaking struct {
	Endpoint string `json:"endpoint"` // empty: all
	Fault    Fault  `json:"fault"`
}

// mediaTypes are what each endpoint's answers are.
var mediaTypes = map[string]string{
	keySetPath: keySetType, statusListPath: statuslist.MediaType, tokenPath: jsonType, introspectPath: jsonType,
	revokePath: jsonType, revocationsPath: jsonType, eventsPath: feed.StreamType,
}

func (b breaking) check() error {
	_, known := mediaTypes[b.Endpoint]
	switch {
	case b.Endpoint != "" && !known:
		return fmt.Errorf("there is no endpoint %q", b.Endpoint)
	case !slices.Contains([]FaultKind{"", Silent, Slow, Reset, Failing, Garbled}, b.Fault.Kind):
		return fmt.Errorf("there is no fault %q: choose from %s, %s, %s, %s, %s", b.Fault.Kind, Silent, Slow, Reset, Failing, Garbled)
	case (b.Fault.Kind == Slow) != (b.Fault.Delay > 0), b.Fault.Delay > longestDelay:
		return fmt.Errorf("a slow endpoint, and no other, has a delay of up to %v", longestDelay)
	}
	return nil
}

// faults are those of a realm's endpoints. It is safe for concurrent use.
type faults struct {
	mu      sync.Mutex
	of      map[string]Fault
	changed chan struct{} // closed when something changes, and replaced
}

func newFaults() *faults { return &faults{of: map[string]Fault{}, changed: make(chan struct{})} }

// carryOut carries an order out.
func (f *faults) carryOut(b breaking) error {
	if err := b.check(); err != nil {
		return err
	}
	f.mu.Lock()
	for endpoint := range mediaTypes {
		if b.Endpoint == "" || b.Endpoint == endpoint {
			f.of[endpoint] = b.Fault
		}
	}
	f.mu.Unlock()
	f.wake()
	return nil
}

// wake has those who wait for a change look again.
func (f *faults) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// at is an endpoint's fault, and what is closed when that may have changed.
func (f *faults) at(endpoint string) (Fault, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.of[endpoint], f.changed
}

// garbage is no JSON, no JWT and no event.
const garbage = "\x00}{\xff not what you asked for"

// fails answers a request to an endpoint that has a fault, and reports whether it has.
func (s *server) fails(r *realm, endpoint string, ctx *fasthttp.RequestCtx) bool {
	if s.door.isShut() { // a connection from before
		reset(ctx)
		return true
	}
	f, _ := r.faults.at(endpoint)
	if f.Kind != "" {
		r.faulty.Add(1)
	}
	switch f.Kind {
	case Silent:
		s.hold(r, endpoint, ctx)
	case Reset:
		reset(ctx)
	case Failing:
		ctx.SetStatusCode(fasthttp.StatusInternalServerError)
	case Garbled:
		ctx.SetContentType(mediaTypes[endpoint])
		ctx.SetBodyString(garbage)
	case Slow:
		wait(f.Delay, ctx.Done())
		return false
	default:
		return false
	}
	return true
}

// wait waits for a while, or until the server ends.
func wait(d time.Duration, ending <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ending:
	}
}

// reset ends a connection with a reset instead of an answer.
func reset(ctx *fasthttp.RequestCtx) {
	abort(ctx.Conn())
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {})
}

// abort has a connection end with a reset when it is closed.
func abort(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it is closed in any case
	}
}

// hold keeps a connection without an answer until its endpoint is no longer silent, and then
// closes it.
func (s *server) hold(r *realm, endpoint string, ctx *fasthttp.RequestCtx) {
	ctx.HijackSetNoResponse(true)
	ctx.Hijack(func(net.Conn) {
		if !s.beginStream() {
			return
		}
		defer s.streams.Done()
		s.stay(r, endpoint)
	})
}

// stay waits until an endpoint is no longer silent, or the realm or the server is closed.
func (s *server) stay(r *realm, endpoint string) {
	for {
		f, changed := r.faults.at(endpoint)
		if f.Kind != Silent || s.door.isShut() {
			return
		}
		select {
		case <-changed:
		case <-s.ending:
			return
		case <-r.closed:
			return
		}
	}
}
